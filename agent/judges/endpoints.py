"""Several servers as one: the first that is alive answers; one that fails is set aside for a while."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from pydantic import BaseModel

from evalverse.agent.judges.chat import Message, Reply
from evalverse.agent.judges.openai_client import OpenAIChat, Refused
from evalverse.errors import JudgeUnavailable

log = logging.getLogger(__name__)

ASIDE_SECONDS = 60.0
"""How long a server that failed is passed over. With all of them set aside, each is tried again."""


class Endpoints:
    """A chat over several :class:`OpenAIChat`, tried in their order. Safe for several threads.

    Args:
        chats: they share one meter, so that the budget holds over all of them.
        clock: seconds that only rise.
    """

    def __init__(self, chats: Sequence[OpenAIChat], clock: Callable[[], float] = time.monotonic) -> None:
        self._chats = list(chats)
        self._clock = clock
        self._aside: dict[int, float] = {}
        self._answered: Counter[str] = Counter()
        self._lock = Lock()
        self.model = ",".join(dict.fromkeys(c.model for c in self._chats))

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[dict[str, Any]] = (),
        schema: type[BaseModel] | None = None,
        room: int | None = None,
    ) -> Reply:
        """See :class:`~evalverse.agent.judges.chat.Chat`.

        Raises:
            JudgeUnavailable: no server answered; the message tells of each. A request that a server understood and
                refused (:class:`Refused`) is not sent to the others: it would be refused there too.
        """
        failed: list[str] = []
        for number in self._order():
            chat = self._chats[number]
            try:
                reply = chat.complete(messages, tools=tools, schema=schema, room=room)
            except Refused:
                raise
            except JudgeUnavailable as error:
                log.warning("%s is set aside for %g s: %s", chat.url, ASIDE_SECONDS, error)
                failed.append(str(error))
                with self._lock:
                    self._aside[number] = self._clock() + ASIDE_SECONDS
            else:
                with self._lock:
                    self._aside.pop(number, None)
                    self._answered[chat.url] += 1
                return reply
        raise JudgeUnavailable(f"none of {len(self._chats)} servers answered: " + " | ".join(failed))

    def usage(self) -> dict[str, float]:
        """That of all servers together, and how many calls each answered."""
        with self._lock:
            answered = {f"calls at {url}": float(n) for url, n in sorted(self._answered.items())}
        return {**self._chats[0].usage(), **answered}

    def _order(self) -> list[int]:
        """Those that are alive first, then those set aside, longest ago first, so that nothing is left untried."""
        now = self._clock()
        with self._lock:
            until = {n: self._aside.get(n, 0.0) for n in range(len(self._chats))}
        alive = [n for n, t in until.items() if t <= now]
        return alive + sorted((n for n, t in until.items() if t > now), key=lambda n: until[n])
