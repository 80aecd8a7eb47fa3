"""Faults of rendering and coding: grain, blocks, bands, smear, ghosts, halos, stair steps, decay."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from evalverse.calibration.faults._paint import Now, Plate, as_rgb, mixed, repaint, restage, soft
from evalverse.calibration.faults.colour import saturated
from evalverse.calibration.faults.fault import Amount, Job, Medium, fault
from evalverse.calibration.faults.take import RGB, Take

RENDERING = "aesthetics/visual-quality/rendering-quality"
CLEAN = "rightness/frame/imaging-quality/free-of-artefacts"


@fault(
    name="noise",
    words="Grain crawls over everything, in colour and in brightness.",
    medium=Medium.PICTURE,
    amount=Amount("code values of 255 (standard deviation)", most=60, faint=4, medium=11, strong=30),
    checks=(f"{RENDERING}/clean-flat-areas", CLEAN, "rightness/temporal/temporal-flickering/still-areas-are-still"),
    measures=("flicker.local_flicker",),
)
def noise(take: Take, job: Job) -> Take:
    plate = Plate(job.rng(), take.height, take.width, size=max(1.0, take.height / 540))

    def paint(rgb: RGB, now: Now) -> RGB:
        rng = job.rng(now.index)
        grain, *tints = (plate.part(rng) for _ in range(4))
        return as_rgb(rgb + job.amount * (0.8 * grain[..., None] + 0.6 * np.dstack(tints)))

    return repaint(take, job, paint)


@fault(
    name="blocking",
    words="The picture breaks into the square blocks of hard compression.",
    medium=Medium.PICTURE,
    amount=Amount("% of coding quality lost (JPEG scale)", most=98, faint=55, medium=80, strong=93),
    checks=(f"{RENDERING}/clean-flat-areas", CLEAN),
)
def blocking(take: Take, job: Job) -> Take:
    quality = [cv2.IMWRITE_JPEG_QUALITY, round(100 - job.amount)]

    def paint(rgb: RGB, _: Now) -> RGB:
        coded = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), quality)[1]
        return np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])

    return repaint(take, job, paint)


@fault(
    name="banding",
    words="Smooth skies and walls fall into steps of tone.",
    medium=Medium.PICTURE,
    amount=Amount("bits lost of 8", most=6, faint=2.5, medium=3.7, strong=5),
    checks=(f"{RENDERING}/clean-flat-areas", CLEAN),
)
def banding(take: Take, job: Job) -> Take:
    step = 2**job.amount

    def paint(rgb: RGB, _: Now) -> RGB:
        ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
        calm = cv2.GaussianBlur(ycc, (0, 0), 1.2)  # grain would dither the steps away
        stepped = np.rint(calm / step) * step
        smooth = np.abs(ycc - calm).max(axis=2, keepdims=True) < step / 2
        ycc = np.where(smooth, stepped, np.rint(ycc / step) * step)
        return np.asarray(cv2.cvtColor(np.clip(ycc, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB), np.uint8)

    return repaint(take, job, paint)


@fault(
    name="waxed-skin",
    words="Pores, weave and grain are smoothed away while outlines stay: everything looks waxed.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height over which detail is smoothed", most=3, faint=0.2, medium=0.55, strong=1.6
    ),
    checks=(
        f"{RENDERING}/texture-in-every-tone",
        f"{RENDERING}/resolves-fine-detail",
        "aesthetics/materiality/material-identifiability/skin-is-alive",
        "cinematography/lens/focus/detail-not-smeared",
    ),
    measures=("sharpness.sharpness",),
)
def waxed_skin(take: Take, job: Job) -> Take:
    sigma = job.amount / 100 * take.height

    def paint(rgb: RGB, _: Now) -> RGB:
        picture = rgb.astype(np.float32)
        mean = cv2.GaussianBlur(picture, (0, 0), sigma)
        spread = np.maximum(cv2.GaussianBlur(picture * picture, (0, 0), sigma) - mean * mean, 0)
        kept = spread.max(axis=2, keepdims=True)
        kept = kept / (kept + 250)  # guided filter: a contour's variance stays, that of texture goes
        weight = cv2.GaussianBlur(kept[..., 0], (0, 0), sigma)[..., None]
        return as_rgb(mean + weight * (picture - mean))

    return repaint(take, job, paint)


@fault(
    name="sharpening-halos",
    words="Bright and dark lines run along every contour from too much sharpening.",
    medium=Medium.PICTURE,
    amount=Amount("% of overshoot (unsharp mask)", most=600, faint=60, medium=160, strong=400),
    checks=(f"{RENDERING}/clean-contours", f"{RENDERING}/texture-in-every-tone"),
)
def sharpening_halos(take: Take, job: Job) -> Take:
    sigma, share = max(0.8, take.height / 300), job.amount / 100
    return repaint(
        take, job, lambda rgb, _: np.asarray(cv2.addWeighted(rgb, 1 + share, soft(rgb, sigma), -share, 0), np.uint8)
    )


@fault(
    name="ghosting",
    words="Moving things drag a pale double of themselves behind them.",
    medium=Medium.PICTURE,
    amount=Amount("% of opacity of what was there before", most=75, faint=12, medium=30, strong=60),
    checks=(f"{RENDERING}/clean-contours", "aesthetics/visual-quality/physics/solids-stay-solid"),
)
def ghosting(take: Take, job: Job) -> Take:
    cuts = {c - job.first for c in take.cuts}
    delay = max(2, round(take.rate / 8))  # an eighth of a second: far enough behind to read as a second outline

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        before: list[RGB] = []
        for k, rgb in enumerate(run):
            before = [rgb] if k in cuts else [*before, rgb][-delay - 1 :]
            yield mixed(rgb, before[0], job.amount / 100)

    return restage(take, job, act)


@fault(
    name="stair-steps",
    words="Slanting lines break into steps and thin patterns shimmer: the picture was scaled without a filter.",
    medium=Medium.PICTURE,
    amount=Amount("times coarser than the picture, less one", most=5, faint=0.6, medium=1.4, strong=3),
    checks=(f"{RENDERING}/clean-contours", f"{RENDERING}/resolves-fine-detail"),
)
def stair_steps(take: Take, job: Job) -> Take:
    size = max(8, round(take.width / (1 + job.amount))), max(8, round(take.height / (1 + job.amount)))

    def paint(rgb: RGB, _: Now) -> RGB:
        coarse = cv2.resize(rgb, size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.resize(coarse, (take.width, take.height), interpolation=cv2.INTER_NEAREST), np.uint8)

    return repaint(take, job, paint)


@fault(
    name="late-decay",
    words="The shot begins well and falls apart: towards the end detail smears, noise and colour rise.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height over which the last frame is smeared", most=2, faint=0.15, medium=0.4, strong=1.1
    ),
    checks=(
        "aesthetics/visual-quality/temporal-consistency/as-good-at-the-end",
        "aesthetics/visual-quality/temporal-consistency/sharpness-holds",
        "aesthetics/materiality/stylistic-consistency/style-does-not-drift",
    ),
    measures=("sharpness.stability",),
)
def late_decay(take: Take, job: Job) -> Take:
    plate = Plate(job.rng(), take.height, take.width, size=max(2.0, take.height / 200))

    def paint(rgb: RGB, now: Now) -> RGB:
        worn = job.amount * now.share**2
        smeared = saturated(soft(rgb, worn / 100 * take.height), 1 + 0.5 * worn)
        return as_rgb(smeared + 6 * worn * plate.part(job.rng(now.index))[..., None])

    return repaint(take, job, paint)
