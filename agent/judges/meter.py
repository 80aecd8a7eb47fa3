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
from evalverse.agent.judges.prices import Prices, Used
from evalverse.errors import BudgetExhausted

CHARACTERS_PER_TOKEN = 3.0
"""On the safe side for English prose and JSON, where four is usual."""

TOKENS_PER_PICTURE = 1000
"""On the safe side for a frame 512 pixels high: about 600 in Qwen-VL, 765 in OpenAI's tiles."""


PICTURES_PER_VIDEO = 32
"""On the safe side for 64 small frames: Qwen-VL merges two in time."""


@dataclass(frozen=True)
class Hold:
    """The worst case of one call, and what its tokens cost; None without prices."""

    most: Used
    prices: Prices | None

    @property
    def cost(self) -> float:
        return self.prices.of(self.most) if self.prices else 0.0


class Meter:
    """Counts calls, tokens, seconds and money. Safe for several threads."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._lock = Lock()
        self._held: list[Hold] = []
        self._calls = self._estimated = 0
        self._used = Used(0, 0)
        self._seconds, self._money, self._priced = 0.0, 0.0, False

    def hold(self, most: Used, prices: Prices | None = None) -> Hold:
        """Sets the worst case of a call aside.

        Raises:
            BudgetExhausted: with everything that is held, the call could pass the budget. Nothing was sent.
        """
        hold = Hold(most, prices)
        with self._lock:
            self._priced |= prices is not None
            held = [*self._held, hold]
            tokens = self._used.prompt + self._used.completion + sum(h.most.prompt + h.most.completion for h in held)
            for name, bound, could in (
                ("tokens", self._budget.tokens, tokens),
                ("money", self._budget.money, self._money + sum(h.cost for h in held)),
            ):
                if bound is not None and could > bound:
                    raise BudgetExhausted(
                        f"the judge's next call could take it to {could:.6g} of {bound:.6g} {name}; raise the budget,"
                        " or set EVALVERSE_MAX_FRAMES_PER_QUESTION or EVALVERSE_JUDGE_MAX_TOKENS lower"
                    )
            if self._left() == 0:
                raise BudgetExhausted(f"the judge has used its {self._budget.seconds:g} seconds; raise the budget")
            self._held.append(hold)
        return hold

    def settle(self, hold: Hold, seconds: float, used: Used | None, answered: bool) -> None:
        """Ends a hold. ``used`` is None if the server did not say: then ``hold`` counts.

        A call that got no answer costs its seconds only.
        """
        with self._lock:
            self._held.remove(hold)
            self._seconds += seconds
            if answered:
                self._calls += 1
                self._estimated += used is None
                took, sum_ = used or hold.most, self._used
                self._used = Used(
                    sum_.prompt + took.prompt, sum_.completion + took.completion, sum_.cached + took.cached
                )
                if hold.prices is not None:
                    self._money += hold.prices.of(took)

    def seconds_left(self) -> float | None:
        """Seconds that the judge may still take; None without a bound."""
        with self._lock:
            return self._left()

    def usage(self) -> dict[str, float]:
        """``calls_estimated`` counts calls whose tokens the server did not report; ``cached_tokens`` are those of
        ``prompt_tokens`` that the server had cached; ``money`` only if there are prices."""
        with self._lock:
            used: dict[str, float] = {
                "calls": self._calls,
                "calls_estimated": self._estimated,
                "prompt_tokens": self._used.prompt,
                "completion_tokens": self._used.completion,
                "seconds": round(self._seconds, 3),
            }
            if self._used.cached:
                used["cached_tokens"] = self._used.cached
            return {**used, "money": round(self._money, 6)} if self._priced else used

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
                pictures += PICTURES_PER_VIDEO if part["type"] == "video_url" else 1
        characters += len(json.dumps(message.get("tool_calls") or ""))
    characters += sum(len(json.dumps(schema)) for schema in schemas)
    return round(characters / CHARACTERS_PER_TOKEN) + pictures * TOKENS_PER_PICTURE
