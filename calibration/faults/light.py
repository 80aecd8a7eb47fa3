"""Faults of light: modelling, direction, and single sources."""

from __future__ import annotations

import cv2
import numpy as np

from evalverse.calibration.faults._attach import brightest_place
from evalverse.calibration.faults._paint import Field, Now, as_rgb, from_turn, grid, luma, relit, repaint, spot
from evalverse.calibration.faults.fault import Amount, Job, Medium, fault
from evalverse.calibration.faults.take import RGB, Take

LOGIC = "aesthetics/lighting/lighting-logic"
SCULPTING = "aesthetics/lighting/volumetric-sculpting"
CAP = 2.0
"""Stops by which relighting may lift or sink a pixel: beyond, noise would be lifted with it."""


def modelling(rgb: RGB) -> Field:
    """Light and shade in stops about their mean, (H, W): log luminance smoothed except over strong edges."""
    height, width = rgb.shape[:2]
    size = (max(8, width // 4), max(8, height // 4))
    light = (cv2.resize(luma(rgb), size, interpolation=cv2.INTER_AREA) / 255 + 0.02) ** 2.2
    stops = np.log2(light).astype(np.float32)
    radius = (2 * (size[1] // 10) + 1,) * 2
    mean = cv2.blur(stops, radius)
    spread = cv2.blur(stops * stops, radius) - mean * mean
    slope = spread / (spread + 0.3)  # guided filter (He et al. 2010)
    smooth = cv2.blur(slope, radius) * stops + cv2.blur(mean - slope * mean, radius)
    return np.asarray(cv2.resize(smooth - smooth.mean(), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


@fault(
    name="flat-light",
    words="The light has no direction: lit side and shadow side are levelled and forms go flat.",
    medium=Medium.PICTURE,
    amount=Amount("% of the modelling taken out", most=90, faint=20, medium=45, strong=75),
    checks=(f"{SCULPTING}/forms-read-round", f"{SCULPTING}/planes-come-apart"),
    measures=("contrast.rms_contrast",),
)
def flat_light(take: Take, job: Job) -> Take:
    def paint(rgb: RGB, _: Now) -> RGB:
        stops = np.clip(-job.amount / 100 * modelling(rgb), -CAP, CAP)
        light = luma(rgb)
        levelled = float((light * np.exp2(stops / 2.2)).mean())
        return relit(rgb, stops + 2.2 * np.log2((light.mean() + 1) / (levelled + 1)))  # the level stays

    return repaint(take, job, paint)


@fault(
    name="key-light-flip",
    words="From one moment, or one cut, to the next the light comes from the other side.",
    medium=Medium.PICTURE,
    amount=Amount("stops between left and right edge", most=4, faint=0.5, medium=1.4, strong=3),
    checks=(
        f"{LOGIC}/light-stays-put",
        f"{LOGIC}/shadows-agree",
        "multi-shot/logic/scene-consistency/light-matches-over-cuts",
    ),
)
def key_light_flip(take: Take, job: Job) -> Take:
    job = from_turn(take, job)
    across = np.linspace(-0.5, 0.5, take.width, dtype=np.float32)
    own = float((np.log2(luma(take.still(job.first)) + 8).mean(axis=0) * across).sum())
    side = -1.0 if own > 0 else 1.0
    stops = np.broadcast_to(side * job.amount * across, (take.height, take.width)).astype(np.float32)
    return repaint(take, job, lambda rgb, _: relit(rgb, stops)).told(key_comes_from="left" if side < 0 else "right")


@fault(
    name="flickering-lamp",
    words="One light in the frame flickers while the others burn steadily.",
    medium=Medium.PICTURE,
    amount=Amount("stops (standard deviation) at the lamp", most=2, faint=0.15, medium=0.45, strong=1.2),
    checks=(f"{LOGIC}/light-stays-put", "aesthetics/visual-quality/temporal-consistency/no-tone-pops"),
    measures=("flicker.local_flicker",),
)
def flickering_lamp(take: Take, job: Job) -> Take:
    place = job.place or brightest_place(take.still(job.first), 0.4)
    steps = np.clip(job.rng().standard_normal(job.frames), -2, 2)
    pool = spot(take.height, take.width, place, edge=0.9)
    return repaint(take, job, lambda rgb, now: relit(rgb, pool * job.amount * steps[now.index - job.first])).told(
        place=place
    )


@fault(
    name="light-leak",
    words="A coloured glow drifts in from the edge of the frame that no source in the scene can cast.",
    medium=Medium.PICTURE,
    amount=Amount("% of white added at the brightest point", most=90, faint=8, medium=25, strong=65),
    checks=(f"{LOGIC}/no-unasked-light", f"{LOGIC}/sources-can-be-named"),
    share=0.6,
)
def light_leak(take: Take, job: Job) -> Take:
    rng = job.rng()
    x, y = grid(take.height, take.width)
    left, top = rng.choice([-0.1, 1.1]), rng.uniform(0, 1)
    colour = np.array([1.0, rng.uniform(0.35, 0.7), rng.uniform(0.1, 0.4)], np.float32)
    travel = rng.uniform(-0.4, 0.4)

    def paint(rgb: RGB, now: Now) -> RGB:
        centre = (top + travel * now.share) * take.height
        r = np.hypot(x - left * take.width, y - centre) / (0.5 * take.height)
        glow = 255 * job.amount / 100 * np.sin(np.pi * now.share) * np.exp(-r * r)
        return as_rgb(255 - (255 - rgb.astype(np.float32)) * (1 - glow[..., None] / 255 * colour))

    return repaint(take, job, paint)


@fault(
    name="sliding-shadow",
    words="A shadow slides over the scene that nothing in it throws.",
    medium=Medium.PICTURE,
    amount=Amount("stops in the core of the shadow", most=4, faint=0.4, medium=1.1, strong=2.8),
    checks=(f"{LOGIC}/shadows-agree", "aesthetics/visual-quality/physics/shadows-and-reflections-belong"),
)
def sliding_shadow(take: Take, job: Job) -> Take:
    rng = job.rng()
    x, y = grid(take.height, take.width)
    lean, way = rng.uniform(-0.5, 0.5), rng.choice([-1.0, 1.0])
    along = (x - take.width / 2 + lean * (y - take.height / 2)) / take.width

    def paint(rgb: RGB, now: Now) -> RGB:
        distance = np.abs(along - way * (now.share - 0.5)) / 0.18
        core = np.clip(1.6 - 1.6 * distance, 0, 1)
        return relit(rgb, -job.amount * core)

    return repaint(take, job, paint)
