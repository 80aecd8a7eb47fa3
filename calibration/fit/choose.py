"""Whether a check is answered by its fitted model, by its documented curves, or not at all: held-out sources decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalverse.agent.judges.documented import proxies
from evalverse.agent.judges.fitted import Fit, Kind, Line
from evalverse.agent.judges.fitted import Held as Figures
from evalverse.agent.judges.rule import overrules
from evalverse.calibration.fit.conform import bands, coverage
from evalverse.calibration.fit.data import Mask, Vector
from evalverse.calibration.fit.held import FALSE_ALARMS, Held
from evalverse.calibration.fit.measure import auroc, calibration_error
from evalverse.calibration.fit.sample import SOURCES

GOOD = 0.95
"""Area under ROC that the laboratory aims at."""
LEAST = 0.65
"""Area under ROC below which a fitted answer is not worth giving."""
ONE_FAMILY = 0.85
"""The same for the faults of one family."""
CHANCE = 0.55
"""The same for documented curves: some tell only gross faults, but never by mistake, and are worth having."""
WORSE = 0.02
"""By so much a fit may tell faults worse than the curves, if its answers come closer to the truth."""
MEANT = {
    "cinematography/lens/exposure/fits-the-hour-and-place": "no reading knows the hour and place that are meant",
    "sound-design/soundscape/musical-score-alignment/music-meets-the-cut": "its clean films are all cut on the beat, "
    "which no film has to be",
}
"""Checks that readings must not answer, however well they tell the laboratory's faults."""
DRAWS = 200
"""Of sources with replacement."""


@dataclass(frozen=True)
class Choice:
    """What became of one check, and its figures."""

    held: Held
    by: Literal["fit", "curves", "nothing"]
    why: str
    figures: Figures

    @property
    def answer(self) -> Vector:
        """(M,) held-out answers of what was chosen; nan where there is none."""
        return self._chosen(self.held.answer, self.held.curve)

    @property
    def beside(self) -> Vector:
        """(K,) the same of clips of which nothing certain is known."""
        return self._chosen(self.held.beside.answer, self.held.beside.curve)

    def _chosen(self, fit: Vector, curve: Vector) -> Vector:
        guarded = np.where(overrules(curve, fit), curve, fit)
        return {"fit": guarded, "curves": curve}.get(self.by, np.full(len(fit), np.nan))

    def fit(self) -> Fit:
        """The rule in the form of the calibration file: the scale is worked into start and lines."""
        model, scale, sample = self.held.model, self.held.scale, self.held.sample
        there = ~np.isnan(self.held.answer)
        return Fit(
            kinds=tuple(
                Kind(
                    faults=faults,
                    start=round(scale.slope * kind.start + scale.shift, 4),
                    lines=tuple(
                        Line(reading=line.reading, points=tuple((v, round(scale.slope * y, 4)) for v, y in line.points))
                        for line in kind.lines
                    ),
                )
                for faults, kind in model.each
            ),
            bands=bands(self.held.answer[there], sample.truth[there], sample.weight[there], sample.sources[there]),
            held=self.figures,
        )


def choose(held: Held, seed: int) -> Choice:
    """The choice for one check."""
    figures = _figures(held, seed)
    curve, area = figures.auroc_curve, figures.auroc
    both = ~np.isnan(held.answer) & ~np.isnan(held.curve)
    assessed = float((~np.isnan(held.answer))[held.sample.plain].mean())
    if held.check.path in MEANT:
        flaw = MEANT[held.check.path]
    elif any(p.standard for p in proxies().get(held.check.path, ())):
        flaw = "its curve is a published standard"
    elif not held.model.lines:
        flaw = "no reading speaks for its faults"
    elif not (area >= LEAST and figures.auroc_low > 0.5) and not _one_family(held):
        flaw = f"its readings do not tell its faults from other footage (area under ROC {area:.2f})"
    elif figures.sources < SOURCES:
        flaw = f"its faults were measured on {figures.sources} sources only"
    elif figures.false_alarms > max(FALSE_ALARMS, _one_source(held)) + 1e-6:
        flaw = f"its readings call {figures.false_alarms:.0%} of clean footage faulty"
    elif assessed < 0.5:
        flaw = f"its readings are there for {assessed:.0%} of its faults only"
    elif curve is not None and separation(held, held.answer, both) < separation(held, held.curve, both) - WORSE:
        flaw = f"the documented curves tell its faults better ({curve:.2f} against {area:.2f})"
    elif curve is not None and _error(held, held.answer, both) >= _error(held, held.curve, both):
        flaw = "the answers of the documented curves come closer to the truth"
    else:
        return Choice(held, "fit", f"area under ROC {area:.2f}", figures)
    if not proxies().get(held.check.path):
        return Choice(held, "nothing", flaw, figures)
    read = held.sample.plain & ~np.isnan(held.curve)
    if curve is not None and curve < CHANCE and len(set(held.sample.sources[read])) >= SOURCES:
        return Choice(held, "nothing", f"{flaw}, nor do the documented curves ({curve:.2f})", figures)
    return Choice(held, "curves", flaw, figures)


def _one_family(held: Held) -> bool:
    """Whether it tells one family of faults so well that it is worth having although the others leave it cold."""
    sample = held.sample
    return any(separation(held, held.answer, mine | ~sample.own) >= ONE_FAMILY for mine in sample.apart)


def _error(held: Held, answer: Vector, among: Mask) -> float:
    """Mean square distance of the answers from the truth."""
    return float(np.average((answer[among] - held.sample.truth[among]) ** 2, weights=held.sample.weight[among]))


def separation(held: Held, answer: Vector, among: Mask | None = None, times: Vector | None = None) -> float:
    """Area under ROC of plain faults of the check against clips that it holds on, clean ones half of the weight.

    ``among`` leaves out clips, ``times`` (M,) counts each so often.
    """
    there = ~np.isnan(answer) & (True if among is None else among)
    weight = held.sample.weight * (1.0 if times is None else times)
    bad, good = there & held.sample.plain, there & (held.sample.truth == 1)
    for half in (good & held.sample.clean, good & ~held.sample.clean):
        if weight[half].any():
            weight[half] /= weight[half].sum()
    if not weight[bad].any() or not weight[good].any():
        return float("nan")
    return auroc(-answer[bad], -answer[good], weight[bad], weight[good])


def _figures(held: Held, seed: int) -> Figures:
    there = ~np.isnan(held.answer)
    answer, truth, weight = held.answer[there], held.sample.truth[there], held.sample.weight[there]
    clean, plain = held.sample.clean & there, held.sample.plain & there
    low, high = _drawn(held, seed)
    return Figures(
        auroc=_round(separation(held, held.answer)),
        auroc_low=_round(low),
        auroc_high=_round(high),
        auroc_curve=_known(separation(held, held.curve)),
        auroc_single=_known(separation(held, held.single)),
        calibration_error=_round(calibration_error(answer, truth, weight)) if there.any() else 1.0,
        false_alarms=_round(alarms(held.answer[clean], held.sample.sources[clean])) if clean.any() else 1.0,
        coverage=_round(coverage(answer, truth, weight, held.sample.sources[there])) if there.any() else 0.0,
        faulted=int(plain.sum()),
        clean=int(clean.sum()),
        sources=len(set(held.sample.sources[plain])),
    )


def alarms(answer: Vector, source: NDArray[np.str_]) -> float:
    """Share of clean footage that is called faulty, each source counting alike: what is new is a source, not a clip."""
    return float(np.mean([(answer[source == name] < 0.5).mean() for name in sorted(set(source))]))


def _one_source(held: Held) -> float:
    """What a single source that really has the fault, or is taken for it, is of all clean footage."""
    return 1 / max(1, len(set(held.sample.sources[held.sample.clean & ~np.isnan(held.answer)])))


def _drawn(held: Held, seed: int) -> tuple[float, float]:
    """The 95 % interval of the area, sources drawn with replacement."""
    rng = np.random.default_rng(seed)
    names, of = np.unique(held.sample.sources, return_inverse=True)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), DRAWS)
    areas = np.array([separation(held, held.answer, times=draw[of].astype(float)) for draw in draws])
    known = areas[~np.isnan(areas)]
    return (float(np.quantile(known, 0.025)), float(np.quantile(known, 0.975))) if len(known) else (0.0, 1.0)


def _round(value: float) -> float:
    return 0.0 if np.isnan(value) else round(value, 4)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
