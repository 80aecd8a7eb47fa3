"""Answers by weight from a server: log probabilities are read; one that tells none is named with the way out."""

from __future__ import annotations

import json
from math import log

import pytest

from evalverse.agent.budget import Budget
from evalverse.agent.judges.base import Case, Judge
from evalverse.agent.judges.chat import says
from evalverse.agent.judges.make import make_judge
from evalverse.agent.judges.openai_client import OpenAIChat
from evalverse.agent.judges.weigh import Question
from evalverse.agent.judges.weigher import Weigher
from evalverse.agent.judges.weighing import WeighingJudge
from evalverse.errors import JudgeUnavailable, UsageError
from evalverse.report.model import State
from evalverse.settings import Settings
from tests.agent.judges.conftest import PaperBench
from tests.agent.judges.fake_server import Body, FakeServer, Response, fail, raw, say, texts
from tests.agent.judges.test_weighing import CHECKS, LENS, Mindful, thinks

QUESTION = Question("Is it so?", ("Yes", "No"))


def next_word(**likely: float) -> Response:
    """A completion of one token; names in ``likely`` stand for tokens, with _ for a space."""
    rows = [{"token": t.replace("_", " "), "logprob": log(p), "bytes": None} for t, p in likely.items()]
    content = [{**rows[0], "top_logprobs": rows}]
    choice = {
        "index": 0,
        "finish_reason": "length",
        "message": {"role": "assistant", "content": rows[0]["token"]},
        "logprobs": {"content": content},
    }
    made: Body = {"id": "1", "object": "chat.completion", "created": 0, "model": "fake-vl", "choices": [choice]}
    return raw(
        json.dumps({**made, "usage": {"prompt_tokens": 50, "completion_tokens": 1, "total_tokens": 51}}).encode()
    )({})


def minded(mind: Mindful) -> object:
    """A server with a mind of its own."""

    def turn(body: Body) -> Response:
        blind = "Nothing of the clip is shown" in str(body)
        text = texts(body)[-1]
        options = ("A", "B", "C") if "A, B or C" in text else ("Yes", "No")
        weights = mind._weights(Question(text, options), blind)
        return next_word(**{o: max(w, 1e-9) for o, w in weights.items()})

    return turn


def judge(server: FakeServer, **settings: object) -> Judge:
    given = Settings.load(judge_retries=0, **settings)
    return make_judge(f"remote:{server.url}#fake-vl?answers=weighed", given, Budget())


def test_spellings_count_together_and_other_words_do_not() -> None:
    turn = lambda body: next_word(Yes=0.4, _yes=0.1, YES=0.05, No=0.2, N=0.05, Maybe=0.2)  # noqa: E731
    with FakeServer(turn) as server:
        chat = OpenAIChat(f"{server.url}#m", Settings.load())
        (weights,) = Weigher(chat).weigh([says("user", "Look.")], [QUESTION])
        assert weights == pytest.approx({"Yes": 0.55, "No": 0.25})
        sent = server.chats[0]
        assert (sent["logprobs"], sent["top_logprobs"], sent["max_tokens"]) == (True, 20, 1)
        assert texts(sent) == ["Look.", "Is it so?"]
        assert chat.usage()["prompt_tokens"] == 50


def test_a_check_is_answered_by_a_server_and_cached(case: Case) -> None:
    check = CHECKS[0]
    with FakeServer(minded(Mindful(thinks(check, 0.0)))) as server:
        made = judge(server)
        assert isinstance(made, WeighingJudge)
        (answer,) = made.answer(case, LENS, [check], PaperBench())
        assert answer.state is State.SCORED, answer.why
        assert answer.value is not None and answer.value < 0.1
        asked = len(server.chats)
        assert judge(server).answer(case, LENS, [check], PaperBench()) == [answer]
        assert len(server.chats) == asked


@pytest.mark.parametrize("turn", [say("Yes"), fail(400, "logprobs are not supported")], ids=["silent", "refuses"])
def test_a_server_that_tells_none_is_named_with_the_way_out(turn: object, case: Case) -> None:
    with FakeServer(turn) as server, pytest.raises(JudgeUnavailable, match=r"leave out \?answers=weighed"):
        judge(server).answer(case, LENS, CHECKS[:1], PaperBench())


def test_a_wrong_way_to_answer_is_told() -> None:
    with pytest.raises(UsageError, match="weighed or written, not 'sung'"):
        make_judge("remote:http://127.0.0.1:9/v1#m?answers=sung", Settings.load(), Budget())
