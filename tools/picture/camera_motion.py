"""Camera motion: pan, tilt, zoom and roll of the whole picture, how shaky, and each shot's movement in words.

From a similarity fitted to dense flow (:mod:`evalverse.tools.motion_model`). Without depth a pan looks like a sideways
track and a zoom like a push in, so the words name what the picture does. Where one subject fills a plain picture,
its movement may be taken for the camera's; the confidence falls with the share of the picture that agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import global_motion
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import mean_over_time, readings, worst
from evalverse.tools.picture._track import Indices, Series, Track, fitted, interval, smooth, steps, worst_span

AXES = ("pan", "tilt", "zoom", "roll")
WORDS = {"pan": ("pan right", "pan left"), "tilt": ("tilt up", "tilt down"), "zoom": ("push in", "pull out")}
WORDS["roll"] = ("roll clockwise", "roll anticlockwise")
UNITS = {"pan": "% of width/s", "tilt": "% of height/s", "zoom": "%/s", "roll": "degrees/s"}

STEADY = 0.2
"""Seconds over which speeds are averaged: flow between two frames is noisy."""
SLOWEST = {"pan": 1.5, "tilt": 1.5, "zoom": 1.5, "roll": 1.0}
"""Speed, in the units above, below which an axis counts as still."""
FARTHEST = {"pan": 2.0, "tilt": 2.0, "zoom": 3.0, "roll": 2.0}
"""Way (speed x time) that a movement must cover in a shot before it is named."""
ONE_WAY = 0.5
"""Share of the way that must lead in one direction; below it the camera wanders."""
SHAKE_SECONDS = 1.0
"""Window of the cubic fit that stands for the intended path; what is left (above about 1.5 Hz) is shake."""
SHAKY = 0.35
"""RMS shake, in % of the frame's height, from which on a shot is called handheld."""
BLUNDER = 0.006
"""Seconds. Times the camera's speed: shake that fast motion past several layers of depth feigns."""
SLIP_WINDOW, SLIP = 7, 0.1
"""Frames of a Hampel filter, and what one step (in %, or degrees) may always differ by."""
LOST = 0.08
"""Support below which the fit of one frame is not believed and its neighbours stand in."""
FEWEST = 6


@dataclass(frozen=True)
class Move:
    """The camera in one shot. Speeds (N,) in the units of :data:`UNITS`, right, up, in and clockwise positive."""

    speeds: dict[str, Series]
    shake: Series
    """(N,) distance from the smoothed path, in % of the frame's height."""
    still: Series
    """(N,) 1 where nothing moves, else 0."""
    seconds: Series
    """(N,) time since the frame before."""
    support: float
    aspect: float

    def mean(self, axis: str) -> float:
        """Mean absolute speed."""
        return float(np.average(np.abs(self.speeds[axis]), weights=self.seconds))

    def way(self, axis: str) -> float:
        """Net way, signed."""
        return float(np.sum(self.speeds[axis] * self.seconds))

    @property
    def shaky(self) -> bool:
        """Whether a viewer sees a shaking camera."""
        speed = np.hypot(self.mean("pan") * self.aspect, self.mean("tilt"))
        return bool(self.shakiness >= SHAKY + BLUNDER * speed)

    @property
    def shakiness(self) -> float:
        """RMS of the shake, in % of the frame's height, of a Gaussian with the same median: slips do not count."""
        return float(1.2 * np.median(self.shake))


def kind(move: Move) -> str:
    """A shot's movement in words: the strongest one or two directions, handheld, wandering, or static."""
    named: list[tuple[float, str]] = []
    wanders = False
    for axis in AXES:
        way, speed = move.way(axis), move.mean(axis)
        walked = speed * float(move.seconds.sum())
        if speed < SLOWEST[axis] or walked < FARTHEST[axis]:
            continue
        if abs(way) >= max(ONE_WAY * walked, FARTHEST[axis]):
            named.append((speed / SLOWEST[axis], WORDS[axis][0 if way > 0 else 1]))
        else:
            wanders = True
    named.sort(reverse=True)
    kept = [word for strength, word in named[:2] if strength >= 0.3 * named[0][0]]
    kept = [" and ".join(kept)] if kept else []
    if move.shaky:
        kept.append("handheld shake" if kept else "handheld")
    elif wanders and not kept:
        kept.append("wandering")
    return " with ".join(kept) if kept else "static"


def slips(steps: Series) -> NDArray[np.bool_]:
    """Frames (N,) whose step breaks out of its neighbours': the fit slipped to another layer, or a frame is repeated.

    A Hampel filter over seven frames; shaking moves several frames in a row and stays.
    """
    if len(steps) < SLIP_WINDOW:
        return np.zeros(len(steps), np.bool_)
    half = SLIP_WINDOW // 2
    near = np.lib.stride_tricks.sliding_window_view(np.pad(steps, half, mode="reflect"), SLIP_WINDOW)
    middle = np.median(near, axis=1)
    spread = 1.4826 * np.median(np.abs(near - middle[:, None]), axis=1)
    return np.asarray(np.abs(steps - middle) > 4 * spread + SLIP)


@register
class CameraMotion(Operator):
    """Pan, tilt, zoom, roll, shake and stillness of the camera."""

    name, version, title = "camera_motion", "1", "Camera motion"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 2.5
    measures = (
        *(
            Measure(
                name=axis,
                title=title,
                unit=UNITS[axis],
                low=0,
                direction=Direction.NEUTRAL,
                definition=f"Mean absolute speed of {what} of the similarity that most of the textured picture, "
                "rather at its borders, agrees on, averaged over 0.2 s and then over time. The data hold the signed "
                "way; the curve is signed too.",
            )
            for axis, title, what in (
                ("pan", "Pan", "the sideways shift (right positive)"),
                ("tilt", "Tilt", "the vertical shift (up positive)"),
                ("zoom", "Push or zoom", "the growth (in positive)"),
                ("roll", "Roll", "the turn (clockwise positive)"),
            )
        ),
        Measure(
            name="shake",
            title="Camera shake",
            unit="% of height",
            low=0,
            direction=Direction.LOWER,
            definition="Distance (RMS, read from the median) of the camera's path from a running cubic fit to it over "
            "1 s, within a shot. The clip takes its worst shot.",
        ),
        Measure(
            name="static_share",
            title="Camera at rest",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the time in which pan, tilt and zoom stay below 1.5 % a second and roll below 1 "
            "degree a second. The data name each shot's kind of movement.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._path = Track("x", "y", "zoom", "roll", "support", "step")

    def see(self, frame: Frame) -> None:
        found = global_motion(frame)
        if found is None or found.seconds <= 0:
            self._path.add(frame.seconds, 0, 0, 0, 0, 0, 0)
            return
        turn = np.log(1 + found.stretch)
        # the camera moves against the picture; y runs down, so a positive turn of the picture is clockwise
        aspect = frame.width / frame.height
        shift = found.shift
        self._path.add(
            frame.seconds,
            -100 * shift.real / aspect,
            100 * shift.imag,
            100 * turn.real,
            -np.degrees(turn.imag),
            found.support,
            found.seconds,
        )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._path.t
        told = [(shot, chosen) for shot in scene.shots if len(chosen := steps(t, scene, shot)) >= FEWEST]
        moves = [(shot, chosen, move) for shot, chosen in told if (move := self._move(chosen)) is not None]
        if not moves:
            reason = "no shot has enough texture to follow" if told else "too few frames to see motion"
            yield from self.could_not_at_all(reason)
            return
        kinds = [{"shot": shot.index, "kind": kind(move)} for shot, _, move in moves]
        for axis in AXES:
            yield from self._axis(scene, axis, moves)
        shake, seen = np.zeros_like(t), np.zeros_like(t)
        for _, chosen, move in moves:
            shake[chosen] = move.shake
            seen[chosen] = move.shake * move.shaky
        yield from readings(
            self,
            scene,
            "shake",
            [(shot, move.shakiness) for shot, _, move in moves],
            worst,
            lambda n: f"The camera shakes by {n} % of the frame's height.",
            curve=self.curve("shake", t, shake),
        )
        yield from self._shaky_moment(scene, t, seen)
        rest = [(shot, 100 * float(np.average(move.still, weights=move.seconds))) for shot, _, move in moves]
        total = mean_over_time(rest)
        fastest = max(moves, key=lambda each: each[2].mean("pan") + each[2].mean("tilt") + each[2].mean("zoom"))
        first, last = (float(t[fastest[1][k]]) for k in (0, -1))
        yield self.found(
            "static_share",
            total,
            words=f"The camera rests for {number(total)} % of the time. {_list(kinds)}",
            confidence=_confidence([move for _, _, move in moves]),
            picture=pair_at(self, first, last, f"{kind(fastest[2])}: {number(first)} s beside {number(last)} s"),
            kinds=kinds,
        )
        for (shot, _, move), (_, share) in zip(moves, rest, strict=True):
            yield self.found(
                "static_share",
                share,
                shot=shot,
                words=f"Camera: {kind(move)}.",
                confidence=_confidence([move]),
                kind=kind(move),
            )

    def _move(self, chosen: Indices) -> Move | None:
        """The camera over the frames ``chosen`` of one shot; frames that were not understood take their neighbours'."""
        seconds, support = self._path["step"][chosen], self._path["support"][chosen]
        sure = (support > LOST) & (seconds > 0)
        for name in ("x", "y", "zoom", "roll"):
            sure &= ~slips(self._path[name][chosen])
        if sure.sum() < max(FEWEST, 0.3 * len(chosen)):
            return None
        t = self._path.t[chosen]

        def filled(name: str) -> Series:
            rate = self._path[name][chosen][sure] / seconds[sure]
            return np.interp(t, t[sure], rate)

        raw = dict(zip(AXES, map(filled, ("x", "y", "zoom", "roll")), strict=True))
        speeds = {axis: smooth(raw[axis], t, STEADY) for axis in AXES}
        still = np.all([np.abs(speeds[axis]) < SLOWEST[axis] for axis in AXES], axis=0)
        aspect = self.clip.picture.width / self.clip.picture.height if self.clip.picture else 1.0
        x, y = (np.cumsum(rate * seconds) for rate in (raw["pan"] * aspect, raw["tilt"]))
        shake = np.hypot(*(line - fitted(line, t, SHAKE_SECONDS, 3) for line in (x, y)))
        lasted, agreed = np.maximum(seconds, 1e-6), float(np.median(support))
        return Move(speeds, shake, still.astype(np.float64), lasted, agreed, aspect)

    def _axis(self, scene: Scene, axis: str, moves: Sequence[tuple[Shot, Indices, Move]]) -> Iterator[Evidence]:
        t = self._path.t
        line = np.zeros_like(t)
        for _, chosen, move in moves:
            line[chosen] = move.speeds[axis]
        values = [(shot, move.mean(axis)) for shot, _, move in moves]
        total = mean_over_time(values)
        verb = {"pan": "pans", "tilt": "tilts", "zoom": "pushes or zooms", "roll": "rolls"}[axis]
        words = f"The camera {verb} at {{}} {UNITS[axis]} on average.".format
        yield self.found(
            axis,
            total,
            words=words(number(total)),
            confidence=_confidence([move for _, _, move in moves]),
            curve=self.curve(axis, t, line),
        )
        if len(scene.shots) > 1:
            for (shot, value), (_, _, move) in zip(values, moves, strict=True):
                yield self.found(
                    axis,
                    value,
                    shot=shot,
                    words=words(number(value)),
                    confidence=_confidence([move]),
                    way=round(move.way(axis), 2),
                )

    def _shaky_moment(self, scene: Scene, t: Series, shake: Series) -> Iterator[Evidence]:
        from scipy.ndimage import median_filter

        level = 1.2 * median_filter(shake, round(SHAKE_SECONDS / interval(t)) + 1)
        span = worst_span(level, t, SHAKY)
        if span is not None:
            peak = float(level.max())
            shot = scene.shot_at(float(t[level.argmax()]))
            span = Span(start=max(span.start, shot.span.start), end=max(min(span.end, shot.span.end), span.start))
            words = f"Here the camera shakes by {number(peak)} % of the frame's height."
            yield self.found("shake", peak, span=span, shot=shot, words=words)


def speeds_from(scene: Scene) -> tuple[Series, dict[str, Series]] | None:
    """Times (N,) and by axis the signed speeds (N,), in the units of :data:`UNITS`, out of this operator's evidence."""
    found = {
        e.measure.split(".")[1]: scene.ledger.get_curve(e.curve)
        for e in scene.evidence["camera_motion"]
        if e.scope is Scope.CLIP and e.curve is not None
    }
    if not set(AXES) <= set(found):
        return None
    return np.asarray(found["pan"][0]), {axis: np.asarray(found[axis][1], np.float64) for axis in AXES}


def _confidence(moves: Sequence[Move]) -> float:
    """The share of the picture that agrees, made generous: parallax alone takes half of it."""
    return float(np.clip(np.mean([2 * move.support for move in moves]), 0.1, 1))


def _list(kinds: Sequence[dict[str, Any]]) -> str:
    said = list(dict.fromkeys(k["kind"] for k in kinds))
    return f"Its shots: {'; '.join(said)}." if len(kinds) > 1 else f"Its movement: {said[0]}."
