"""The judge that is a Hugging Face vision-language model on this machine."""

from __future__ import annotations

from evalverse.agent.budget import Budget
from evalverse.agent.judges.base import Judge
from evalverse.agent.judges.local_chat import LocalChat
from evalverse.agent.judges.local_weights import Spec
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.weighing import WeighingJudge
from evalverse.settings import Settings


def local_judge(text: str, settings: Settings, budget: Budget | None = None) -> Judge:
    """The judge of ``MODEL?key=value&...``; see :class:`~evalverse.agent.judges.local_weights.Spec`.

    Raises:
        UsageError: the words are wrong, or what they name is no such model.
        MissingExtra: a package or the weights are absent.
    """
    spec = Spec.parse(text)
    chat = LocalChat(spec, settings, budget)
    kind = WeighingJudge if spec.answers == "weighed" else ModelJudge
    return kind("local", chat, settings)
