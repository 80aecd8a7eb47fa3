"""The remote judge: what it shows, what it makes of the replies, and what it never does."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from evalverse.agent.bench import LedgerBench
from evalverse.agent.budget import Budget
from evalverse.agent.judges.base import Case, Judge
from evalverse.agent.judges.make import make_judge
from evalverse.agent.judges.remote import RemoteJudge
from evalverse.agent.judges.replies import NO_ANSWER
from evalverse.errors import JudgeMalformed
from evalverse.prompts.data import inline
from evalverse.report.model import Answer, State
from evalverse.settings import Settings
from evalverse.taxonomy import Check, load
from evalverse.tools.evidence import Span
from tests.agent.judges.conftest import PaperBench
from tests.agent.judges.fake_server import Body, FakeServer, Turn, call, obliging, say, texts

LENS = next(d for _, d in load().dimensions() if d.path == "cinematography/lens")
CHECKS = [c for s in LENS.subdimensions for c in s.checks][:3]
PATHS = [c.path for c in CHECKS]
ONE = CHECKS[0].model_copy(update={"operators": ("exposure",)})
SETTINGS = Settings(
    judge_timeout=10, judge_retries=0, judge_tool_rounds=0, judge_repairs=2, judge_cache=False, judge_frame_height=180
)
TOOLS = SETTINGS.model_copy(update={"judge_tool_rounds": 2})


def judge(server: FakeServer, settings: Settings = SETTINGS) -> RemoteJudge:
    return RemoteJudge(f"{server.url}#fake-vl", settings)


def entry(check: str, value: object = 0.5, **fields: Any) -> Body:
    """One entry of an answer."""
    steps = fields.pop("steps", [{"text": "It shows.", "evidence": ["exposure.clipped_high:00000000"]}])
    return {"check": check, "steps": steps, "applies": True, "value": value, "why": "", **fields}


def said(*entries: Body) -> Turn:
    return say({"observed": "A texture.", "answers": list(entries)})


def answers(
    case: Case, *turns: Turn, checks: list[Check] | None = None, settings: Settings = SETTINGS, bench: Any = None
) -> tuple[list[Answer], FakeServer]:
    with FakeServer(*turns) as server:
        return judge(server, settings).answer(case, LENS, checks or CHECKS, bench or PaperBench()), server


def pictures(body: Body) -> list[tuple[str, bytes]]:
    """(the text part right before it, content) of every picture of a request."""
    found = []
    for message in body["messages"]:
        parts = message["content"] if isinstance(message["content"], list) else []
        for before, part in pairwise(parts):
            if part["type"] == "image_url":
                head, _, data = part["image_url"]["url"].partition(",")
                assert head.endswith(";base64")
                found.append((before.get("text", "(no text)"), base64.b64decode(data)))
    return found


# identity


def test_it_is_a_judge_named_by_its_model() -> None:
    with FakeServer(obliging) as server:
        made = make_judge(f"remote:{server.url}#org/vl:7b", SETTINGS, Budget())
        assert isinstance(made, Judge)
        assert made.id == "remote:org/vl:7b"
        assert make_judge(f"remote:{server.url}", SETTINGS, Budget()).id == "remote:fake-vl"


# answer: what is shown


def test_every_picture_follows_the_line_that_says_when_it_is(case: Case) -> None:
    _, server = answers(case, obliging, checks=[ONE])
    shown = pictures(server.chats[0])
    moment = next(e for e in case.evidence.values() if e.span is not None)
    sampled = [e for e in case.evidence.values() if e.operator == "frame_sampler"]
    worst = inline("worst", "caption")
    assert [text for text, _ in shown] == [
        f"Frame at 00:00.200 (0.200 s), evidence {sampled[0].id}:",
        f"Frame at 00:01.000 (1.000 s), evidence {sampled[1].id}:",
        f"Picture from 00:01.200 (1.200 s) to 00:01.400 (1.400 s), evidence {moment.id} ({worst}):",
        f"Frame at 00:01.800 (1.800 s), evidence {sampled[2].id}:",
    ]
    assert shown[0][1] == case.ledger.get(sampled[0].picture)  # type: ignore[arg-type]


def test_frames_are_looked_at_as_high_as_the_settings_say(case: Case) -> None:
    bench, fine = LedgerBench(case, SETTINGS), SETTINGS.model_copy(update={"judge_frame_height": 360})
    _, small = answers(case, obliging, checks=[ONE], bench=bench)
    assert bench.calls == [], "the sampled frames are high enough"
    _, large = answers(case, obliging, checks=[ONE], settings=fine, bench=bench)
    assert '"height": 360' in bench.calls[0]
    few, many = ({re.findall(r"\(([\d.]+) s\)", t)[0] for t, _ in pictures(s.chats[0])} for s in (small, large))
    assert few < many, "where it looks anyway, it fills up the number"
    assert len(many) > 2 * len(few)


def test_without_sampled_frames_it_looks_itself(bare: Case) -> None:
    bench = LedgerBench(bare, SETTINGS)
    _, server = answers(bare, obliging, bench=bench)
    shown = pictures(server.chats[0])
    assert len(shown) == SETTINGS.max_frames_per_question
    assert all(re.match(r"Frame at 00:0\d\.\d00 \(", text) for text, _ in shown)
    assert all(content.startswith(b"\xff\xd8") for _, content in shown)
    times = [float(re.findall(r"\(([\d.]+) s\)", text)[0]) for text, _ in shown]
    assert times == sorted(times)
    assert times[0] < 0.2
    assert times[-1] > 1.8


@pytest.mark.parametrize(("most", "rounds", "first"), [(1, 0, 1), (2, 0, 2), (6, 2, 4), (12, 0, 12)])
def test_frames_are_bounded_and_leave_room_for_looking(bare: Case, most: int, rounds: int, first: int) -> None:
    settings = SETTINGS.model_copy(update={"max_frames_per_question": most, "judge_tool_rounds": rounds})
    _, server = answers(bare, obliging, settings=settings)
    assert len(pictures(server.chats[0])) == first


def test_a_clip_without_picture_is_judged_without_frames(bare: Case) -> None:
    heard = replace(bare, clip=bare.clip.model_copy(update={"picture": None}), shots=())
    found, server = answers(heard, obliging)
    assert pictures(server.chats[0]) == []
    assert "it has no picture" in "\n".join(texts(server.chats[0]))
    assert len(found) == len(CHECKS)


def test_evidence_is_listed_with_its_id_unit_and_range(case: Case) -> None:
    _, server = answers(case, obliging, checks=[ONE])
    reading = next(e for e in case.evidence.values() if e.measure == "exposure.clipped_high" and e.span is None)
    text = "\n".join(texts(server.chats[0]))
    assert f"{reading.id} | Clipped high: 7.31% (from 0 to 100, lower is better) | whole clip | Highlights" in text


def test_the_checks_come_with_condition_and_anchors(case: Case) -> None:
    _, server = answers(case, obliging)
    text = "\n".join(texts(server.chats[0]))
    for check in CHECKS:
        for words in (
            check.path,
            check.statement,
            check.gate,
            check.anchors.none,
            check.anchors.half,
            check.anchors.full,
        ):
            assert words in text


# answer: what is made of the replies


def test_values_states_and_spans(case: Case) -> None:
    checks = [c for s in LENS.subdimensions for c in s.checks][:7]
    p = [c.path for c in checks]
    found, _ = answers(
        case,
        said(
            entry(p[0], 1, start=0.5, end=1.5),
            entry(p[1], 0, start=1.5, end=9.0),
            entry(p[2], 0.75),
            entry(p[3], "not_assessable", why="too dark"),
            entry(p[4], None, applies=False, why="there is no lens flare"),
            entry(p[5], None, why=None, steps=None),
            entry(p[6], 1, steps=[]),
        ),
        checks=checks,
    )
    assert [a.check for a in found] == p
    assert [a.value for a in found] == [1, 0, 0.75, None, None, None, None]
    assert [a.state for a in found[3:]] == [
        State.NOT_ASSESSABLE,
        State.NOT_APPLICABLE,
        State.NOT_ASSESSABLE,
        State.NOT_ASSESSABLE,
    ]
    assert found[0].span == Span(start=0.5, end=1.5)
    assert found[1].span is None, "a span that runs out of the clip"
    assert [a.why for a in found[3:5]] == ["too dark", "there is no lens flare"]
    assert "without saying" in found[6].why
    assert {a.judge for a in found} == {"remote:fake-vl"}


def test_ids_that_do_not_exist_are_left_for_the_verifier(case: Case) -> None:
    (found, *_), _ = answers(case, said(*(entry(p) for p in PATHS)))
    assert found.evidence == ("exposure.clipped_high:00000000",)
    assert found.evidence[0] not in case.evidence


def test_a_check_may_be_named_by_its_tail(case: Case) -> None:
    found, _ = answers(case, said(*(entry(p.rsplit("/", 1)[1]) for p in PATHS)))
    assert [a.state for a in found] == [State.SCORED] * 3


def test_checks_that_were_passed_over_are_asked_for_again(case: Case) -> None:
    found, server = answers(
        case, said(entry(PATHS[1], 1)), said(entry(PATHS[0], 0), entry(PATHS[1], 0), entry(PATHS[2], 0))
    )
    assert [a.value for a in found] == [0, 1, 0], "what was answered stays"
    reminder = texts(server.chats[1])[-1]
    assert PATHS[0] in json.dumps(server.chats[1]["messages"][-1])
    assert reminder.startswith("Reply with one JSON object")


def test_a_check_that_stays_without_answer_is_not_assessable_never_a_guess(case: Case) -> None:
    found, server = answers(case, said(entry(PATHS[0], 1)))
    assert len(server.chats) == 3
    assert [a.state for a in found] == [State.SCORED, State.NOT_ASSESSABLE, State.NOT_ASSESSABLE]
    assert {a.why for a in found[1:]} == {NO_ANSWER}


def test_one_entry_that_cannot_be_read_does_not_spoil_the_others(case: Case) -> None:
    found, server = answers(
        case, said(entry(PATHS[0], 1), entry(PATHS[1], 7), entry(PATHS[2], 0)), said(entry(PATHS[1], 0.5))
    )
    assert [a.value for a in found] == [1, 0.5, 0]
    assert "less than or equal to 1" in json.dumps(server.chats[1]["messages"][-1])


def test_what_was_answered_stands_when_the_rest_cannot_be_read(case: Case) -> None:
    found, _ = answers(case, said(entry(PATHS[0], 1)), say("I have said enough."))
    assert [a.value for a in found] == [1, None, None]
    assert {a.why for a in found[1:]} == {NO_ANSWER}


def test_an_unknown_check_is_no_answer_to_any(case: Case) -> None:
    found, _ = answers(case, said(entry("acting/smile", 1), *(entry(p, 0) for p in PATHS)))
    assert [a.value for a in found] == [0, 0, 0]


def test_nothing_readable_is_an_error_not_a_score(case: Case) -> None:
    with pytest.raises(JudgeMalformed, match="3 tries"):
        answers(case, say("It is wonderful, ten out of ten."))


def test_the_same_question_is_asked_in_the_same_words(case: Case) -> None:
    (_, one), (_, two) = answers(case, obliging), answers(case, obliging)
    assert one.chats == two.chats


# answer: tools


def test_tools_are_called_and_their_readings_are_shown(case: Case) -> None:
    bench = PaperBench()
    found, server = answers(
        case,
        call(("measure", '{"operator": "exposure"}'), ("look", '{"seconds": [0.5, 1.5]}')),
        say("Now I know."),
        said(*(entry(p, 1) for p in PATHS)),
        settings=TOOLS,
        bench=bench,
    )
    assert [a.value for a in found] == [1, 1, 1]
    assert bench.calls == [("exposure", {}), ("look", {"seconds": [0.5, 1.5]})]
    first, second = server.chats[:2]
    assert {"measure", "look", "look_crop"} <= {t["function"]["name"] for t in first["tools"]}
    roles = [m["role"] for m in second["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "user"]
    assert "exposure.level:" in second["messages"][3]["content"]
    assert second["messages"][3]["tool_call_id"] == "c0"
    half, later = [t for t, _ in pictures(second)][-2:]
    assert half.startswith("Frame at 00:00.500 (0.500 s), evidence look.frame:")
    assert later.startswith("Frame at 00:01.500 (1.500 s), evidence look.frame:")
    assert "tools" not in server.chats[2]


def test_an_answer_in_the_first_turn_saves_a_call(case: Case) -> None:
    found, server = answers(case, said(*(entry(p, 1) for p in PATHS)), settings=TOOLS)
    assert [a.value for a in found] == [1, 1, 1]
    assert len(server.chats) == 1


def test_endless_tool_calls_come_to_an_end(case: Case) -> None:
    def never(body: Body) -> Any:
        turn = call(("measure", '{"operator": "exposure"}')) if "tools" in body else said(*(entry(p, 1) for p in PATHS))
        return turn(body)

    bench = PaperBench()
    found, server = answers(case, never, settings=TOOLS, bench=bench)
    assert len(bench.calls) == TOOLS.judge_tool_rounds
    assert len(server.chats) == TOOLS.judge_tool_rounds + 1
    assert [a.value for a in found] == [1, 1, 1]


def test_a_server_without_tools_is_asked_without(case: Case) -> None:
    def bare(body: Body) -> Any:
        from tests.agent.judges.fake_server import fail

        return fail(400, "tools are not supported")(body) if "tools" in body else obliging(body)

    found, _ = answers(case, bare, settings=TOOLS)
    assert [a.state for a in found] == [State.SCORED] * 3
