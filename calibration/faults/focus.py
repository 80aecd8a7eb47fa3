"""Faults of focus."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from evalverse.calibration.faults._attach import detailed
from evalverse.calibration.faults._paint import Field, Now, mixed, repaint, restage, soft
from evalverse.calibration.faults.fault import Amount, Job, Medium, fault
from evalverse.calibration.faults.take import RGB, Take

FOCUS = "cinematography/lens/focus"
UNIT = "% of the picture's height (sigma of the blur)"


def defocused(rgb: RGB, percent: float) -> RGB:
    """Out of focus by ``percent`` of the height."""
    return soft(rgb, percent / 100 * rgb.shape[0])


@fault(
    name="focus-miss",
    words="What ought to be sharp is soft, and the sharpness lies elsewhere.",
    medium=Medium.PICTURE,
    amount=Amount(UNIT, most=3, faint=0.2, medium=0.5, strong=1.3),
    checks=(f"{FOCUS}/key-point-sharp", "rightness/frame/imaging-quality/in-focus"),
    measures=("sharpness.sharpness",),
)
def focus_miss(take: Take, job: Job) -> Take:
    cuts = {c - job.first for c in take.cuts}

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        calm: Field | None = None
        for k, rgb in enumerate(run):
            detail = detailed(rgb)
            sharp = np.clip(detail / max(float(np.percentile(detail, 80)), 1e-3), 0, 1) ** 2
            calm = sharp if calm is None or k in cuts else 0.85 * calm + 0.15 * sharp  # focus does not jump about
            mask = cv2.GaussianBlur(calm, (0, 0), 4)
            mask = cv2.resize(mask, (take.width, take.height), interpolation=cv2.INTER_LINEAR)
            yield mixed(rgb, defocused(rgb, job.amount), np.asarray(mask, np.float32))

    return restage(take, job, act)


@fault(
    name="focus-hunting",
    words="Focus pumps in and out in search of its plane.",
    medium=Medium.PICTURE,
    amount=Amount(f"{UNIT} at the worst moment", most=3, faint=0.25, medium=0.6, strong=1.5),
    checks=(f"{FOCUS}/no-hunting", "aesthetics/visual-quality/temporal-consistency/sharpness-holds"),
    measures=("sharpness.focus_hunting",),
)
def focus_hunting(take: Take, job: Job) -> Take:
    hertz = job.rng().uniform(0.7, 1.4)

    def paint(rgb: RGB, now: Now) -> RGB:
        return defocused(rgb, job.amount * np.sin(np.pi * hertz * now.seconds) ** 2)

    return repaint(take, job, paint).told(hertz=hertz)


@fault(
    name="focus-lost",
    words="Focus slides away in the course of the shot and does not come back.",
    medium=Medium.PICTURE,
    amount=Amount(f"{UNIT} at the end", most=3, faint=0.25, medium=0.6, strong=1.6),
    checks=(
        f"{FOCUS}/holds-a-moving-subject",
        "aesthetics/visual-quality/temporal-consistency/sharpness-holds",
        "aesthetics/visual-quality/temporal-consistency/as-good-at-the-end",
    ),
    measures=("sharpness.stability",),
)
def focus_lost(take: Take, job: Job) -> Take:
    return repaint(take, job, lambda rgb, now: defocused(rgb, job.amount * now.share**2))


@fault(
    name="soft-picture",
    words="Nothing in the frame is truly sharp: edges are soft all over, as in an enlarged small picture.",
    medium=Medium.PICTURE,
    amount=Amount(UNIT, most=3, faint=0.16, medium=0.4, strong=1.1),
    checks=(
        "aesthetics/visual-quality/rendering-quality/resolves-fine-detail",
        f"{FOCUS}/key-point-sharp",
        "rightness/frame/imaging-quality/in-focus",
    ),
    measures=("sharpness.sharpness",),
)
def soft_picture(take: Take, job: Job) -> Take:
    return repaint(take, job, lambda rgb, _: defocused(rgb, job.amount))
