"""Faults of time: held, lost and uneven frames, wrong speed, motion without weight, loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._attach import small
from evalverse.calibration.faults._between import flow
from evalverse.calibration.faults._paint import longest_shot, replay
from evalverse.calibration.faults.fault import Amount, Job, Medium, Unfit, fault
from evalverse.calibration.faults.take import Take, assemble

CADENCE = "aesthetics/visual-quality/temporal-consistency/cadence-is-even"
STUTTER = "rightness/temporal/motion-smoothness/no-stutter"
TEMPO = "acting/action/action-tension/believable-tempo"


@fault(
    name="frozen-frames",
    words="The picture stands still for a moment and then jumps on.",
    medium=Medium.PICTURE,
    amount=Amount("ms of standstill", most=3000, faint=160, medium=500, strong=1500),
    checks=(CADENCE, STUTTER),
    measures=("frozen_frames.longest_freeze", "frozen_frames.frozen_share"),
)
def frozen_frames(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    held = min(job.frames, max(1, round(job.amount / 1000 * take.rate)))
    begin = job.first + int(job.rng().integers(job.frames - held + 1))
    positions = np.arange(job.first, job.stop)
    frozen = (positions >= begin) & (positions < begin + held)
    return replay(take, job, np.where(frozen, max(0, begin - 1), positions)).told(frozen_from=float(begin / take.rate))


@fault(
    name="dropped-frames",
    words="Single frames are missing, and the frame before stands in for each.",
    medium=Medium.PICTURE,
    amount=Amount("% of frames dropped", most=60, faint=5, medium=14, strong=35),
    checks=(CADENCE, STUTTER),
    measures=("frozen_frames.duplicate_share",),
)
def dropped_frames(take: Take, job: Job) -> Take:
    positions = np.arange(job.first, job.stop)
    kept = job.rng().random(job.frames) >= job.amount / 100
    kept[0] = True
    return replay(take, job, np.maximum.accumulate(np.where(kept, positions, -1)))


@fault(
    name="judder",
    words="Motion advances in uneven steps, as after a careless change of frame rate.",
    medium=Medium.PICTURE,
    amount=Amount("frames that each step is held too long (mean)", most=4, faint=0.2, medium=0.5, strong=2),
    checks=(CADENCE, STUTTER),
)
def judder(take: Take, job: Job) -> Take:
    step = 1 + job.amount
    shown = np.ceil((np.arange(job.frames) + 1) / step - 1e-9) - 1  # how many steps have been taken
    return replay(take, job, job.first + np.floor(shown * step + 1e-9))


@fault(
    name="sped-up",
    words="The action runs too fast, as if undercranked; picture and sound end earlier.",
    medium=Medium.EDIT,
    amount=Amount("% faster", most=200, faint=15, medium=45, strong=110),
    checks=(TEMPO, "rightness/temporal/motion-smoothness/speed-changes-gradually"),
    measures=("subject_motion.speed",),
)
def sped_up(take: Take, job: Job) -> Take:
    factor = 1 + job.amount / 100
    shown = np.arange(job.first, job.stop - 1e-6, factor)
    fast = replay(take, job, shown)
    gone = job.frames - len(shown)
    cuts = (
        c if c <= job.first else c - gone if c >= job.stop else job.first + int(np.searchsorted(shown, c))
        for c in take.cuts
    )
    sound = assemble(take, [range(job.stop - gone), range(job.stop, take.length)]).sound
    return replace(fast, length=take.length - gone, cuts=tuple(cuts), sound=sound)


@fault(
    name="slowed-down",
    words="The action drags in slow motion that nothing asks for.",
    medium=Medium.PICTURE,
    amount=Amount("% of the speed lost", most=80, faint=12, medium=30, strong=55),
    checks=(TEMPO, "rightness/temporal/motion-smoothness/speed-changes-gradually"),
    measures=("subject_motion.speed",),
)
def slowed_down(take: Take, job: Job) -> Take:
    positions = np.arange(job.first, job.stop, dtype=float)
    for shot in take.shots:
        inside = (positions >= shot.start) & (positions < shot.stop)
        if inside.any():
            begin = positions[inside][0]
            positions[inside] = begin + (positions[inside] - begin) * (1 - job.amount / 100)
    return replay(take, job, positions)


@fault(
    name="weightless-motion",
    words="Bodies float: falls do not gather speed, steps do not land, everything moves at one even tempo.",
    medium=Medium.PICTURE,
    amount=Amount("% of all change of speed evened out", most=100, faint=30, medium=65, strong=100),
    checks=(
        "aesthetics/visual-quality/physics/weight-is-felt",
        "acting/action/action-tension/weight-on-the-ground",
        "acting/action/action-tension/effort-then-release",
    ),
)
def weightless_motion(take: Take, job: Job) -> Take:
    speed = _speed(take, job)
    positions = np.arange(job.first, job.stop, dtype=float)
    for shot in take.shots:
        a, b = max(shot.start, job.first), min(shot.stop, job.stop)
        if b - a < 3:
            continue
        steps = speed[a - job.first + 1 : b - job.first]
        travelled = np.concatenate([[0], np.cumsum(steps + 0.1 * steps.mean() + 1e-6)])
        even = np.interp(np.linspace(0, travelled[-1], b - a), travelled, np.arange(a, b))
        share = job.amount / 100
        positions[a - job.first : b - job.first] = (1 - share) * np.arange(a, b) + share * even
    return replay(take, job, positions)


@fault(
    name="loop",
    words="The action starts again from the beginning, like a loop.",
    medium=Medium.PICTURE,
    amount=Amount("% of the span that only repeats", most=85, faint=25, medium=50, strong=75),
    checks=(
        "acting/expression/expression-diversity/no-repeated-pattern",
        "aesthetics/visual-quality/physics/paths-make-sense",
        "rightness/temporal/motion-smoothness/no-stutter",
    ),
)
def loop(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    period = max(1, round(job.frames * (1 - job.amount / 100)))
    return replay(take, job, job.first + np.arange(job.frames) % period).told(period=float(period / take.rate))


def _speed(take: Take, job: Job) -> NDArray[np.float64]:
    """How fast things move at each frame of the span: the 95th percentile of the flow, in pixels."""
    speed, before = np.zeros(job.frames), None
    for k, (_, rgb) in enumerate(take.frames(job.first, job.stop)):
        grey = small(rgb)
        if before is not None:
            speed[k] = np.percentile(np.linalg.norm(flow(before, grey), axis=2), 95)
        before = grey
    if speed.max() < 0.25:
        raise Unfit("weightless-motion needs something that moves")
    return speed
