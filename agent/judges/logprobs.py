"""How likely the next word is, from a server that tells log probabilities: one request of one token per question.

A server that keeps the prompt of earlier requests (vLLM does) reads the pictures once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import exp
from typing import TYPE_CHECKING, Any

from evalverse.agent.judges.chat import Message, says
from evalverse.agent.judges.weigh import Question
from evalverse.errors import JudgeUnavailable

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

ASKS: dict[str, Any] = {"logprobs": True, "top_logprobs": 20}
"""Options of such a request; 20 words are the most that OpenAI and vLLM tell."""

TOGETHER = 8
"""Requests that are under way at once."""

WAY_OUT = "leave out ?answers=weighed"


def weigh(
    ask: Callable[[Sequence[Message]], ChatCompletion], messages: Sequence[Message], questions: Sequence[Question]
) -> list[dict[str, float]]:
    """See :class:`~evalverse.agent.judges.weigh.Weighs`. The first question goes ahead, so that the server has read
    the pictures when the others come.

    Args:
        ask: makes one request of one token with :data:`ASKS`.
    """
    first, *others = [[*messages, says("user", question.text)] for question in questions]
    answered = [ask(first)]
    with ThreadPoolExecutor(TOGETHER) as pool:
        answered += pool.map(ask, others)
    return [weights(completion, question.options) for completion, question in zip(answered, questions, strict=True)]


def weights(completion: ChatCompletion, options: Sequence[str]) -> dict[str, float]:
    """Probability of each option as the first word; the spellings count together, what fits several options does not.

    Raises:
        JudgeUnavailable: the server answered without log probabilities.
    """
    told: Any = completion.choices[0].logprobs if completion.choices else None
    if told is None or not told.content or not told.content[0].top_logprobs:
        raise JudgeUnavailable(f"{completion.model}: the server does not tell how likely words are; {WAY_OUT}")
    found = dict.fromkeys(options, 0.0)
    for word in told.content[0].top_logprobs:
        meant = [option for option in options if _begins(option, word.token.strip())]
        if len(meant) == 1:
            found[meant[0]] += exp(word.logprob)
    return found


def _begins(option: str, token: str) -> bool:
    return bool(token) and (option.lower().startswith(token.lower()) if len(option) > 1 else option == token)
