"""Pictures collected into batches on their way through a model, so that only vectors are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")


class Batches(Generic[Item]):
    """Runs ``encode`` over ``size`` items at a time and keeps its rows as half floats."""

    def __init__(self, encode: Callable[[Sequence[Item]], NDArray[np.float32]], size: int) -> None:
        self._encode, self._size = encode, size
        self._waiting: list[Item] = []
        self._done: list[NDArray[np.float16]] = []

    def add(self, *items: Item) -> None:
        """Takes items, in order."""
        self._waiting += items
        while len(self._waiting) >= self._size:
            self._run(self._waiting[: self._size])
            del self._waiting[: self._size]

    def rows(self) -> NDArray[np.float32]:
        """(N, ...) float32, one row per item so far."""
        if self._waiting:
            self._run(self._waiting)
            self._waiting = []
        return np.concatenate(self._done).astype(np.float32)

    def _run(self, items: Sequence[Item]) -> None:
        self._done.append(self._encode(items).astype(np.float16))
