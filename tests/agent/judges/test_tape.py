"""Replies that are kept: the cache, the tape, and a run played back from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalverse.agent.judges.chat import Reply, ToolCall, says
from evalverse.agent.judges.tape import RememberingChat, ReplayingChat, Tape, request_digest
from evalverse.errors import JudgeUnavailable, UsageError

HELLO, OTHER = [says("user", "hello")], [says("user", "good bye")]


class Talker:
    """Says something new each time; fails when told to."""

    model = "talker"

    def __init__(self) -> None:
        self.said = 0
        self.broken = False

    def complete(self, messages: object, **options: object) -> Reply:
        if self.broken:
            raise JudgeUnavailable("down")
        self.said += 1
        return Reply(f"reply {self.said}", (ToolCall("1", "look", "{}"),), "tool_calls")

    def usage(self) -> dict[str, float]:
        return {"calls": self.said}


def test_an_equal_request_is_answered_from_the_cache_and_a_second_sample_is_its_own(tmp_path: Path) -> None:
    model = Talker()
    first = RememberingChat(model, tmp_path)
    told = [first.complete(HELLO), first.complete(HELLO), first.complete(OTHER)]
    assert [r.text for r in told] == ["reply 1", "reply 2", "reply 3"]
    again = RememberingChat(model, tmp_path)
    assert [again.complete(HELLO), again.complete(HELLO), again.complete(OTHER)] == told
    assert model.said == 3
    assert again.usage()["calls_cached"] == 3
    assert again.complete(HELLO, room=7).text == "reply 4"  # another request
    assert RememberingChat(model, tmp_path, "another server").complete(HELLO).text == "reply 5"
    assert RememberingChat(model, None).complete(HELLO).text == "reply 6"


def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    model = Talker()
    chat = RememberingChat(model, tmp_path)
    model.broken = True
    with pytest.raises(JudgeUnavailable):
        chat.complete(HELLO)
    model.broken = False
    assert chat.complete(HELLO).text == "reply 1"
    assert RememberingChat(model, tmp_path).complete(HELLO).text == "reply 1"


def test_a_damaged_entry_of_the_cache_is_asked_for_again(tmp_path: Path) -> None:
    model = Talker()
    RememberingChat(model, tmp_path).complete(HELLO)
    (entry,) = tmp_path.rglob("*.json")
    entry.write_text("{")
    assert RememberingChat(model, tmp_path).complete(HELLO).text == "reply 2"
    assert json.loads(entry.read_text())["text"] == "reply 2"


def test_a_tape_plays_back_what_was_said_and_nothing_else(tmp_path: Path) -> None:
    chat = RememberingChat(Talker(), None)
    chat.complete(OTHER)  # before the tape runs
    chat.tape = Tape(tmp_path / "run.jsonl")
    told = [chat.complete(HELLO), chat.complete(HELLO)]
    with chat.tape.path.open("a") as lines:
        lines.write('{"request": "cut sho')
    back = ReplayingChat("talker", Tape.read(chat.tape.content()))
    assert [back.complete(HELLO), back.complete(HELLO)] == told
    with pytest.raises(JudgeUnavailable, match="no answer"):
        back.complete(HELLO)
    with pytest.raises(JudgeUnavailable, match="no answer"):
        back.complete(OTHER)


def test_a_tape_is_the_same_in_whatever_order_branches_ran(tmp_path: Path) -> None:
    one, two = Tape(tmp_path / "1"), Tape(tmp_path / "2")
    rows = [(("a", 0), Reply("x")), (("b", 0), Reply("y")), (("a", 1), Reply("z"))]
    for tape, order in ((one, rows), (two, rows[::-1])):
        for place, reply in order:
            tape.add(place, reply)
    assert one.content() == two.content() != b""
    assert Tape(tmp_path / "1").content() == b""  # a fresh run begins an empty tape
    with pytest.raises(UsageError, match="no answer"):
        Tape.read(b'{"request": 1}\n')


def test_requests_are_told_apart_by_all_that_is_sent() -> None:
    digests = {
        request_digest("m", HELLO, (), None, None),
        request_digest("n", HELLO, (), None, None),
        request_digest("m", OTHER, (), None, None),
        request_digest("m", HELLO, ({"type": "function"},), None, None),
        request_digest("m", HELLO, (), None, 5),
    }
    assert len(digests) == 5
