"""The model of this machine behind the protocols of judges: it talks, and it weighs words."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import Message, Reply, ToolCall
from evalverse.agent.judges.local_model import LocalModel, local_model
from evalverse.agent.judges.local_weights import Spec
from evalverse.agent.judges.meter import Meter, tokens
from evalverse.agent.judges.prices import Used
from evalverse.agent.judges.weigh import Question
from evalverse.agent.judges.weigher import asked, asking
from evalverse.settings import Settings

_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
"""How Qwen and most open models that know tools write a call."""


class LocalChat:
    """A :class:`~evalverse.agent.judges.chat.Chat` that answers what a
    :class:`~evalverse.agent.judges.weigher.Weigher` asks.

    The weights are loaded with the object. Raises what :func:`~evalverse.agent.judges.local_weights.load` raises.
    """

    def __init__(self, spec: Spec, settings: Settings, budget: Budget | None = None) -> None:
        self._loaded: LocalModel = local_model(spec)
        self.model = self._loaded.name
        self._settings = settings
        self._meter = Meter(budget or Budget())

    def weigh(self, messages: Sequence[Message], questions: Sequence[Question]) -> list[dict[str, float]]:
        """See :class:`~evalverse.agent.judges.weigh.Weighs`."""
        hold = self._meter.hold(Used(tokens([*messages, asking(questions)]), 0))
        start, used = time.monotonic(), None
        try:
            found, read = self._loaded.weigh(messages, questions)
            used = Used(read, 0)
        finally:
            self._meter.settle(hold, time.monotonic() - start, used, answered=used is not None)
        return found

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[dict[str, Any]] = (),
        schema: type[BaseModel] | None = None,
        room: int | None = None,
    ) -> Reply:
        """The likeliest reply, or the weights that are asked for. ``schema`` is not enforced: the prompt asks for it in
        words."""
        if questions := asked(messages):
            return Reply(json.dumps(self.weigh(messages[:-1], questions)))
        room = room or self._settings.judge_max_tokens
        hold = self._meter.hold(Used(tokens(messages, tools), room))
        start, used = time.monotonic(), None
        try:
            written = self._loaded.write(messages, room, self._settings.judge_timeout, tools)
            used = Used(written.read, written.wrote)
        finally:
            self._meter.settle(hold, time.monotonic() - start, used, answered=used is not None)
        calls = tuple(_calls(written.text)) if tools else ()
        finish = "tool_calls" if calls else "stop" if written.whole else "length"
        return Reply(_CALL.sub("", written.text).strip() if calls else written.text, calls, finish)

    def usage(self) -> dict[str, float]:
        return self._meter.usage()

    @property
    def how(self) -> str:
        """Where and how it runs, in words, for the doctor."""
        anew = self._loaded.reuses
        pictures = f"pictures are read anew for every question ({anew})" if anew else "pictures are read once"
        return f"on {self._loaded.device} in {self._loaded.dtype}; {pictures}"


def _calls(text: str) -> list[ToolCall]:
    found = []
    for number, written in enumerate(_CALL.findall(text)):
        try:
            call = json.loads(written)
        except ValueError:
            continue
        if isinstance(call, dict) and isinstance(call.get("name"), str):
            found.append(ToolCall(f"call-{number}", call["name"], json.dumps(call.get("arguments") or {})))
    return found
