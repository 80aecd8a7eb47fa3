"""What a model judge has used, and the bound that it must not pass.

A call holds its worst case (prompt as estimated, answer at its longest) before it is made and is settled at what it
really took, so that calls in parallel cannot pass the budget together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import Message
from evalverse.errors import BriefError, BudgetExhausted
from evalverse.settings import Settings

CHARACTERS_PER_TOKEN = 3.0
"""On the safe side for English prose and JSON, where four is usual."""

TOKENS_PER_PICTURE = 1000
"""On the safe side for a frame 512 pixels high: about 600 in Qwen-VL, 765 in OpenAI's tiles."""


@dataclass(frozen=True)
class Hold:
    """The worst case of one call, in tokens."""

    prompt: int
    completion: int


class Meter:
    """Counts calls, tokens, seconds and money. Safe for several threads."""

    def __init__(self, settings: Settings, budget: Budget) -> None:
        if budget.money is not None and (settings.price_in is None or settings.price_out is None):
            raise BriefError("a budget in money needs the prices: set EVALVERSE_PRICE_IN and EVALVERSE_PRICE_OUT")
        self._budget = budget
        self._prices = None
        if settings.price_in is not None and settings.price_out is not None:
            self._prices = (settings.price_in / 1e6, settings.price_out / 1e6)
        self._lock = Lock()
        self._held: list[Hold] = []
        self._calls = self._estimated = self._prompt = self._completion = 0
        self._seconds = 0.0

    def hold(self, prompt: int, completion: int) -> Hold:
        """Sets the worst case of a call aside.

        Raises:
            BudgetExhausted: with everything that is held, the call could pass the budget. Nothing was sent.
        """
        hold = Hold(prompt, completion)
        with self._lock:
            used_in = self._prompt + sum(h.prompt for h in (*self._held, hold))
            used_out = self._completion + sum(h.completion for h in (*self._held, hold))
            for name, most, could in (
                ("tokens", self._budget.tokens, used_in + used_out),
                ("money", self._budget.money, self._cost(used_in, used_out)),
            ):
                if most is not None and could is not None and could > most:
                    raise BudgetExhausted(
                        f"the judge's next call could take it to {could:.6g} of {most:.6g} {name}; raise the budget,"
                        " or set EVALVERSE_MAX_FRAMES_PER_QUESTION or EVALVERSE_JUDGE_MAX_TOKENS lower"
                    )
            if self._left() == 0:
                raise BudgetExhausted(f"the judge has used its {self._budget.seconds:g} seconds; raise the budget")
            self._held.append(hold)
        return hold

    def settle(self, hold: Hold, seconds: float, used: tuple[int, int] | None, answered: bool) -> None:
        """Ends a hold. ``used`` is (prompt, completion) tokens; None if the server did not say: then ``hold`` counts.

        A call that got no answer costs its seconds only.
        """
        with self._lock:
            self._held.remove(hold)
            self._seconds += seconds
            if answered:
                self._calls += 1
                self._estimated += used is None
                prompt, completion = used or (hold.prompt, hold.completion)
                self._prompt += prompt
                self._completion += completion

    def seconds_left(self) -> float | None:
        """Seconds that the judge may still take; None without a bound."""
        with self._lock:
            return self._left()

    def usage(self) -> dict[str, float]:
        """``calls_estimated`` counts calls whose tokens the server did not report; ``money`` only if prices are set."""
        with self._lock:
            used: dict[str, float] = {
                "calls": self._calls,
                "calls_estimated": self._estimated,
                "prompt_tokens": self._prompt,
                "completion_tokens": self._completion,
                "seconds": round(self._seconds, 3),
            }
            money = self._cost(self._prompt, self._completion)
        return used if money is None else {**used, "money": round(money, 6)}

    def _cost(self, prompt: int, completion: int) -> float | None:
        return None if self._prices is None else prompt * self._prices[0] + completion * self._prices[1]

    def _left(self) -> float | None:
        return None if self._budget.seconds is None else max(0.0, self._budget.seconds - self._seconds)


def tokens(messages: Sequence[Message], schemas: Sequence[dict[str, Any]] = ()) -> int:
    """A careful estimate of what ``messages`` and the schemas of tools and reply cost to read."""
    pictures = characters = 0
    for message in messages:
        content = message.get("content") or ""
        for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            if part["type"] == "text":
                characters += len(part["text"])
            else:
                pictures += 1
        characters += len(json.dumps(message.get("tool_calls") or ""))
    characters += sum(len(json.dumps(schema)) for schema in schemas)
    return round(characters / CHARACTERS_PER_TOKEN) + pictures * TOKENS_PER_PICTURE
