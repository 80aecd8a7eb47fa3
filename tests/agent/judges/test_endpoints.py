"""Several servers as one, and prices by model."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import says
from evalverse.agent.judges.endpoints import ASIDE_SECONDS, Endpoints
from evalverse.agent.judges.make import make_judge
from evalverse.agent.judges.meter import Meter
from evalverse.agent.judges.openai_client import OpenAIChat, Refused
from evalverse.agent.judges.prices import Prices, Used, prices
from evalverse.errors import BriefError, BudgetExhausted, JudgeUnavailable
from evalverse.settings import Settings
from tests.agent.judges.fake_server import FakeServer, fail, obliging, say

SETTINGS = Settings(judge_timeout=5, judge_retries=0, judge_max_tokens=1000, judge_cache=False)
HELLO = [says("user", "hello")]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def endpoints(*servers: FakeServer, budget: Budget | None = None, clock: Clock | None = None) -> Endpoints:
    meter = Meter(budget or Budget())
    return Endpoints([OpenAIChat(f"{s.url}#m", SETTINGS, budget, meter=meter) for s in servers], clock or Clock())


def test_the_next_server_answers_for_one_that_fails_and_it_is_set_aside_for_a_while() -> None:
    clock = Clock()
    with FakeServer(fail(500), say("first is back")) as first, FakeServer(say("second")) as second:
        chat = endpoints(first, second, clock=clock)
        assert [chat.complete(HELLO).text for _ in range(3)] == ["second"] * 3
        assert len(first.chats) == 1
        clock.now = ASIDE_SECONDS + 1
        assert chat.complete(HELLO).text == "first is back"
        used = chat.usage()
        assert used[f"calls at {second.url}"] == 3
        assert used[f"calls at {first.url}"] == 1
        assert used["calls"] == 4


def test_when_none_answers_the_error_tells_of_each_and_the_next_call_tries_all_again() -> None:
    with FakeServer(fail(503)) as first, FakeServer(fail(401), say("hi")) as second:
        chat = endpoints(first, second)
        with pytest.raises(JudgeUnavailable) as caught:
            chat.complete(HELLO)
        assert first.url in str(caught.value) and second.url in str(caught.value)
        assert chat.complete(HELLO).text == "hi"


def test_a_request_that_is_refused_is_not_sent_to_the_others() -> None:
    with FakeServer(fail(400, "no such parameter")) as first, FakeServer(say("hi")) as second:
        with pytest.raises(Refused):
            endpoints(first, second).complete(HELLO)
        assert not second.chats


def test_the_budget_holds_over_all_servers_together() -> None:
    with FakeServer(say("a", usage=(900, 100)), fail(500)) as first, FakeServer(say("b")) as second:
        chat = endpoints(first, second, budget=Budget(tokens=1500))
        chat.complete(HELLO)
        with pytest.raises(BudgetExhausted):
            chat.complete(HELLO)
        assert not second.chats


def test_addresses_are_joined_by_commas_and_a_model_need_be_named_once() -> None:
    with FakeServer(obliging) as first, FakeServer(obliging) as second:
        assert make_judge(f"remote:{first.url}#vl,{second.url}", SETTINGS, Budget()).id == "remote:vl"
        assert make_judge(f"remote:{first.url}#vl,{second.url}#other", SETTINGS, Budget()).id == "remote:vl,other"


def test_prices_come_from_the_first_pattern_that_fits(tmp_path: Path) -> None:
    table = tmp_path / "prices.yaml"
    table.write_text("'qwen*-vl-*': {read: 1.0, write: 4.0, cached: 0.1}\n'*': {read: 9, write: 9}\n")
    settings = SETTINGS.model_copy(update={"prices": table})
    found = prices(settings, "Qwen3-VL-8B")
    assert found == Prices(read=1.0, write=4.0, cached=0.1)
    assert found.of(Used(prompt=1_000_000, completion=500_000, cached=400_000)) == pytest.approx(0.6 + 0.04 + 2.0)
    assert prices(settings, "gpt") == Prices(read=9, write=9)
    assert prices(SETTINGS, "gpt") is None
    table.write_text("qwen: {reed: 1}\n")
    with pytest.raises(BriefError, match=r"prices\.yaml"):
        prices(settings, "qwen")


def test_tokens_that_the_server_had_cached_cost_what_the_table_says(tmp_path: Path) -> None:
    table = tmp_path / "prices.yaml"
    table.write_text("'*': {read: 1.0, write: 0.0, cached: 0.5}\n")
    turn = say("hi", usage=(1_000_000, 1))

    def answer(body: dict[str, object]) -> object:
        response = turn(body)
        content = response.content.replace(
            b'"prompt_tokens": 1000000', b'"prompt_tokens": 1000000, "prompt_tokens_details": {"cached_tokens": 800000}'
        )
        return type(response)(content, response.status, response.headers)

    with FakeServer(answer) as server:  # type: ignore[arg-type]
        chat = OpenAIChat(f"{server.url}#m", SETTINGS.model_copy(update={"prices": table}))
        chat.complete(HELLO)
        assert chat.usage()["money"] == pytest.approx(0.2 + 0.4)
        assert chat.usage()["cached_tokens"] == 800_000
