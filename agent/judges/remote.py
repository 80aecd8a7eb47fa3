"""The model judge behind one or several OpenAI-compatible servers."""

from __future__ import annotations

import json

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import Chat
from evalverse.agent.judges.endpoints import Endpoints
from evalverse.agent.judges.meter import Meter
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.openai_client import OpenAIChat
from evalverse.agent.judges.tape import RememberingChat
from evalverse.agent.judges.weighing import WeighingJudge
from evalverse.settings import Settings


class RemoteJudge(ModelJudge):
    """The judge at ``http://host:port/v1#model``, or at several such addresses, joined by commas: the first that is
    alive answers. An address without a model takes that of the address before it.

    Raises:
        UsageError: an address is not one.
        BriefError: a budget in money without prices.
        JudgeUnavailable: no model was named and the server cannot be asked for its list.
    """

    def __init__(self, address: str, settings: Settings | None = None, budget: Budget | None = None) -> None:
        settings = settings or Settings.load()
        super().__init__("remote", _remembering(address, settings, budget or Budget()), settings)


def weighing(address: str, settings: Settings, budget: Budget) -> WeighingJudge:
    """The same servers, asked how likely a word is instead of for JSON. Raises what :class:`RemoteJudge` raises."""
    return WeighingJudge("remote", _remembering(address, settings, budget), settings)


def _remembering(address: str, settings: Settings, budget: Budget) -> RememberingChat:
    cache = settings.cache_dir / "replies" if settings.judge_cache else None
    chat, place = _connect(address, settings, budget)
    identity = f"{place} {json.dumps(settings.judge_extra, sort_keys=True)}"
    return RememberingChat(chat, cache, identity)


def _connect(address: str, settings: Settings, budget: Budget) -> tuple[Chat, str]:
    """The chat, and where it is, without credentials."""
    meter, chats = Meter(budget), list[OpenAIChat]()
    for part in filter(None, (a.strip() for a in address.split(","))):
        named = part if "#" in part or not chats else f"{part}#{chats[-1].model}"
        chats.append(OpenAIChat(named, settings, budget, meter=meter))
    if len(chats) == 1:
        return chats[0], chats[0].url
    return Endpoints(chats), " ".join(c.url for c in chats)
