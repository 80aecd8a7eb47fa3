"""The client against a server that misbehaves in every way a server can."""

from __future__ import annotations

import logging
import socket
import time
from email.utils import formatdate

import pytest
from pydantic import BaseModel

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import Message, Reply, picture, says, words
from evalverse.agent.judges.meter import tokens
from evalverse.agent.judges.openai_client import OpenAIChat
from evalverse.errors import JudgeMalformed, JudgeUnavailable
from evalverse.settings import Settings
from tests.agent.judges.fake_server import FakeServer, Turn, call, fail, hang, raw, reset, say, unless

HELLO: list[Message] = [says("user", "hello")]
SETTINGS = Settings(judge_timeout=5, judge_retries=2, judge_max_tokens=1000)
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


class Form(BaseModel):
    word: str


def chat(server: FakeServer, settings: Settings = SETTINGS, budget: Budget | None = None) -> OpenAIChat:
    return OpenAIChat(f"{server.url}#fake-vl", settings, budget)


def told(*turns: Turn, settings: Settings = SETTINGS) -> tuple[Reply, FakeServer]:
    with FakeServer(*turns) as server:
        return chat(server, settings).complete(HELLO), server


# model and key


def test_the_model_comes_from_the_address_then_the_environment_then_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeServer(say("hi")) as server:
        assert OpenAIChat(server.url, SETTINGS).model == "fake-vl"
        monkeypatch.setenv("EVALVERSE_MODEL", "from-env")
        assert OpenAIChat(server.url, SETTINGS).model == "from-env"
        assert OpenAIChat(f"{server.url}#named", SETTINGS).model == "named"
        assert len(server.seen) == 1, "a named model needs no call"


def test_a_server_without_models_says_how_to_name_one() -> None:
    with (
        FakeServer(say("hi"), models={"object": "list", "data": []}) as server,
        pytest.raises(JudgeUnavailable, match="#model"),
    ):
        OpenAIChat(server.url, SETTINGS)


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        ({}, "Bearer none"),
        ({"OPENAI_API_KEY": "sk-open"}, "Bearer sk-open"),
        ({"OPENAI_API_KEY": "sk-open", "EVALVERSE_API_KEY": "sk-ours"}, "Bearer sk-ours"),
    ],
)
def test_the_key_that_is_sent(names: dict[str, str], sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    _, server = told(say("hi"))
    assert server.seen[-1].headers["authorization"] == sent


def test_a_password_in_the_address_is_sent_as_such() -> None:
    with FakeServer(say("hi")) as server:
        OpenAIChat(server.url.replace("http://", "http://me:pw@") + "#m", SETTINGS).complete(HELLO)
    assert server.seen[-1].headers["authorization"].startswith("Basic ")


# replies


def test_a_reply_with_its_usage() -> None:
    with FakeServer(say("hi", usage=(120, 7))) as server:
        client = chat(server)
        assert client.complete(HELLO) == Reply("hi")
    used = client.usage()
    assert (used["calls"], used["prompt_tokens"], used["completion_tokens"]) == (1, 120, 7)
    assert used["calls_estimated"] == 0
    assert used["seconds"] > 0
    assert "money" not in used


def test_same_question_same_request() -> None:
    _, server = told(say("hi"))
    body = server.chats[0]
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0, 0, 1000)


def test_a_server_that_keeps_usage_to_itself_is_estimated_never_free() -> None:
    with FakeServer(say("hi", usage=None)) as server:
        client = chat(server)
        client.complete(HELLO)
    used = client.usage()
    assert used["calls_estimated"] == 1
    assert used["prompt_tokens"] == tokens(HELLO)
    assert used["completion_tokens"] == 1000


def test_content_in_parts_and_no_content() -> None:
    parts = [{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]
    with FakeServer(say(None), say(parts)) as server:
        client = chat(server)
        assert client.complete(HELLO).text == ""
        assert client.complete(HELLO).text == "in parts"


def test_tool_calls_are_read() -> None:
    reply, _ = told(call(("look", '{"seconds": [1]}'), ("measure", "{broken")))
    assert [(c.id, c.name, c.arguments) for c in reply.calls] == [
        ("c0", "look", '{"seconds": [1]}'),
        ("c1", "measure", "{broken"),
    ]


def test_neighbouring_user_turns_are_joined_for_templates_that_insist_on_turns() -> None:
    with FakeServer(say("hi")) as server:
        chat(server).complete([says("system", "s"), says("user", [words("a"), picture(b"x", "image/png")]), *HELLO])
    roles = [m["role"] for m in server.chats[0]["messages"]]
    assert roles == ["system", "user"]
    assert [p["type"] for p in server.chats[0]["messages"][1]["content"]] == ["text", "image_url", "text"]


# trouble


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_passing_trouble_is_tried_again(status: int) -> None:
    reply, server = told(fail(status), fail(status), say("hi"))
    assert reply.text == "hi"
    assert len(server.chats) == 3


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_lasting_trouble_ends_after_the_retries(status: int) -> None:
    with FakeServer(fail(status, "out of order")) as server, pytest.raises(JudgeUnavailable) as caught:
        chat(server).complete(HELLO)
    assert len(server.chats) == 3
    assert server.url in str(caught.value)
    assert "out of order" in str(caught.value)


@pytest.mark.parametrize("header", ["0.4", None])
def test_retry_after_is_honoured(header: str | None) -> None:
    """In seconds, and as a date (which has a resolution of a second)."""
    waits = header or formatdate(time.time() + 2, usegmt=True)
    started = time.monotonic()
    told(fail(429, Retry_After=waits), say("hi"))
    assert time.monotonic() - started > (0.39 if header else 0.9)


@pytest.mark.parametrize(
    ("status", "way_out"),
    [(401, "EVALVERSE_API_KEY"), (403, "EVALVERSE_API_KEY"), (404, "fake-vl"), (413, "MAX_FRAMES"), (418, "judge")],
)
def test_lasting_refusals_are_not_tried_again_and_name_the_way_out(status: int, way_out: str) -> None:
    with FakeServer(fail(status, "no")) as server, pytest.raises(JudgeUnavailable, match=way_out):
        chat(server).complete(HELLO)
    assert len(server.chats) == 1


def test_silence_runs_into_the_time_out() -> None:
    settings = SETTINGS.model_copy(update={"judge_timeout": 0.2, "judge_retries": 1})
    started = time.monotonic()
    with FakeServer(hang(30)) as server, pytest.raises(JudgeUnavailable, match="EVALVERSE_JUDGE_TIMEOUT"):
        chat(server, settings).complete(HELLO)
    assert len(server.chats) == 2
    assert time.monotonic() - started < 5


def test_a_silence_that_passes() -> None:
    settings = SETTINGS.model_copy(update={"judge_timeout": 0.3})
    reply, server = told(hang(30), say("hi"), settings=settings)
    assert reply.text == "hi"
    assert len(server.chats) == 2


def test_a_broken_connection_is_tried_again() -> None:
    reply, server = told(reset(), say("hi"))
    assert reply.text == "hi"
    assert len(server.chats) == 2


def test_connections_that_keep_breaking() -> None:
    with FakeServer(reset()) as server, pytest.raises(JudgeUnavailable, match="no connection"):
        chat(server).complete(HELLO)
    assert len(server.chats) == 3


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(JudgeUnavailable, match="is the server running"):
        OpenAIChat(f"http://127.0.0.1:{port}/v1#m", SETTINGS).complete(HELLO)


@pytest.mark.parametrize(
    "turn",
    [
        raw(b"{not json"),
        raw(b"<html>a proxy's page</html>", content_type="text/html"),
        raw(b""),
        raw(b'{"object": "chat.completion", "choices": []}'),
        raw(b'{"error": {"message": "upstream is gone"}}'),
        raw(b"[1, 2]"),
        raw(b"\xff\xfe"),
        raw(b'{"choices": [{"index": 0}]}'),
        raw(b'{"choices": [null]}'),
    ],
)
def test_what_is_no_completion_is_malformed(turn: Turn) -> None:
    with FakeServer(turn) as server, pytest.raises(JudgeMalformed) as caught:
        chat(server).complete(HELLO)
    assert server.url in str(caught.value)


# what a server accepts


def test_a_reply_form_that_is_refused_is_given_up_step_by_step_and_remembered() -> None:
    def kind(body: dict[str, object]) -> object:
        return (body.get("response_format") or {"type": None})["type"]  # type: ignore[index]

    with FakeServer(unless(lambda b: kind(b) is not None, "response_format is unsupported", say("{}"))) as server:
        client = chat(server)
        client.complete(HELLO, schema=Form)
        assert [kind(b) for b in server.chats] == ["json_schema", "json_object", None]
        client.complete(HELLO, schema=Form)
        assert [kind(b) for b in server.chats][3:] == [None]


@pytest.mark.parametrize("status", [400, 422])
def test_an_unexplained_refusal_gives_up_the_form_first(status: int) -> None:
    with FakeServer(unless(lambda b: "response_format" in b, "", say("{}"), status)) as server:
        chat(server).complete(HELLO, schema=Form)
    assert "temperature" in server.chats[-1]


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("temperature", "Unsupported value: 'temperature' does not support 0 with this model."),
        ("seed", "unknown field: seed"),
        ("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ("tools", '"auto" tool choice requires --enable-auto-tool-choice'),
    ],
)
def test_an_option_that_is_refused_is_given_up_alone(option: str, complaint: str) -> None:
    with FakeServer(unless(lambda b: option in b, complaint, say("hi"))) as server:
        assert chat(server).complete(HELLO, tools=[TOOL]).text == "hi"
    assert len(server.chats) == 2
    others = {"temperature", "seed", "max_tokens", "tools"} - {option}
    assert others <= set(server.chats[1])
    assert ("max_completion_tokens" in server.chats[1]) == (option == "max_tokens")


def test_a_short_context_gets_no_limit_of_ours() -> None:
    def limited(body: dict[str, object]) -> bool:
        return "max_tokens" in body or "max_completion_tokens" in body

    with FakeServer(unless(limited, "maximum context length is 4096 tokens", say("hi"))) as server:
        assert chat(server).complete(HELLO).text == "hi"


def test_a_refusal_of_the_content_is_told_and_nothing_is_given_up_for_good() -> None:
    with FakeServer(fail(400, "this model takes no image"), *[fail(400)] * 3, say("hi")) as server:
        client = chat(server)
        with pytest.raises(JudgeUnavailable, match="must take pictures"):
            client.complete(HELLO, schema=Form, tools=[TOOL])
        client.complete(HELLO, schema=Form)
    assert server.chats[-1]["response_format"]["type"] == "json_schema"


# privacy


def test_nothing_private_is_logged_or_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_API_KEY", "sk-very-secret")
    caplog.set_level(logging.DEBUG)
    private = [says("user", [words("the hidden plot"), picture(b"pixels pixels pixels", "image/jpeg")])]
    data = private[0]["content"][1]["image_url"]["url"]
    echo = f"key sk-very-secret, input {data}"
    with FakeServer(say("the hidden reply"), fail(401, echo)) as server:
        client = chat(server)
        client.complete(private)
        with pytest.raises(JudgeUnavailable) as caught:
            client.complete(private)
    seen = caplog.text + str(caught.value)
    for secret in ("sk-very-secret", "hidden plot", "hidden reply", data.partition(",")[2]):
        assert secret not in seen
