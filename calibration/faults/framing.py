"""Faults of framing: cut-off heads, subjects pushed out, clutter, a picture that changes its shape."""

from __future__ import annotations

import cv2
import numpy as np

from evalverse.calibration.faults._attach import Prefer, detailed, followed, places
from evalverse.calibration.faults._paint import (
    Now,
    around,
    blob,
    expose,
    framed,
    longest_shot,
    luma,
    mixed,
    repaint,
    turn,
)
from evalverse.calibration.faults._people import face_over
from evalverse.calibration.faults.colour import saturated
from evalverse.calibration.faults.fault import Amount, Job, Medium, Needs, fault
from evalverse.calibration.faults.surface import carried, shifted
from evalverse.calibration.faults.take import RGB, Take

SIZE = "cinematography/composition/shot-size-rationality"
PROMINENCE = "cinematography/composition/subject-prominence"
CROWN = 0.3
"""Height of the hair above the face mesh, in heights of the mesh."""


@fault(
    name="head-cut-off",
    words="The upper edge of the frame cuts through the head.",
    medium=Medium.PICTURE,
    amount=Amount("% of the head, from crown to chin, above the frame", most=70, faint=8, medium=20, strong=42),
    checks=(f"{SIZE}/no-awkward-crop", f"{SIZE}/headroom-and-lead-room"),
    needs={Needs.FACE},
)
def head_cut_off(take: Take, job: Job) -> Take:
    left, top, right, bottom = face_over(take, job).box
    crown = max(0.0, top - CROWN * (bottom - top)) / take.height
    gone = job.amount / 100
    upper = crown * min(1.0, gone / 0.05) + gone * (bottom / take.height - crown)  # first down to the crown, then on
    size = 1 - min(upper, 0.8)
    x = float(np.clip((left + right) / 2 / take.width, size / 2, 1 - size / 2))
    return repaint(take, job, lambda rgb, _: framed(rgb, (x, 1 - size / 2), 1 / size)).told(upper_edge=upper)


@fault(
    name="subject-pushed-out",
    words="The subject is squeezed against the edge of the frame, or half outside it, beside empty space.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's width by which the frame moves away", most=50, faint=10, medium=22, strong=40),
    checks=(
        f"{SIZE}/headroom-and-lead-room",
        f"{PROMINENCE}/found-at-once",
        "rightness/frame/aesthetic-quality/frame-is-ordered",
    ),
)
def subject_pushed_out(take: Take, job: Job) -> Take:
    where = detailed(take.still((job.first + job.stop) // 2))
    middle = float((where.sum(axis=0) * np.arange(where.shape[1])).sum() / where.sum() / where.shape[1])
    middle = middle if job.place is None else job.place.left + job.place.width / 2
    size = 1 - job.amount / 100
    x = size / 2 if middle > 0.5 else 1 - size / 2
    return repaint(take, job, lambda rgb, _: framed(rgb, (x, 0.5), 1 / size)).told(subject_at=round(middle, 3))


@fault(
    name="clutter",
    words="Bright, unrelated things lie about the frame and pull the eye from the subject.",
    medium=Medium.PICTURE,
    amount=Amount("% of the frame covered with stray things", most=35, faint=2, medium=6, strong=18),
    checks=(
        f"{PROMINENCE}/no-rival-hotspot",
        f"{PROMINENCE}/found-at-once",
        "aesthetics/chromaticity/harmony/no-stray-colour",
    ),
)
def clutter(take: Take, job: Job) -> Take:
    job, rng, count = longest_shot(take, job), job.rng(), 7
    side = 1.7 * (job.amount / 100 / count * take.width / take.height) ** 0.5  # an outline of chance fills half its box
    found = places(take.still(job.first), rng, 0.14, count, Prefer.CALM)
    spots = [around(p.left + p.width / 2, p.top + p.height / 2, side * take.height / take.width, side) for p in found]
    steps = np.median(followed(take, job, spots), axis=1)
    mask, sheet = np.zeros((take.height, take.width), np.float32), np.zeros((take.height, take.width, 3), np.uint8)
    for place, thing in zip(spots, _things(take, rng, count, side), strict=True):
        y, x = round(place.top * take.height), round(place.left * take.width)
        own = blob(rng, take.height, take.width, place)
        into = sheet[y : y + len(thing), x : x + len(thing)]
        fresh = own[y : y + len(thing), x : x + len(thing), None] > mask[y : y + len(thing), x : x + len(thing), None]
        into[:] = np.where(fresh, thing[: into.shape[0], : into.shape[1]], into)
        mask = np.maximum(mask, own)

    def paint(rgb: RGB, now: Now) -> RGB:
        step = steps[now.index - job.first]
        return mixed(rgb, shifted(sheet, step), carried(mask, step))

    return repaint(take, job, paint).told(places=spots)


def _things(take: Take, rng: np.random.Generator, count: int, side: float) -> list[RGB]:
    """Square pieces of other footage, or of another moment turned over, in strong light; ``side`` heights wide."""
    source = take.spare or take
    still = source.still(int(rng.integers(source.length)))
    pixels, size = max(4, round(side * take.height)), max(4, source.height // 3)
    found = []
    for place in places(still, rng, 0.3, count):
        y, x = round(place.top * source.height), round(place.left * source.width)
        piece = np.ascontiguousarray(still[y : y + size, x : x + size][::-1])
        piece = np.asarray(cv2.resize(piece, (pixels, pixels), interpolation=cv2.INTER_AREA), np.uint8)
        found.append(saturated(expose(piece, np.log2(150 / (luma(piece).mean() + 10)) * 2.2), 1.6))
    return found


@fault(
    name="frame-shape-jump",
    words="Black bars come in: the picture changes its shape in mid-film.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height under bars", most=45, faint=4, medium=11, strong=28),
    checks=(f"{SIZE}/picture-shape-holds", "multi-shot/logic/scene-consistency/one-camera-one-lab"),
    measures=("letterbox.bars", "letterbox.changes"),
)
def frame_shape_jump(take: Take, job: Job) -> Take:
    begin, bar = turn(take, job), max(1, round(job.amount / 200 * take.height))

    def paint(rgb: RGB, now: Now) -> RGB:
        if now.index < begin:
            return rgb
        barred = rgb.copy()
        barred[:bar] = barred[-bar:] = 0
        return barred

    return repaint(take, job, paint).told(changes_at=float(begin / take.rate))
