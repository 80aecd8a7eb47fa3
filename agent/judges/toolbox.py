"""The two tools of a model judge, over the bench: measure and look. A wrong call is told how to be right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.chat import Chat, Message, Reply, ToolCall, called, result, says
from evalverse.agent.judges.exhibits import Still, lines, parts, taken
from evalverse.errors import BudgetExhausted, EvalVerseError
from evalverse.prompts import fence
from evalverse.tools.operator import operators

CALLS_PER_ROUND = 4

EXAMPLES = {"measure": '{"operator": "exposure", "arguments": {}}', "look": '{"seconds": [1.5, 2.0]}'}


@dataclass
class Toolbox:
    """The tools for one question. ``frames`` is how many more frames may be looked at."""

    case: Case
    bench: Bench
    frames: int
    definitions: list[dict[str, Any]] = field(default_factory=lambda: definitions())

    def consult(self, chat: Chat, thread: list[Message], rounds: int) -> Reply | None:
        """Lets the model call tools, at most ``rounds`` times; ``thread`` grows by what was said.

        Returns:
            The reply that it gave instead of a call, or None if it used up its rounds.
        """
        for _ in range(rounds):
            reply = chat.complete(thread, tools=self.definitions)
            if not reply.calls:
                return reply
            thread.append(called(reply))
            seen: list[Still] = []
            for n, call in enumerate(reply.calls):
                text, pictures = self.call(call) if n < CALLS_PER_ROUND else (_too_many(), [])
                thread.append(result(call, text))
                seen += pictures
            if seen:
                thread.append(says("user", parts(seen)))
        return None

    def call(self, call: ToolCall) -> tuple[str, list[Still]]:
        """What a call comes to: words, and pictures for :meth:`Bench.look`. Never raises for a wrong call."""
        if call.name not in EXAMPLES:
            return f"There is no tool {fence(call.name, 'name', 200)}; the tools are measure and look.", []
        try:
            given = json.loads(call.arguments or "{}")
            if not isinstance(given, dict):
                raise ValueError("the arguments must be one JSON object")
            return self._measure(given) if call.name == "measure" else self._look(given)
        except BudgetExhausted:
            return "No more calls: what may be spent on this question is used up. Answer with what you have.", []
        except (ValueError, RecursionError, EvalVerseError) as error:
            why = str(error).replace(str(self.case.clip.path), self.case.clip.name)
            return f"{call.name} failed: {fence(why, 'error', 1_000)}\nCall it like: {EXAMPLES[call.name]}", []

    def _measure(self, given: dict[str, Any]) -> tuple[str, list[Still]]:
        name, arguments = given.get("operator"), given.get("arguments") or {}
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise ValueError('"operator" must be a name and "arguments", if given, an object')
        return fence(lines(self.bench.measure(name, arguments)), "evidence"), []

    def _look(self, given: dict[str, Any]) -> tuple[str, list[Still]]:
        seconds = given.get("seconds")
        seconds = [seconds] if isinstance(seconds, int | float) else seconds
        if not isinstance(seconds, list) or not all(_time(t) for t in seconds) or not seconds:
            raise ValueError('"seconds" must be a list of times in seconds')
        if len(seconds) > self.frames:
            return f"You may look at {self.frames} more frames for this question, not {len(seconds)}.", []
        found = taken(self.case, self.bench, [float(t) for t in seconds])
        self.frames -= len(found)
        return "The frames follow in the next message.", found


def definitions() -> list[dict[str, Any]]:
    """The tools in the form of OpenAI's function calling."""
    listed = "; ".join(f"{name} ({kind.title})" for name, kind in operators().items())
    return [
        _function(
            "measure",
            f"Measures the whole clip with one operator and returns its readings with their ids. Operators: {listed}.",
            {
                "operator": {"type": "string", "description": "its name"},
                "arguments": {"type": "object", "description": "settings of the operator; leave out for the usual"},
            },
            ["operator"],
        ),
        _function(
            "look",
            "Shows the frames that are on screen at these times.",
            {"seconds": {"type": "array", "items": {"type": "number"}, "description": "times in the clip"}},
            ["seconds"],
        ),
    ]


def _function(name: str, description: str, properties: dict[str, Any], required: Sequence[str]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _too_many() -> str:
    return f"Not called: at most {CALLS_PER_ROUND} calls at once."
