"""The clip as a film, and what else a server is sent beside OpenAI's own fields."""

from __future__ import annotations

import base64
from typing import Any

from evalverse.agent.judges.base import Case
from evalverse.agent.judges.chat import says, video, words
from evalverse.agent.judges.meter import PICTURES_PER_VIDEO, TOKENS_PER_PICTURE, tokens
from evalverse.agent.judges.openai_client import OpenAIChat
from tests.agent.judges.conftest import PaperBench
from tests.agent.judges.fake_server import Body, FakeServer, obliging, say, unless
from tests.agent.judges.test_remote import CHECKS, LENS, SETTINGS, judge

WATCHING = SETTINGS.model_copy(update={"judge_video_fps": 2.0})


def films(body: Body) -> list[Any]:
    return [
        p
        for m in body["messages"]
        for p in (m["content"] if isinstance(m["content"], list) else [])
        if p["type"] == "video_url"
    ]


def test_a_model_that_watches_gets_the_clip_as_a_film_beside_the_frames(case: Case) -> None:
    with FakeServer(obliging) as server:
        judge(server, WATCHING).answer(case, LENS, CHECKS, PaperBench())
        judge(server, SETTINGS).answer(case, LENS, CHECKS, PaperBench())
        watched, looked = server.chats[0], server.chats[-1]
    (film,) = films(watched)
    head, _, data = film["video_url"]["url"].partition(",")
    assert head == "data:video/mp4;base64"
    assert base64.b64decode(data)[4:8] == b"ftyp"
    assert not films(looked)


def test_a_server_without_films_is_asked_without_them_from_then_on(case: Case) -> None:
    refusing = unless(lambda body: bool(films(body)), "video_url is not supported by this model", obliging)
    with FakeServer(refusing) as server:
        found = judge(server, WATCHING).answer(case, LENS, CHECKS, PaperBench())
        assert [bool(films(body)) for body in server.chats] == [True, False]
    assert [a.check for a in found] == [c.path for c in CHECKS]


def test_a_film_counts_in_the_budget_like_the_pictures_that_it_holds() -> None:
    talk = [says("user", [words("look"), video(b"x" * 10_000, "video/mp4")])]
    assert tokens(talk) >= PICTURES_PER_VIDEO * TOKENS_PER_PICTURE


def test_extra_fields_go_into_every_request_as_they_are() -> None:
    extra = {"chat_template_kwargs": {"enable_thinking": False}, "mm_processor_kwargs": {"fps": 2}}
    with FakeServer(say("hi")) as server:
        OpenAIChat(f"{server.url}#m", SETTINGS.model_copy(update={"judge_extra": extra})).complete([says("user", "hi")])
        assert {k: server.chats[0][k] for k in extra} == extra
