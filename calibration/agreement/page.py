"""The page on agreement: tables made from a study, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalverse.calibration.agreement.rank import Reading, ceiling, chance, left_out, overall, reading, within
from evalverse.calibration.agreement.study import REAL, SIZE, TARGETS, Study
from evalverse.calibration.credibility.rank import Values

COMBINED = (
    "track_survival.survival",
    "track_survival.recognised",
    "flow_consistency.inconsistent",
    "local_melt.worst_place",
    "local_melt.whole_picture",
)
"""Chosen before these clips were looked at: the kinds of measure that an earlier study of other clips named."""
SHARE = 0.75
"""Of the clips that a measure must have been able to read, to be listed."""
HOWS = (overall, within)
TITLES = {
    "temporal_quality": "Temporal quality",
    "static_quality": "Static quality",
    "alignment": "Alignment with the prompt",
}


def page(study: Study) -> str:
    """Markdown."""
    made = study.where(study.clips.generator != REAL)
    prompts, makers = (len(np.unique(v)) for v in (made.clips.prompt, made.clips.generator))
    parts = [HEAD.format(count=len(made.clips.prompt), prompts=prompts, makers=makers, width=SIZE[0], height=SIZE[1])]
    parts += [_target(made, target) for target in TARGETS]
    parts.append(_real(study))
    parts.append(FOOT)
    return "\n".join(parts)


def _target(made: Study, target: str) -> str:
    raters = made.ratings[target]
    mean = raters.mean(1)
    usable = {n: v for n, v in made.readings.items() if np.isfinite(v).mean() >= SHARE and np.nanstd(v) > 0}
    rows = [("**one person against the others**", [ceiling(how, raters, made.clips) for how in HOWS])]
    features = np.stack([made.readings.get(n, np.full(len(mean), np.nan)) for n in COMBINED], -1)
    predicted = left_out(features, mean, made.clips)
    rows.append(("**five motion measures together**", [reading(how, predicted, mean, made.clips) for how in HOWS]))
    told = [(name, [reading(how, values, mean, made.clips) for how in HOWS]) for name, values in usable.items()]
    rows += [(f"`{n}`", r) for n, r in sorted(told, key=lambda row: -abs(row[1][0].rho))]
    luck = [chance(how, list(usable.values()), mean, made.clips) for how in HOWS]
    lines = [
        f"## {TITLES[target]}",
        "",
        f"The best of these {len(usable)} measures would reach {luck[0]:.2f} overall and {luck[1]:.2f} within "
        "generator and prompt by luck alone (one time in twenty, ratings shuffled within generators).",
        "",
        "| measure | clips | overall | within generator and prompt |",
        "|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(name, *found) for name, found in rows), ""])


def _row(name: str, whole: Reading, inner: Reading) -> str:
    return f"| {name} | {whole.clips} | {_cell(whole)} | {_cell(inner)} |"


def _cell(found: Reading) -> str:
    return f"{found.rho:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"


def _real(study: Study) -> str:
    """Where real footage lies among the generated clips."""
    real = study.clips.generator == REAL
    lines = [
        "## Real footage on the same measures",
        "",
        "| measure | real footage: lowest, median, highest | generated: lowest, median, highest |",
        "|---|---|---|",
    ]

    def three(values: Values) -> str:
        known = values[np.isfinite(values)]
        steps: list[Callable[..., float]] = [np.min, np.median, np.max]
        return ", ".join(f"{f(known):.2f}" for f in steps) if len(known) else "none could be measured"

    lines += [
        f"| `{name}` | {three(study.readings[name][real])} | {three(study.readings[name][~real])} |"
        for name in COMBINED
        if name in study.readings
    ]
    return "\n".join([*lines, ""])


HEAD = """# Agreement with people

Written by `python -m evalverse.calibration.agreement.study`; do not edit.

{count} clips that {makers} generators of 2022 and 2023 made for {prompts} prompts (FETV benchmark, CC BY 4.0), each
rated by three people from 1 to 5. Each clip was scaled to {width}x{height} before it was measured, because generators
differ in size.

- **overall**: Spearman's rank correlation with the mean rating over all clips. A measure that does no more than
  tell a good generator from a bad one scores high here.
- **within generator and prompt**: the same after the means of every generator and every prompt are taken out of both
  ranks. This is what choosing among takes needs.
- **one person against the others**: each rater against the mean of the other two, averaged: about what can be
  reached.
- In brackets the 95 % interval, by drawing prompts with replacement.
- **five motion measures together**: ridge regression on ranks with a strength fixed beforehand, each prompt
  predicted by a fit to the other prompts. The single measures are fitted to nothing.

The sign says which way a measure goes: survival rises with quality, inconsistency falls.
"""

FOOT = """## What follows

- With ten prompts the intervals are wide. Where an interval spans 0, nothing has been shown; a single measure below
  the mark of luck has not been shown to carry anything either.
- Real footage spreads over almost the whole range of the generated clips: people who dance, fire and fast cameras
  lose features and cannot be followed. So none of these measures can say by itself that a clip is faulty. They carry
  no curve from value to answer; they rank takes of one prompt, and point at moments to look at.
- Nothing here has been shown to read static quality or agreement with the prompt: all that was tried stays below the
  mark of luck. They need a judge that sees what is shown.
- The combination stays far below what one person tells of the others, and within generator and prompt its interval
  spans 0. An earlier study of other clips of this kind had found more; these clips do not confirm it.
- After a first look, corners were taken from softer pictures and speed was read from followed corners only, since
  track survival could not be measured on 12 of the 40 clips. No rating was used for it, but the ratings were known.
- No threshold was taken from these clips. They are small, short and old; the figures say little of clips that are
  made today.
"""
