"""Faults of exposure: level over time, and what is lost at the ends of the scale."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import Now, as_rgb, expose, repaint, toned
from evalverse.calibration.faults.fault import Amount, Job, Medium, Unfit, fault
from evalverse.calibration.faults.take import RGB, Take

EXPOSURE = "cinematography/lens/exposure"
FLICKERING = "rightness/temporal/temporal-flickering"
Luma = NDArray[np.uint8]
MOST_CRUSHED, MOST_STOPS = 150, 3.5
"""8-bit value of black, and stops, beyond which the whole picture would change and not only one end of its scale."""
GAMMA = 2.2
EVERY = 8
"""Of so many pictures one is counted."""


@fault(
    name="exposure-pumping",
    words="The level swells and sinks slowly, as when an automatic exposure hunts.",
    medium=Medium.PICTURE,
    amount=Amount("stops from mean to peak", most=1.5, faint=0.12, medium=0.35, strong=1.0),
    checks=(
        f"{EXPOSURE}/no-flicker",
        f"{EXPOSURE}/level-changes-motivated",
        "aesthetics/visual-quality/temporal-consistency/no-tone-pops",
        f"{FLICKERING}/brightness-is-steady",
    ),
    measures=("exposure.pumping",),
)
def exposure_pumping(take: Take, job: Job) -> Take:
    rng = job.rng()
    hertz, phase = rng.uniform(0.6, 1.4), rng.uniform(0, 2 * np.pi)

    def paint(rgb: RGB, now: Now) -> RGB:
        return expose(rgb, job.amount * np.sin(2 * np.pi * hertz * now.seconds + phase))

    return repaint(take, job, paint).told(hertz=hertz)


@fault(
    name="flicker",
    words="Brightness jumps from frame to frame.",
    medium=Medium.PICTURE,
    amount=Amount("stops (standard deviation)", most=0.5, faint=0.03, medium=0.1, strong=0.3),
    checks=(
        f"{EXPOSURE}/no-flicker",
        "aesthetics/visual-quality/temporal-consistency/no-tone-pops",
        f"{FLICKERING}/brightness-is-steady",
    ),
    measures=("flicker.luma_flicker",),
)
def flicker(take: Take, job: Job) -> Take:
    steps = np.clip(job.rng().standard_normal(job.frames), -2.5, 2.5)
    return repaint(take, job, lambda rgb, now: expose(rgb, job.amount * steps[now.index - job.first]))


@fault(
    name="exposure-drift",
    words="The level slides steadily through the shot though no light in the scene changes.",
    medium=Medium.PICTURE,
    amount=Amount("stops from first to last frame", most=3.0, faint=0.3, medium=0.9, strong=2.2),
    checks=(
        f"{EXPOSURE}/level-changes-motivated",
        "aesthetics/visual-quality/temporal-consistency/no-tone-pops",
        "aesthetics/visual-quality/temporal-consistency/as-good-at-the-end",
    ),
    measures=("exposure.drift",),
)
def exposure_drift(take: Take, job: Job) -> Take:
    way = job.rng().choice([-1.0, 1.0])
    return repaint(take, job, lambda rgb, now: expose(rgb, way * job.amount * now.share))


@fault(
    name="crushed-blacks",
    words="The dark end is clipped: shadows are one black without drawing.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture that becomes black", most=60, faint=3, medium=12, strong=35),
    checks=(f"{EXPOSURE}/shadows-held", "rightness/frame/imaging-quality/exposed-well"),
    measures=("exposure.clipped_low",),
)
def crushed_blacks(take: Take, job: Job) -> Take:
    black = _code_above(take, job, job.amount)
    if black > MOST_CRUSHED:
        raise Unfit("is too bright for shadows to be crushed")
    table = as_rgb((np.arange(256) - black) * 255 / (255 - black))
    return repaint(take, job, lambda rgb, _: toned(rgb, table)).told(black=black)


@fault(
    name="clipped-highlights",
    words="The bright end burns out: sky, skin and windows are white without drawing.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture that burns out", most=50, faint=2, medium=8, strong=25),
    checks=(f"{EXPOSURE}/highlights-held", "rightness/frame/imaging-quality/exposed-well"),
    measures=("exposure.clipped_high",),
)
def clipped_highlights(take: Take, job: Job) -> Take:
    white = 255 - _code_above(take, job, job.amount, of=lambda luma: 255 - luma)
    stops = GAMMA * np.log2(255 / max(white, 1.0))
    if stops > MOST_STOPS:
        raise Unfit("is too dark for highlights to burn out")
    return repaint(take, job, lambda rgb, _: expose(rgb, stops)).told(stops=stops)


def _code_above(take: Take, job: Job, percent: float, of: Callable[[Luma], Luma] = lambda luma: luma) -> float:
    """The 8-bit value below which ``percent`` more of the span's picture lies than lies at the very end already."""
    counts = np.zeros(256)
    for rgb in islice(take.pictures(), job.first, job.stop, EVERY):
        counts += np.bincount(of(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)).ravel(), minlength=256)
    below = 100 * np.cumsum(counts) / counts.sum()
    return float(np.searchsorted(below, min(below[0] + percent, 99.0)))


@fault(
    name="underexposure",
    words="Everything sits far down the scale; the subject can hardly be seen.",
    medium=Medium.PICTURE,
    amount=Amount("stops of underexposure", most=5.0, faint=0.6, medium=1.7, strong=3.5),
    checks=(
        f"{EXPOSURE}/fits-the-hour-and-place",
        f"{EXPOSURE}/shadows-held",
        f"{EXPOSURE}/full-use-of-range",
        "rightness/frame/imaging-quality/exposed-well",
    ),
    measures=("exposure.mean_luma",),
)
def underexposure(take: Take, job: Job) -> Take:
    return repaint(take, job, lambda rgb, _: expose(rgb, -job.amount))


@fault(
    name="milky-blacks",
    words="A grey veil lies over the picture: no true black is left and contrast is washed out.",
    medium=Medium.PICTURE,
    amount=Amount("% of white added as a veil", most=60, faint=5, medium=16, strong=40),
    checks=(f"{EXPOSURE}/full-use-of-range", "rightness/frame/imaging-quality/exposed-well"),
    measures=("contrast.tonal_range",),
)
def milky_blacks(take: Take, job: Job) -> Take:
    veil = job.amount / 100
    table = as_rgb(np.arange(256) * (1 - veil) + 235 * veil)
    return repaint(take, job, lambda rgb, _: toned(rgb, table))
