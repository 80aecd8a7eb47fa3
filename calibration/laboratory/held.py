"""The evidence judge on sources that its fit never saw: an honest reading in the laboratory that it was fitted in."""

from __future__ import annotations

import numpy as np

from evalverse.calibration.credibility.rank import Values
from evalverse.calibration.fit.run import Result
from evalverse.calibration.fit.verdicts import answered
from evalverse.calibration.laboratory.scores import Scores
from evalverse.taxonomy import SubDimension, load


def held_out(result: Result) -> Scores:
    """Scores of the clips that were fitted to, each answered by the fit to the other sources."""
    subs = tuple(load().subdimensions())
    clips = result.table.clips
    scores = np.stack([_scores(result, sub) for sub in subs], -1)
    clean = [k for k, clip in enumerate(clips) if clip.clean]
    there = {clips[k].row.clip for k in clean}
    faulted = [k for k, clip in enumerate(clips) if not clip.clean and clip.row.clean in there]
    return Scores(
        paths=tuple(sub.path for sub in subs),
        faulted=tuple(clips[k].row for k in faulted),
        clean=tuple(clips[k].row for k in clean),
        after=scores[faulted],
        before=scores[clean],
    )


def _scores(result: Result, sub: SubDimension) -> Values:
    """(N,) mean of the answers to its checks, as the agent fuses them; nan without any."""
    answers = np.stack([answered(result.table, check, result.choices.get(check.path)) for check in sub.checks])
    given = np.isfinite(answers)
    count = given.sum(0)
    return np.where(count > 0, np.where(given, answers, 0).sum(0) / np.maximum(count, 1), np.nan)
