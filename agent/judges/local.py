"""The judge that is a Hugging Face vision-language model on this machine."""

from __future__ import annotations

from evalverse.agent.budget import Budget
from evalverse.agent.judges.base import Judge
from evalverse.agent.judges.chat import Chat
from evalverse.agent.judges.local_chat import LocalChat
from evalverse.agent.judges.local_weights import Spec
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.tape import RememberingChat
from evalverse.agent.judges.weighing import WeighingJudge
from evalverse.settings import Settings

KIND = "local"


class LocalJudge(WeighingJudge):
    """A :class:`WeighingJudge` on this machine. ``remembers`` is ``live`` with a cache and a tape before it."""

    def __init__(self, live: LocalChat, remembers: Chat, settings: Settings) -> None:
        super().__init__(KIND, remembers, settings)
        self._live = live

    def ping(self) -> str:
        """Also where and how it runs."""
        return f"{super().ping()}; {self._live.how}"


def local_judge(text: str, settings: Settings, budget: Budget | None = None) -> Judge:
    """The judge of ``MODEL?key=value&...``; see :class:`~evalverse.agent.judges.local_weights.Spec`.

    Raises:
        UsageError: the words are wrong, or what they name is no such model.
        MissingExtra: a package or the weights are absent.
    """
    spec = Spec.parse(text)
    live = LocalChat(spec, settings, budget)
    remembers = RememberingChat(live, settings.cache_dir / "replies" if settings.judge_cache else None)
    if spec.answers == "written":
        return ModelJudge(KIND, remembers, settings)
    return LocalJudge(live, remembers, settings)
