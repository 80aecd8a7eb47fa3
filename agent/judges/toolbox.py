"""The tools of a model judge, over the bench: operators as typed functions. A wrong call is told how to be right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.chat import Chat, Message, Reply, ToolCall, called, result, says
from evalverse.agent.judges.exhibits import Still, lines, parts, pictures
from evalverse.agent.judges.functions import MEASURE, by_name, function, offered, others
from evalverse.errors import BudgetExhausted, EvalVerseError
from evalverse.prompts import fence
from evalverse.taxonomy import Check
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import operator

CALLS_PER_ROUND = 4

EXAMPLES = {
    MEASURE: {"operator": "exposure", "arguments": {}},
    "look": {"seconds": [1.5, 2.0]},
    "look_crop": {"seconds": 1.5, "left": 0.25, "top": 0.0, "right": 0.5, "bottom": 0.4},
    "look_burst": {"seconds": 1.5, "count": 6, "spacing": 0.1},
    "look_pair": {"shots": [1, 2]},
    "look_change": {"seconds": [1.5, 1.6]},
    "look_sound": {"start": 0.0, "end": 2.5},
}
"""How the functions that need arguments are called right."""


@dataclass
class Toolbox:
    """The tools for one question.

    ``frames`` is how many more pictures may be shown; ``gained`` is the evidence that was called for, by id.
    """

    case: Case
    bench: Bench
    frames: int
    checks: Sequence[Check] = ()
    gained: dict[str, Evidence] = field(default_factory=dict)

    def consult(self, chat: Chat, thread: list[Message], rounds: int) -> Reply | None:
        """Lets the model call tools, at most ``rounds`` times; ``thread`` grows by what was said.

        Returns:
            The reply that it gave instead of a call, or None if it used up its rounds.
        """
        own, rest = self._names
        tools = [*(function(operator(name)) for name in own), by_name(rest)]
        for _ in range(rounds):
            reply = chat.complete(thread, tools=tools)
            if not reply.calls:
                return reply
            thread.append(called(reply))
            seen: list[Still] = []
            for n, call in enumerate(reply.calls):
                text, shown = self.call(call) if n < CALLS_PER_ROUND else (_too_many(), [])
                thread.append(result(call, text))
                seen += shown
            if seen:
                thread.append(says("user", parts(seen)))
        return None

    def call(self, call: ToolCall) -> tuple[str, list[Still]]:
        """What a call comes to: readings in words, and pictures to look at. Never raises for a wrong call."""
        own = offered(self.case, self.checks)
        known = {MEASURE, *own, *others(self.case, own)}
        if call.name not in known:
            return f"There is no tool {fence(call.name, 'name', 200)}; the tools are {', '.join((*own, MEASURE))}.", []
        try:
            name, arguments = _read(call)
            if name not in known - {MEASURE}:
                raise ValueError(f"no operator {name[:64]!r} can be run on this clip")
            return self._run(name, arguments)
        except BudgetExhausted as error:
            return f"No more calls: {error}. Answer with what you have.", []
        except (ValueError, RecursionError, EvalVerseError) as error:
            why = str(error).replace(str(self.case.clip.path), self.case.clip.name)
            example = json.dumps(EXAMPLES.get(call.name, {}))
            return f"{call.name} failed: {fence(why, 'error', 1_000)}\nCall it like: {example}", []

    @cached_property
    def _names(self) -> tuple[list[str], list[str]]:
        """The operators with a function of their own, and those that are called by name."""
        own = offered(self.case, self.checks)
        return own, others(self.case, own)

    def _run(self, name: str, arguments: dict[str, Any]) -> tuple[str, list[Still]]:
        looks = operator(name).on_request
        times = arguments.get("seconds") if name == "look" else None
        wanted = len(times) if isinstance(times, list) else 1
        if looks and wanted > self.frames:
            return f"You may look at {self.frames} more pictures for this question, not {wanted}.", []
        found = self.bench.measure(name, arguments)
        self.gained |= {e.id: e for e in found}
        shown = pictures(self.case, found) if looks else []
        self.frames -= len(shown)
        told = fence(lines(found), "evidence")
        return f"{told}\nThe pictures follow in the next message." if shown else told, shown


def _read(call: ToolCall) -> tuple[str, dict[str, Any]]:
    """Which operator is called and how. Raises ValueError, whose words tell what to do."""
    given = json.loads(call.arguments or "{}")
    if not isinstance(given, dict):
        raise ValueError("the arguments must be one JSON object")
    if call.name != MEASURE:
        return call.name, given
    name, arguments = given.get("operator"), given.get("arguments") or {}
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise ValueError('"operator" must be a name and "arguments", if given, an object')
    return name, arguments


def _too_many() -> str:
    return f"Not called: at most {CALLS_PER_ROUND} calls at once."
