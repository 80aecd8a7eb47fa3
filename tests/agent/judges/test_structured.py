"""Structured answers out of whatever a model writes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel, Field

from evalverse.agent.judges.chat import Message, Reply, says
from evalverse.agent.judges.dialect import strict_schema
from evalverse.agent.judges.openai_client import OpenAIChat
from evalverse.agent.judges.structured import LONGEST, ReplyError, ask, read
from evalverse.errors import JudgeMalformed
from evalverse.settings import Settings
from tests.agent.judges.fake_server import FakeServer, Turn, call, raw, say, texts, unless


class Inner(BaseModel):
    note: str


class Form(BaseModel):
    inner: Inner
    value: float = Field(ge=0, le=1, allow_inf_nan=False)


GOOD = {"inner": {"note": 'a {brace} and "quotes"'}, "value": 0.5}
TEXT = json.dumps(GOOD)
FORM = Form.model_validate(GOOD)


def asked(*turns: Turn, repairs: int = 2, room: int = 500) -> tuple[Form, FakeServer]:
    with FakeServer(*turns) as server:
        chat = OpenAIChat(f"{server.url}#m", Settings(judge_retries=0, judge_timeout=5))
        return ask(chat, [says("user", "how is it?")], Form, repairs=repairs, room=room), server


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"  \n{TEXT}\n",
        f"```json\n{TEXT}\n```",
        f"Sure! Here it is:\n```\n{TEXT}\n```\nAnything else?",
        f"Let me {{think}}. The answer is {TEXT} - I hope that helps {{really}}.",
        f"<think>maybe {json.dumps({**GOOD, 'value': 0.1})}?</think>{TEXT}",
        f'{{"draft": 1}} {TEXT}',
        TEXT.replace("0.5", '"0.5"'),
        json.dumps({**GOOD, "extra": [1, 2]}),
    ],
)
def test_the_object_is_found(text: str) -> None:
    assert read(Reply(text), Form) == FORM


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (Reply(""), "empty"),
        (Reply("   \n"), "empty"),
        (Reply("<think>hm</think>"), "empty"),
        (Reply("", finish="length"), "cut off"),
        (Reply(TEXT[:-5], finish="length"), "cut off"),
        (Reply("It is very good."), "no JSON object"),
        (Reply(TEXT[:-5]), "inner"),
        (Reply("[1, 2]"), "the object"),
        (Reply('{"value": 0.5}'), "inner: Field required"),
        (Reply(json.dumps({**GOOD, "value": 7})), "value: Input should be less than or equal to 1"),
        (Reply(TEXT.replace("0.5", "NaN")), "value"),
        (Reply(TEXT, refusal="I will not."), "refused"),
        (Reply(TEXT, finish="content_filter"), "refused"),
        (Reply("x" * (LONGEST + 1)), "far too long"),
        (Reply("[" * 100_000), "no JSON object"),
        (Reply('{"a":' * 50_000), "no JSON object"),
    ],
)
def test_what_is_wrong_is_named(reply: Reply, complaint: str) -> None:
    with pytest.raises(ReplyError, match=complaint):
        read(reply, Form)


def test_the_part_of_a_cut_off_object_is_not_taken_for_the_whole() -> None:
    class Rows(BaseModel):
        rows: list[Inner]

    with pytest.raises(ReplyError, match="cut off"):
        read(Reply('{"rows": [{"note": "one"}, {"no', finish="length"), Rows)


def test_the_form_is_asked_for_in_words_and_by_schema() -> None:
    form, server = asked(say(TEXT))
    assert form == FORM
    (body,) = server.chats
    assert body["response_format"]["json_schema"]["schema"] == strict_schema(Form)
    assert json.dumps(strict_schema(Form)) in texts(body)[-1]


def test_the_strict_form_requires_everything_and_allows_nothing_else() -> None:
    class Loose(BaseModel):
        """With a title of its own."""

        title: str = Field("none", max_length=9)
        inner: list[Inner] = []

    schema = strict_schema(Loose)
    assert schema["required"] == ["title", "inner"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Inner"]["additionalProperties"] is False
    assert not {"default", "maxLength"} & set(re.findall(r'"(\w+)":', json.dumps(schema)))


@pytest.mark.parametrize(
    "bad",
    [
        say("It is very good."),
        say(json.dumps({**GOOD, "value": 7})),
        say(""),
        say(None),
        say(TEXT[:20], finish="length"),
        say("x" * (LONGEST + 1)),
        say(None, refusal="I cannot."),
        raw(b"<html>"),
        call(("look", "{}")),
    ],
    ids=["chat", "wrong value", "empty", "null", "truncated", "huge", "refusal", "no completion", "a tool call"],
)
def test_a_reply_that_cannot_be_read_is_asked_for_again(bad: Turn) -> None:
    form, server = asked(bad, say(TEXT))
    assert form == FORM
    assert len(server.chats) == 2


@pytest.mark.parametrize("repairs", [0, 1, 2])
def test_repair_is_bounded(repairs: int) -> None:
    with FakeServer(say("no.")) as server, pytest.raises(JudgeMalformed, match=f"{repairs + 1} tries.*no JSON object"):
        chat = OpenAIChat(f"{server.url}#m", Settings(judge_retries=0))
        ask(chat, [says("user", "?")], Form, repairs=repairs, room=500)
    assert len(server.chats) == repairs + 1


def test_a_repair_shows_the_reply_and_what_was_wrong_with_it() -> None:
    wrong = json.dumps({**GOOD, "value": 7})
    _, server = asked(say(wrong), say("still wrong"), say(TEXT))
    second, third = (b["messages"] for b in server.chats[1:])
    assert [m["role"] for m in second] == ["user", "assistant", "user"]
    assert second[1]["content"] == wrong
    assert "less than or equal to 1" in json.dumps(second[2])
    assert third[1]["content"] == "still wrong", "only the last reply is repeated, so that the talk does not grow"
    assert len(third) == 3


def test_a_cut_off_reply_gets_more_room_and_is_not_repeated() -> None:
    _, server = asked(say(TEXT[:20], finish="length"), say(TEXT))
    assert [b["max_tokens"] for b in server.chats] == [500, 1000]
    assert all(m["role"] == "user" for m in server.chats[1]["messages"])


def test_a_huge_reply_is_not_repeated() -> None:
    _, server = asked(say("x" * 100_000), say(TEXT))
    assert len(json.dumps(server.chats[1])) < 10_000


def test_a_server_that_knows_no_schema_is_asked_in_words() -> None:
    form, server = asked(unless(lambda b: "response_format" in b, "response_format?", say(f"Here: {TEXT}")))
    assert form == FORM
    assert json.dumps(strict_schema(Form)) in texts(server.chats[-1])[-1]


def test_a_reply_that_is_there_already_is_tried_first() -> None:
    class Silent:
        model = "silent"

        def complete(self, messages: Sequence[Message], **options: Any) -> Reply:
            raise AssertionError("nothing had to be asked")

        def usage(self) -> dict[str, float]:
            return {}

    assert ask(Silent(), [], Form, repairs=0, room=1, first=Reply(TEXT)) == FORM
