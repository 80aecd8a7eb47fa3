"""Faults of matter: outlines and textures that crawl, melt, repeat; things that vanish and pop in."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._attach import Prefer, followed, telling_place
from evalverse.calibration.faults._paint import (
    Field,
    Now,
    Plate,
    around,
    as_rgb,
    blob,
    clouds,
    edges,
    longest_shot,
    mixed,
    repaint,
    soft,
    spot,
    warped,
)
from evalverse.calibration.faults.fault import Amount, Job, Medium, Place, fault
from evalverse.calibration.faults.take import RGB, Take

STEADY = "aesthetics/visual-quality/temporal-consistency"


def carried(mask: Field, step: NDArray[np.floating]) -> Field:
    """A mask moved by ``step`` (x, y) pixels; empty where it came from."""
    matrix = np.array([[1, 0, step[0]], [0, 1, step[1]]], np.float32)
    return np.asarray(cv2.warpAffine(mask, matrix, mask.shape[::-1]), np.float32)


def shifted(rgb: RGB, step: NDArray[np.floating]) -> RGB:
    """A picture moved by ``step`` (x, y) pixels, its edges mirrored."""
    matrix = np.array([[1, 0, step[0]], [0, 1, step[1]]], np.float32)
    size = rgb.shape[1::-1]
    return np.asarray(cv2.warpAffine(rgb, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.uint8)


@fault(
    name="edge-crawl",
    words="Outlines of still things shimmer and wobble from frame to frame.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height (rms) that outlines wander", most=1.2, faint=0.08, medium=0.22, strong=0.6
    ),
    checks=(f"{STEADY}/edges-hold-still", "rightness/temporal/temporal-flickering/still-areas-are-still"),
    measures=("flicker.local_flicker",),
)
def edge_crawl(take: Take, job: Job) -> Take:
    reach = job.amount / 100 * take.height
    plate = Plate(job.rng(), take.height, take.width, size=take.height / 40)

    def paint(rgb: RGB, now: Now) -> RGB:
        near, rng = reach * edges(rgb, take.height / 250), job.rng(now.index)
        return warped(rgb, near * plate.part(rng), near * plate.part(rng))

    return repaint(take, job, paint)


@fault(
    name="boiling-texture",
    words="Fine texture does not ride on its surface but is repainted all the time, as if it boiled.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height (rms) that texture strays", most=2.5, faint=0.12, medium=0.35, strong=1.2),
    checks=(f"{STEADY}/detail-stays-attached", "rightness/temporal/temporal-flickering/still-areas-are-still"),
    measures=("flicker.local_flicker",),
)
def boiling_texture(take: Take, job: Job) -> Take:
    reach = job.amount / 100 * take.height
    plate = Plate(job.rng(), take.height, take.width, size=take.height / 25)

    def paint(rgb: RGB, now: Now) -> RGB:
        rng, base = job.rng(now.index // 2), soft(rgb, take.height / 120)
        strayed = warped(rgb, reach * plate.part(rng), reach * plate.part(rng))
        return as_rgb(base + strayed.astype(np.float32) - soft(strayed, take.height / 120))

    return repaint(take, job, paint)


@fault(
    name="local-melt",
    words="One region of the picture sags and twists as if it melted.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height that matter is displaced at the end", most=15, faint=1.2, medium=3.5, strong=9
    ),
    checks=(
        f"{STEADY}/no-local-collapse",
        "aesthetics/visual-quality/physics/solids-stay-solid",
        "aesthetics/visual-quality/rendering-quality/nothing-malformed",
    ),
)
def local_melt(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    rng = job.rng()
    place = job.place or telling_place(take.still(job.first), rng, 0.45)
    mask = spot(take.height, take.width, place, edge=0.7)
    swirl = [clouds(rng, take.height, take.width, place.height * take.height / 3) for _ in range(2)]
    steps = followed(take, job, [place])

    def paint(rgb: RGB, now: Now) -> RGB:
        reach = job.amount / 100 * take.height * now.share
        step = steps[now.index - job.first, 0]
        pull = reach * carried(mask, step)
        return warped(rgb, pull * 0.5 * carried(swirl[0], step), -pull * (0.7 + 0.5 * carried(swirl[1], step)))

    return repaint(take, job, paint).told(place=place)


@fault(
    name="cloned-texture",
    words="One patch of foliage, brick or crowd is stamped again and again.",
    medium=Medium.PICTURE,
    amount=Amount("% of the frame covered with the stamp", most=60, faint=4, medium=12, strong=35),
    checks=("aesthetics/visual-quality/rendering-quality/natural-variety",),
)
def cloned_texture(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    still = take.still(job.first)
    place = job.place or telling_place(still, job.rng(), 0.16, Prefer.TEXTURE)
    wide, high = max(4, round(place.width * take.width)), max(4, round(place.height * take.height))
    left, top = (
        min(round(place.left * take.width), take.width - wide),
        min(round(place.top * take.height), take.height - high),
    )
    stamp = spot(high, wide, Place(0, 0, 1, 1), edge=0.6)
    wanted = job.amount / 100 * take.width * take.height / float(stamp.sum())
    spots = _like(still, left, top, wide, high)[: ceil(wanted)]
    steps = followed(take, job, [place])

    def paint(rgb: RGB, now: Now) -> RGB:
        step = np.rint(steps[now.index - job.first, 0]).astype(int).tolist()
        x, y = _inside(take, left + step[0], top + step[1], wide, high)
        patch, marked = rgb[y : y + high, x : x + wide], rgb.copy()
        for number, (cx, cy) in enumerate(spots):
            opacity = min(1.0, wanted - number)  # the last stamp may be a faint one
            px, py = _inside(take, cx + step[0], cy + step[1], wide, high)
            under = marked[py : py + high, px : px + wide]
            marked[py : py + high, px : px + wide] = mixed(under, patch, opacity * stamp)
        return marked

    return repaint(take, job, paint).told(place=place, stamps=len(spots))


def _inside(take: Take, x: int, y: int, wide: int, high: int) -> tuple[int, int]:
    """The corner (x, y) moved so that a box of this size lies within the picture."""
    return min(max(x, 0), take.width - wide), min(max(y, 0), take.height - high)


def _like(rgb: RGB, left: int, top: int, wide: int, high: int) -> list[tuple[int, int]]:
    """Corners at which a stamp fits beside the patch it was taken from: near ones of about its colour first."""
    height, width = rgb.shape[:2]
    tone = cv2.boxFilter(rgb.astype(np.float32), -1, (wide, high), anchor=(0, 0))
    ranked = []
    for row in range(-height // high - 1, height // high + 2):
        for column in range(-width // wide - 1, width // wide + 2):
            x, y = round(left + (column + 0.5 * (row % 2)) * 0.9 * wide), round(top + row * 0.8 * high)
            if (row or column) and 0 <= x <= width - wide and 0 <= y <= height - high:
                unlike = float(np.abs(tone[y, x] - tone[top, left]).mean()) / 25
                ranked.append((unlike + np.hypot(x - left, y - top) / height, x, y))
    return [(x, y) for _, x, y in sorted(ranked)]


@fault(
    name="vanishing-object",
    words="A thing is gone from one frame to the next, in plain view.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height: size of what vanishes", most=45, faint=6, medium=14, strong=30),
    checks=(
        f"{STEADY}/no-local-collapse",
        "rightness/consistency/background-consistency/background-things-stay",
        "aesthetics/visual-quality/physics/solids-stay-solid",
    ),
)
def vanishing_object(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    place = _sized(take, job)
    steps = followed(take, job, [place])
    half = replace(job, first=(job.first + job.stop) // 2)

    def paint(rgb: RGB, now: Now) -> RGB:
        mask = carried(spot(take.height, take.width, place), steps[now.index - job.first, 0])
        return mixed(rgb, _filled(rgb, mask), mask)

    return repaint(take, half, paint).told(place=place, gone_from=float(half.first / take.rate))


@fault(
    name="popping-in",
    words="Something that was not there stands in the picture at once, and is gone again as suddenly.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height: size of what pops in", most=50, faint=7, medium=16, strong=34),
    checks=(
        f"{STEADY}/no-local-collapse",
        "rightness/consistency/background-consistency/background-things-stay",
        "aesthetics/visual-quality/physics/paths-make-sense",
    ),
)
def popping_in(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    place = _sized(take, job)
    steps = followed(take, job, [place])
    middle = replace(job, first=job.first + round(0.3 * job.frames), stop=job.stop - round(0.25 * job.frames))
    source = take.spare or take
    stranger = np.ascontiguousarray(source.still(source.length // 2)[:, ::-1])
    mask = blob(job.rng(1), take.height, take.width, place)

    def paint(rgb: RGB, now: Now) -> RGB:
        step = steps[now.index - job.first, 0]
        return mixed(rgb, shifted(stranger, step), carried(mask, step))

    seen = (float(middle.first / take.rate), float(middle.stop / take.rate))
    return repaint(take, middle, paint).told(place=place, seen=seen)


def _sized(take: Take, job: Job) -> Place:
    """A telling place of the ordered size (% of the height), centred alike whatever the size."""
    if job.place is not None:
        return job.place
    size = job.amount / 100
    centre = telling_place(take.still(job.first), job.rng(), 0.2, Prefer.THING)
    x, y = centre.left + centre.width / 2, centre.top + centre.height / 2
    return around(x, y, size * take.height / take.width, size)


def _filled(rgb: RGB, mask: Field) -> RGB:
    """What may lie behind the mask: its surroundings carried inwards (Telea 2004), at a coarse size for speed."""
    height, width = rgb.shape[:2]
    scale = min(1.0, 120 / height)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    coarse = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    hole = (cv2.resize(mask, size) > 0.02).astype(np.uint8)
    behind = cv2.inpaint(coarse, cv2.dilate(hole, np.ones((3, 3), np.uint8)), 3, cv2.INPAINT_TELEA)
    return np.asarray(cv2.resize(behind, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
