"""The model judge behind any OpenAI-compatible server."""

from __future__ import annotations

from evalverse.agent.budget import Budget
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.openai_client import OpenAIChat
from evalverse.settings import Settings


class RemoteJudge(ModelJudge):
    """The judge at ``http://host:port/v1#model``.

    Raises:
        UsageError: the address is not one.
        JudgeUnavailable: no model was named and the server cannot be asked for its list.
    """

    def __init__(self, address: str, settings: Settings | None = None, budget: Budget | None = None) -> None:
        settings = settings or Settings.load()
        super().__init__("remote", OpenAIChat(address, settings, budget), settings)
