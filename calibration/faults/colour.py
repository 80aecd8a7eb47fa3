"""Faults of colour and grade."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import Now, as_rgb, expose, luma, repaint
from evalverse.calibration.faults.fault import Amount, Job, Medium, Needs, fault
from evalverse.calibration.faults.take import RGB, Take

HARMONY = "aesthetics/chromaticity/harmony"


def tint(rng: np.random.Generator) -> NDArray[np.float64]:
    """A random hue as gains of three channels in stops: largest minus smallest is 1, luminance about unchanged."""
    angle = rng.uniform(0, 2 * np.pi)
    gains = np.cos(angle - np.array([0, 2, 4]) * np.pi / 3)
    gains -= gains @ np.array([0.2126, 0.7152, 0.0722])
    return np.asarray(gains / np.ptp(gains))


def saturated(rgb: RGB, factor: float) -> RGB:
    """Chroma multiplied by ``factor`` about the luma of each pixel."""
    grey = luma(rgb)[..., None]
    return as_rgb(grey + factor * (rgb - grey))


@fault(
    name="colour-cast",
    words="A tint lies over everything, whites and greys included.",
    medium=Medium.PICTURE,
    amount=Amount("stops between the strongest and the weakest channel", most=2.5, faint=0.25, medium=0.7, strong=1.6),
    checks=(f"{HARMONY}/neutrals-are-right", f"{HARMONY}/skin-is-believable"),
    measures=("colour.cast",),
)
def colour_cast(take: Take, job: Job) -> Take:
    gains = job.amount * tint(job.rng())
    return repaint(take, job, lambda rgb, _: expose(rgb, gains)).told(stops_rgb=[round(g, 3) for g in gains.tolist()])


@fault(
    name="colour-drift",
    words="The tint slides through the shot though the light does not change.",
    medium=Medium.PICTURE,
    amount=Amount("stops between channels at the end", most=2.5, faint=0.3, medium=0.8, strong=1.8),
    checks=(
        "aesthetics/visual-quality/temporal-consistency/no-tone-pops",
        "aesthetics/visual-quality/temporal-consistency/as-good-at-the-end",
        "rightness/consistency/background-consistency/setting-is-one",
    ),
    measures=("colour.cast_drift",),
)
def colour_drift(take: Take, job: Job) -> Take:
    gains = job.amount * tint(job.rng())
    return repaint(take, job, lambda rgb, now: expose(rgb, gains * now.share))


@fault(
    name="colour-shimmer",
    words="Hue trembles from frame to frame.",
    medium=Medium.PICTURE,
    amount=Amount("stops between channels (standard deviation)", most=1.0, faint=0.06, medium=0.18, strong=0.5),
    checks=(
        "rightness/temporal/temporal-flickering/colour-is-steady",
        "aesthetics/visual-quality/temporal-consistency/no-tone-pops",
    ),
    measures=("flicker.chroma_flicker",),
)
def colour_shimmer(take: Take, job: Job) -> Take:
    def paint(rgb: RGB, now: Now) -> RGB:
        rng = job.rng(now.index)
        return expose(rgb, job.amount * np.clip(rng.standard_normal(), -2, 2) * tint(rng))

    return repaint(take, job, paint)


@fault(
    name="grade-jump",
    words="Every other shot looks as if another laboratory had graded it: level, contrast and tint jump at the cut.",
    medium=Medium.PICTURE,
    amount=Amount("stops of tint, half as many of level", most=2.0, faint=0.2, medium=0.6, strong=1.4),
    checks=(
        "multi-shot/logic/scene-consistency/light-matches-over-cuts",
        "multi-shot/logic/scene-consistency/one-camera-one-lab",
    ),
    measures=("colour.grade_change",),
    needs={Needs.CUT},
)
def grade_jump(take: Take, job: Job) -> Take:
    rng = job.rng()
    gains = job.amount * (tint(rng) + rng.choice([-0.5, 0.5]))
    other = {k for number, shot in enumerate(take.shots) if number % 2 for k in shot}
    return repaint(take, job, lambda rgb, now: expose(rgb, gains) if now.index in other else rgb)


@fault(
    name="garish-colour",
    words="Saturation is pushed until colours turn neon and lose their drawing.",
    medium=Medium.PICTURE,
    amount=Amount("% of chroma added", most=300, faint=25, medium=80, strong=200),
    checks=(f"{HARMONY}/saturation-in-hand", "rightness/frame/aesthetic-quality/colour-and-light-please"),
    measures=("colour.saturation",),
)
def garish_colour(take: Take, job: Job) -> Take:
    return repaint(take, job, lambda rgb, _: saturated(rgb, 1 + job.amount / 100))


@fault(
    name="faded-colour",
    words="Colour is bled out of a scene that should have it.",
    medium=Medium.PICTURE,
    amount=Amount("% of chroma lost", most=100, faint=20, medium=50, strong=85),
    checks=(f"{HARMONY}/saturation-in-hand", "rightness/frame/aesthetic-quality/colour-and-light-please"),
    measures=("colour.saturation",),
)
def faded_colour(take: Take, job: Job) -> Take:
    return repaint(take, job, lambda rgb, _: saturated(rgb, 1 - job.amount / 100))


@fault(
    name="colour-bleeding",
    words="Colours smear sideways past the outlines they belong to.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height that chroma is displaced and smeared", most=5, faint=0.6, medium=1.5, strong=3.5
    ),
    checks=(f"{HARMONY}/saturation-in-hand", "aesthetics/visual-quality/rendering-quality/clean-contours"),
)
def colour_bleeding(take: Take, job: Job) -> Take:
    reach = job.amount / 100 * take.height
    shift = np.array([[1, 0, reach], [0, 1, 0]], np.float32)

    def paint(rgb: RGB, _: Now) -> RGB:
        ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
        chroma = cv2.GaussianBlur(ycc[..., 1:], (0, 0), sigmaX=max(reach / 2, 0.1), sigmaY=0.3)
        ycc[..., 1:] = cv2.warpAffine(chroma, shift, (take.width, take.height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB), np.uint8)

    return repaint(take, job, paint)
