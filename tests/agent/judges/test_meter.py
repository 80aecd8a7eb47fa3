"""The budget of a remote judge holds: before every call, and for calls in parallel."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import picture, says, words
from evalverse.agent.judges.meter import TOKENS_PER_PICTURE, tokens
from evalverse.agent.judges.openai_client import OpenAIChat
from evalverse.errors import BriefError, BudgetExhausted, JudgeUnavailable
from tests.agent.judges.fake_server import FakeServer, fail, hang, say
from tests.agent.judges.test_openai_client import HELLO, SETTINGS, chat


def test_money_is_counted_at_the_given_prices() -> None:
    settings = SETTINGS.model_copy(update={"price_in": 2.0, "price_out": 10.0})
    with FakeServer(say("hi", usage=(1_000_000, 100_000))) as server:
        client = chat(server, settings)
        client.complete(HELLO)
    assert client.usage()["money"] == pytest.approx(3.0)


def test_a_budget_in_money_needs_prices() -> None:
    with pytest.raises(BriefError, match="EVALVERSE_PRICE_IN"):
        OpenAIChat("http://localhost/v1#m", SETTINGS, Budget(money=1))


@pytest.mark.parametrize(
    ("budget", "calls"),
    [
        # each call holds about 2 + 1000 tokens and then takes 400 + 600; money: 0.0020 and 0.0016
        (Budget(tokens=1000), 0),
        (Budget(tokens=1003), 1),
        (Budget(tokens=2500), 2),
        (Budget(money=0.0021), 1),
        (Budget(money=0.0100), 5),
    ],
)
def test_no_call_is_made_that_could_pass_the_budget(budget: Budget, calls: int) -> None:
    settings = SETTINGS.model_copy(update={"price_in": 1.0, "price_out": 2.0})
    with FakeServer(say("hi", usage=(400, 600))) as server:
        client = chat(server, settings, budget)
        with pytest.raises(BudgetExhausted, match="raise the budget"):
            for _ in range(20):
                client.complete(HELLO)
        assert len(server.chats) == calls
    used = client.usage()
    assert used["prompt_tokens"] + used["completion_tokens"] <= (budget.tokens or 1e9)
    assert used["money"] <= (budget.money or 1e9)


def test_calls_in_parallel_do_not_pass_the_budget_together() -> None:
    def slowly(body: dict[str, object]) -> object:
        time.sleep(0.1)
        return say("hi", usage=(2, 1000))(body)  # type: ignore[arg-type]

    def one(_: int) -> bool:
        try:
            client.complete(HELLO)
        except BudgetExhausted:
            return False
        return True

    with FakeServer(slowly) as server:  # type: ignore[arg-type]
        client = chat(server, budget=Budget(tokens=3100))
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one, range(8))) == 3
    assert len(server.chats) == 3


def test_the_seconds_of_the_budget_cut_the_time_out_short() -> None:
    settings = SETTINGS.model_copy(update={"judge_retries": 0})
    started = time.monotonic()
    with FakeServer(hang(30)) as server:
        client = chat(server, settings, Budget(seconds=0.3))
        with pytest.raises(JudgeUnavailable):
            client.complete(HELLO)
        with pytest.raises(BudgetExhausted, match="seconds"):
            client.complete(HELLO)
    assert time.monotonic() - started < 3


def test_a_call_that_failed_costs_its_seconds_only() -> None:
    with FakeServer(fail(401), say("hi", usage=(5, 5))) as server:
        client = chat(server, budget=Budget(tokens=1500))
        with pytest.raises(JudgeUnavailable):
            client.complete(HELLO)
        assert client.usage()["prompt_tokens"] == 0
        assert client.complete(HELLO).text == "hi"


def test_pictures_count_in_the_estimate_by_number_not_by_bytes() -> None:
    shown = [says("user", [words("abc"), picture(b"x" * 100_000, "image/jpeg")])]
    assert TOKENS_PER_PICTURE <= tokens(shown) < TOKENS_PER_PICTURE + 50
