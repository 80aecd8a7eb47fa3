"""Work on many clips: one clip per process, one thread per process, kept in a log, so that a stopped call goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from evalverse.errors import BudgetExhausted, EvalVerseError, JudgeUnavailable
from evalverse.tools.ledger import write_file

MOST = 200
"""Clips that a process works on, on average, before a new one takes its place: what libraries do not give back adds
up, to a gigabyte in 500 clips with faces."""

DIED = "the process that worked on it died"


class Item(BaseModel):
    """One clip to work on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    clip: Path
    prompt: str | None = Field(None, description="what the clip was made from, where that is known")
    truth: str = Field("", description="what the clip is, in words that change when it is made anew")


class Done(BaseModel):
    """What came of one item: something found, or the reason why not."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    stamp: str = Field(description="what the result depends on; with another stamp the work is done again")
    seconds: float = 0.0
    failed: str | None = None
    found: dict[str, Any] = Field(default_factory=dict)


class Work(Protocol):
    """What is done with an item. It is handed to other processes."""

    @property
    def stamp(self) -> str:
        """Versions and settings that results depend on."""

    def __call__(self, item: Item) -> dict[str, Any]:
        """The result, ready for JSON."""


Tell = Callable[[int, int], None]
"""Called with (done, in all)."""


def spread(work: Work, items: Sequence[Item], log: Path, workers: int, tell: Tell | None = None) -> dict[str, Done]:
    """Does ``work`` on all ``items``, by id. What ``log`` holds with the same stamp is not done again.

    An item that fails is a result with its reason, and is tried again by the next call.

    Raises:
        JudgeUnavailable, BudgetExhausted: it would fail for all others too; the next call goes on from here.
    """
    tell = tell or (lambda *_: None)
    kept = {done.id: done for done in read_log(log) if done.failed is None}
    finished = {i.id: kept[i.id] for i in items if i.id in kept and kept[i.id].stamp == _stamp(work, i)}
    tell(len(finished), len(items))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as lines:
        for done in _all_done(work, [i for i in items if i.id not in finished], workers):
            finished[done.id] = done
            lines.write(done.model_dump_json() + "\n")
            lines.flush()
            tell(len(finished), len(items))
    others = {key: done for key, done in kept.items() if key not in finished}
    whole = sorted({**others, **finished}.values(), key=lambda d: d.id)
    write_file(log, "".join(done.model_dump_json() + "\n" for done in whole).encode())
    return {i.id: finished[i.id] for i in items}


def read_log(log: Path) -> Iterator[Done]:
    """The lines of a log in order; one that was cut short is passed over."""
    if log.is_file():
        with log.open(encoding="utf-8") as lines:
            yield from (Done.model_validate_json(line) for line in lines if line.endswith("}\n"))


def _all_done(work: Work, items: Iterable[Item], workers: int) -> Iterator[Done]:
    """Results as they come. If a process dies, the clips that it may have been at are tried one by one."""
    left = {item.id: item for item in items}
    while left:
        try:
            with _pool(workers) as pool:
                running = [pool.submit(_do, work, item) for item in list(left.values())[: workers * MOST]]
                try:
                    for future in as_completed(running):
                        done = future.result()
                        del left[done.id]
                        yield done
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        except BrokenProcessPool:
            for item in list(left.values())[: workers + 1]:  # one more than workers may have been handed out
                del left[item.id]
                yield _alone(work, item)


def _alone(work: Work, item: Item) -> Done:
    with _pool(1) as pool:
        try:
            return pool.submit(_do, work, item).result()
        except BrokenProcessPool:
            return Done(id=item.id, stamp=_stamp(work, item), failed=DIED)


def _pool(workers: int) -> ProcessPoolExecutor:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when libraries load, so before processes begin
        os.environ.setdefault(name, "1")
    return ProcessPoolExecutor(workers, get_context("spawn"), _one_thread)


def _one_thread() -> None:
    """A worker computes on one core: there is one worker per core. Torch heeds the environment, OpenCV does not."""
    import cv2

    cv2.setNumThreads(1)


def _do(work: Work, item: Item) -> Done:
    begun = time.perf_counter()

    def done(**how: Any) -> Done:
        seconds = round(time.perf_counter() - begun, 2)
        return Done(id=item.id, stamp=_stamp(work, item), seconds=seconds, **how)

    try:
        return done(found=work(item))
    except (JudgeUnavailable, BudgetExhausted):
        raise
    except EvalVerseError as error:
        return done(failed=str(error))
    except Exception as error:
        return done(failed=f"{type(error).__name__}: {error}")


def _stamp(work: Work, item: Item) -> str:
    from hashlib import sha256

    return sha256("\n".join((work.stamp, str(item.prompt), item.truth)).encode()).hexdigest()[:16]
