"""Faults of editing: where cuts fall, how they join, how long shots last, and what stands on their other side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from evalverse.calibration.faults._dsp import room_tone
from evalverse.calibration.faults._paint import Now, expose, framed, longest_shot, mixed, repaint, restage
from evalverse.calibration.faults.fault import Amount, Job, Medium, Needs, Unfit, fault
from evalverse.calibration.faults.take import RGB, Samples, Take, assemble, conform, read, splice

MOTIVATION = "multi-shot/rhythm/cut-motivation"
DURATION = "multi-shot/rhythm/shot-duration-rationality"
SPATIAL = "multi-shot/logic/spatial-continuity"
FASTEST = 0.24
"""Seconds that a shot keeps at least, so that it is still a shot."""


@fault(
    name="jump-cut",
    words="A piece of one continuous shot is missing: the same view hops forward in time.",
    medium=Medium.EDIT,
    amount=Amount("ms taken out", most=2500, faint=200, medium=600, strong=1600),
    checks=(f"{SPATIAL}/views-differ-enough", f"{MOTIVATION}/no-unasked-cuts", f"{MOTIVATION}/cut-has-a-reason"),
)
def jump_cut(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    edge = max(1, round(FASTEST * take.rate))
    room = job.frames - 2 * edge
    if room < 1:
        raise Unfit("jump-cut needs a longer shot")
    gone = min(room, max(1, round(job.amount / 1000 * take.rate)))
    begin = job.first + edge + int(job.rng().uniform(0, 1) * (room - gone))
    return assemble(take, [range(begin), range(begin + gone, take.length)]).told(cut_at=float(begin / take.rate))


@fault(
    name="unasked-cut",
    words="A continuous take is broken by a cut-away that nobody asked for.",
    medium=Medium.EDIT,
    amount=Amount("ms that the cut-away lasts", most=2500, faint=200, medium=600, strong=1600),
    checks=(f"{MOTIVATION}/no-unasked-cuts", f"{MOTIVATION}/cut-has-a-reason"),
    measures=("shot_cutter.count",),
)
def unasked_cut(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    length = min(job.frames, max(1, round(job.amount / 1000 * take.rate)))
    begin = job.first + (job.frames - length) // 2
    away = take.spare
    cuts = {c for c in (begin, begin + length) if 0 < c < take.length}

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        others = away.pictures() if away is not None else None
        for rgb in run:
            yield next(others) if others is not None else framed(rgb, (0.5, 0.42), 1.7)

    shown = restage(take, replace(job, first=begin, stop=begin + length), act)
    return replace(shown, cuts=tuple(sorted({*take.cuts, *cuts}))).told(
        cut_at=[float(c / take.rate) for c in sorted(cuts)], other_footage=away is not None
    )


@fault(
    name="flash-frame",
    words="One frame flashes up white where it has no business.",
    medium=Medium.PICTURE,
    amount=Amount("stops that one frame is overexposed", most=6, faint=0.7, medium=1.8, strong=5),
    checks=(f"{MOTIVATION}/join-is-clean", "aesthetics/visual-quality/temporal-consistency/no-tone-pops"),
)
def flash_frame(take: Take, job: Job) -> Take:
    inner = [c for c in take.cuts if job.first <= c < job.stop]
    at = inner[0] if inner else job.first + int(job.rng().uniform(0.2, 0.8) * job.frames)
    flashed = repaint(take, replace(job, first=at, stop=at + 1), lambda rgb, _: expose(rgb, job.amount))
    return flashed.told(flash_at=float(at / take.rate))


@fault(
    name="dirty-join",
    words="At the cut one frame mixes both shots.",
    medium=Medium.PICTURE,
    amount=Amount("% of the old shot in the first frames of the new one", most=90, faint=15, medium=35, strong=70),
    checks=(f"{MOTIVATION}/join-is-clean",),
    needs={Needs.CUT},
)
def dirty_join(take: Take, job: Job) -> Take:
    cuts = {c - job.first for c in take.cuts}
    mixed_for = max(1, round(take.rate * 2 / 25))

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        last: RGB | None = None
        for k, rgb in enumerate(run):
            stained = any(c <= k < c + mixed_for for c in cuts if c > 0)
            if not stained:
                last = rgb
            yield mixed(rgb, last, job.amount / 100) if stained and last is not None else rgb

    return restage(take, job, act)


@fault(
    name="unasked-dissolve",
    words="A cut in continuous time is blurred into a dissolve.",
    medium=Medium.EDIT,
    amount=Amount("ms that the dissolve lasts", most=2000, faint=160, medium=480, strong=1200),
    checks=(f"{MOTIVATION}/transition-fits", f"{MOTIVATION}/join-is-clean"),
    needs={Needs.CUT},
)
def unasked_dissolve(take: Take, job: Job) -> Take:
    cut = next((c for c in take.cuts if job.first < c < job.stop), None)
    if cut is None:
        raise Unfit("unasked-dissolve needs a cut within the span")
    shots = take.shots
    number = take.cuts.index(cut)
    room = min(len(shots[number]), len(shots[number + 1]), cut - job.first, job.stop - cut) - 1
    over = min(room, max(1, round(job.amount / 1000 * take.rate)))
    if over < 1:
        raise Unfit("unasked-dissolve needs longer shots about the cut")

    def pictures() -> Iterator[RGB]:
        old: list[RGB] = []
        for k, rgb in enumerate(take.pictures()):
            if cut - over <= k < cut:
                old.append(rgb)
            elif cut <= k < cut + over:
                yield mixed(old.pop(0), rgb, (k - cut + 1) / (over + 1))
            else:
                yield rgb

    cuts = tuple(c if c < cut else c - over for c in take.cuts if c != cut)
    sound = None
    if take.sound is not None:
        a, b, c = take.sample(cut - over), take.sample(cut), take.sample(cut + over)
        share = np.linspace(0, 1, b - a, dtype=np.float32)[:, None]
        into = np.resize(take.sound[b:c], (b - a, take.sound.shape[1]))
        sound = np.concatenate([take.sound[:a], take.sound[a:b] * (1 - share) + into * share, take.sound[c:]])
    dissolved = replace(take, length=take.length - over, pictures=pictures, cuts=cuts, sound=sound)
    return dissolved.told(dissolve=(float((cut - over) / take.rate), float(cut / take.rate)))


def _later_shots(take: Take, job: Job, share: float) -> list[range]:
    """A ``share`` (0..1) of the shots after the first of the span, at least one; a larger share holds the smaller."""
    later = [s for s in take.shots if job.first < s.start < job.stop]
    if not later:
        raise Unfit("needs a cut within the span")
    order = job.rng(7).permutation(len(later))
    return [later[k] for k in sorted(order[: max(1, round(share * len(later)))])]


def _in_shots(take: Take, shots: list[range], show: Callable[[RGB, Now], RGB], job: Job) -> Take:
    inside = {k for s in shots for k in s}
    return repaint(take, job, lambda rgb, now: show(rgb, now) if now.index in inside else rgb)


@fault(
    name="line-crossed",
    words="After a cut the camera stands on the other side of the line: left and right have changed places.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the shots after the first that cross (at least one)", most=100, faint=25, medium=50, strong=100
    ),
    checks=(
        f"{SPATIAL}/axis-is-kept",
        f"{SPATIAL}/direction-of-travel",
        f"{SPATIAL}/looks-meet",
        f"{SPATIAL}/places-in-the-room-hold",
    ),
    needs={Needs.CUT},
)
def line_crossed(take: Take, job: Job) -> Take:
    shots = _later_shots(take, job, job.amount / 100)
    crossed = _in_shots(take, shots, lambda rgb, _: np.ascontiguousarray(rgb[:, ::-1]), job)
    return crossed.told(shots=[take.shots.index(s) for s in shots])


@fault(
    name="identity-swap",
    words="After a cut somebody else, somewhere else, stands where the same person should be.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the shots after the first that are of somebody else (at least one)",
        most=100,
        faint=25,
        medium=50,
        strong=100,
    ),
    checks=(
        "acting/consistency/face-identity/same-face-over-cuts",
        "multi-shot/logic/scene-consistency/same-place",
        "multi-shot/logic/scene-consistency/dress-and-make-up-hold",
    ),
    needs={Needs.CUT, Needs.SPARE},
)
def identity_swap(take: Take, job: Job) -> Take:
    assert take.spare is not None
    shots = _later_shots(take, job, job.amount / 100)
    inside = {k for s in shots for k in s}
    other = conform(take.spare, take)

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        strangers = read(other, (k % other.length for k in range(job.first, job.stop)))
        for k, (rgb, stranger) in enumerate(zip(run, strangers, strict=False), job.first):
            yield stranger if k in inside else rgb

    return restage(take, job, act).told(shots=[take.shots.index(s) for s in shots])


@fault(
    name="no-reaction-time",
    words="A shot is gone before one has seen what it shows.",
    medium=Medium.EDIT,
    amount=Amount("% of the shot cut away", most=95, faint=35, medium=65, strong=88),
    checks=(f"{DURATION}/time-to-read", f"{DURATION}/key-image-gets-its-time"),
    measures=("shot_cutter.median_length",),
    needs={Needs.INNER_SHOT},
)
def no_reaction_time(take: Take, job: Job) -> Take:
    inner = [s for s in take.shots[1:-1] if job.first <= s.start and s.stop <= job.stop]
    if not inner:
        raise Unfit("no-reaction-time needs a shot between two cuts within the span")
    shot = max(inner, key=len)
    kept = max(2, round(len(shot) * (1 - job.amount / 100)))
    short = assemble(take, [range(shot.start + kept), range(shot.stop, take.length)])
    return short.told(shot=take.shots.index(shot), lasts=float(kept / take.rate))


@fault(
    name="overlong-shot",
    words="A shot stays on after its content is spent.",
    medium=Medium.EDIT,
    amount=Amount("seconds too long", most=10, faint=1.5, medium=3.5, strong=8),
    checks=(f"{DURATION}/does-not-overstay", f"{DURATION}/length-fits-tension"),
    measures=("shot_cutter.median_length",),
)
def overlong_shot(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    extra = max(1, round(job.amount * take.rate))
    tail = min(job.frames, max(2, round(take.rate)))  # its last second runs to and fro, with the air of the room
    swing = [*range(job.stop - 2, job.stop - tail - 1, -1), *range(job.stop - tail + 1, job.stop)]
    added = [swing[k % len(swing)] for k in range(extra)] if swing else [job.stop - 1] * extra

    def pictures() -> Iterator[RGB]:
        kept: list[RGB] = []
        for k, rgb in enumerate(take.pictures()):
            yield rgb
            if job.stop - tail <= k < job.stop:
                kept.append(rgb)
            if k == job.stop - 1:
                yield from (kept[j - job.stop + tail] for j in added)

    cuts = tuple(c if c < job.stop else c + extra for c in take.cuts)
    sound: Samples | None = None
    if take.sound is not None:
        at = take.sample(job.stop)
        air = room_tone(take.sound, take.sound_rate, take.sample(extra))
        sound = splice([take.sound[:at], air, take.sound[at:]], take.sound_rate)
    longer = replace(take, length=take.length + extra, pictures=pictures, cuts=cuts, sound=sound)
    return longer.told(overstays_from=float(job.stop / take.rate))


@fault(
    name="monotone-cutting",
    words="All shots have the same length, like a metronome.",
    medium=Medium.EDIT,
    amount=Amount("% of the difference of lengths taken away", most=100, faint=40, medium=75, strong=100),
    checks=("multi-shot/rhythm/rhythmic-layering/pace-varies", f"{DURATION}/length-fits-tension"),
    measures=("shot_cutter.median_length",),
    needs={Needs.INNER_SHOT},
)
def monotone_cutting(take: Take, job: Job) -> Take:
    inside = [s for s in take.shots if job.first <= s.start and s.stop <= job.stop]
    if len(inside) < 3:
        raise Unfit("monotone-cutting needs three shots within the span")
    even = max(min(len(s) for s in inside), round(FASTEST * take.rate))
    pieces = []
    for shot in take.shots:
        length = len(shot)
        if shot in inside and length > even:
            length = round(length + job.amount / 100 * (even - length))
        pieces.append(range(shot.start, shot.start + length))
    return assemble(take, pieces).told(lengths=[float(len(p) / take.rate) for p in pieces])
