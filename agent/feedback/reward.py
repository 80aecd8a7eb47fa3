"""Rewards: sub-scores of many clips, measured narrowly, side by side in processes, the same every time.

    from evalverse import reward
    for got in reward(["a.mp4", "b.mp4"], ["a man walks", "a dog runs"], wanted=["lens/exposure", "lens/focus"]):
        print(got.scores, got.reasons, got.total, got.aggregation)

Only what the wanted sub-dimensions need is measured, and what was measured once lies in the ledger. A clip that cannot
be read gets None with the reason; a judge that fails raises, since it would fail for all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from evalverse.agent.depth import STANDARD
from evalverse.agent.feedback.wanted import Means, Scored, Wanted
from evalverse.agent.judged import judged
from evalverse.agent.judges.base import Judge
from evalverse.errors import MediaError, UsageError
from evalverse.report.brief import Brief
from evalverse.report.model import Verdict
from evalverse.settings import Settings

Told = Brief | str | None
"""What is said about a clip: a whole brief, or its prompt alone."""


class Rewarder:
    """Judges batch after batch with the same processes; close it, or use it as a context manager.

    Called like a reward function of a trainer (see :func:`make_reward`) it gives one number per clip.
    """

    def __init__(
        self,
        wanted: Wanted,
        *,
        judge: str | Judge = "evidence",
        budget: str | None = None,
        depth: str = STANDARD,
        processes: int | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.wanted = wanted
        self.settings = settings or Settings.load()
        self._judge, self._budget, self._depth = judge, budget, depth
        if processes is None:
            processes = (os.cpu_count() or 1) if judge == "evidence" else 1
        if processes < 1:
            raise UsageError(f"processes must be 1 or more, not {processes}")
        if processes > 1 and not isinstance(judge, str):
            raise UsageError("a ready judge stays in this process; name it in words, or leave processes at 1")
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self.__name__ = "evalverse_reward"  # trainers log a reward function under this name

    def judge(self, clips: Sequence[str | Path], told: Sequence[Told] | None = None) -> list[Scored]:
        """One result per clip, in their order; ``told`` has one brief or prompt per clip.

        Raises:
            UsageError: the lists differ in length, or a brief or the judge's name is wrong.
            JudgeError: the judge or its server failed.
        """
        if told is not None and len(told) != len(clips):
            raise UsageError(f"{len(clips)} clips do not go with {len(told)} prompts")
        briefs = [t if isinstance(t, Brief) else Brief.make(prompt=t) for t in told or [None] * len(clips)]
        paths = [str(clip) for clip in clips]
        if self._processes > 1:
            found = self._side_by_side(paths, briefs)
        else:
            found = [self._one(path, brief, self.settings) for path, brief in zip(paths, briefs, strict=True)]
        return [
            self.wanted.failed(str(clip), got) if isinstance(got, str) else self.wanted.score(str(clip), got)
            for clip, got in zip(clips, found, strict=True)
        ]

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **_: Any) -> list[float | None]:
        """One total per completion, None where there is none.

        Args:
            prompts: the prompts, as text or as conversations.
            completions: paths of the generated clips, as text or as conversations whose last message is the path.
        """
        clips = [_last_words(c) for c in completions]
        return [got.total for got in self.judge(clips, [_last_words(p) for p in prompts])]

    def close(self) -> None:
        """Ends the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Rewarder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _one(self, clip: str, brief: Brief, settings: Settings) -> list[Verdict] | str:
        return verdicts(clip, self._judge, settings, brief, self._budget, self._depth, self.wanted.only)

    def _side_by_side(self, clips: Sequence[str], briefs: Sequence[Brief]) -> list[list[Verdict] | str]:
        if self._pool is None:
            spawn = get_context("spawn")  # forked copies of a process with threads can hang
            self._pool = ProcessPoolExecutor(self._processes, spawn, initializer=_single_threaded)
        alone = self.settings.model_copy(update={"workers": 1})
        told = [(self._judge, alone, brief, self._budget, self._depth, self.wanted.only) for brief in briefs]
        return list(self._pool.map(verdicts, clips, *zip(*told, strict=True)))


def reward(
    clips: Sequence[str | Path],
    prompts: Sequence[Told] | None = None,
    *,
    wanted: Iterable[str] | None = None,
    weights: Mapping[str, float] | None = None,
    means: Means = "mean",
    allow_missing: bool = False,
    judge: str | Judge = "evidence",
    budget: str | None = None,
    depth: str = STANDARD,
    processes: int | None = None,
    settings: Settings | None = None,
) -> list[Scored]:
    """Scores per wanted sub-dimension for each clip, with reasons where there is none, and a documented total.

    Args:
        clips: paths of media files.
        prompts: what each was generated from, or a whole :class:`Brief` each; None where nothing is known.
        wanted, weights, means, allow_missing: see :class:`Wanted`.
        judge, depth: as for :func:`evalverse.critique`.
        budget: per clip.
        processes: how many clips are judged at once; by default one per core with the evidence judge, else 1.
            Scores do not depend on it. A script that uses more than one needs the usual ``if __name__ == "__main__":``.

    Raises:
        UsageError: a name, weight or the call is wrong. A clip that cannot be read does not raise.
        JudgeError: the judge or its server failed.
    """
    wish = Wanted(wanted, weights, means, allow_missing=allow_missing)
    many = None if len(clips) > 1 else 1
    with Rewarder(
        wish, judge=judge, budget=budget, depth=depth, processes=processes or many, settings=settings
    ) as rewarder:
        return rewarder.judge(clips, prompts)


def make_reward(
    wanted: Iterable[str] | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    means: Means = "mean",
    allow_missing: bool = False,
    judge: str | Judge = "evidence",
    budget: str | None = None,
    depth: str = STANDARD,
    processes: int | None = None,
    settings: Settings | None = None,
) -> Rewarder:
    """A reward function for trainers in TRL's form: ``(prompts, completions, **columns) -> list[float | None]``.

    The result keeps its processes between calls; ``close()`` ends them. Arguments are those of :func:`reward`.
    """
    wish = Wanted(wanted, weights, means, allow_missing=allow_missing)
    return Rewarder(wish, judge=judge, budget=budget, depth=depth, processes=processes, settings=settings)


def verdicts(
    clip: str,
    judge: str | Judge,
    settings: Settings,
    brief: Brief,
    budget: str | None,
    depth: str,
    wanted: Sequence[str],
) -> list[Verdict] | str:
    """The verdicts on one clip, or why the file cannot be judged."""
    try:
        return list(judged(clip, judge, settings, brief, budget=budget, depth=depth, wanted=wanted).verdicts)
    except MediaError as error:
        return f"could not be read: {error}"


def _single_threaded() -> None:
    """One core per process: libraries that spread out on their own would slow each other down."""
    import cv2

    cv2.setNumThreads(1)
    os.environ["OMP_NUM_THREADS"] = "1"


def _last_words(said: Any) -> str:
    """The text of a prompt or completion: itself, or the content of a conversation's last message."""
    if isinstance(said, (str, Path)):
        return str(said)
    try:
        content = said[-1]["content"]
        parts = content if isinstance(content, str) else " ".join(p["text"] for p in content if p["type"] == "text")
    except (KeyError, IndexError, TypeError) as error:
        raise UsageError(f"neither text nor a conversation: {said!r:.80}") from error
    return parts.strip()
