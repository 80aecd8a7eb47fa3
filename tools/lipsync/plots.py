"""Two small pictures for a report: fit against lag, and mouth opening over the level of the voice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.lipsync.lag import Curve, milliseconds
from evalverse.tools.media.frame import RGB

SIZE = (640, 260)
MARGIN = 44
INK, FAINT, LIPS, VOICE = (40, 40, 40), (200, 200, 200), (190, 60, 40), (40, 90, 170)


def fit_against_lag(curve: Curve, lag: float) -> RGB:
    """(260, 640, 3): the score of every lag (2 reach + 1,) with the best one, in steps, marked."""
    reach = len(curve) // 2
    times = [milliseconds(step) for step in range(-reach, reach + 1)]
    picture = _paper()
    _line(picture, np.array(times), curve, (times[0], times[-1]), INK)
    _upright(picture, milliseconds(lag), (times[0], times[-1]), LIPS)
    _ticks(picture, (times[0], times[-1]), 250.0)
    _write(picture, "fit of lips and voice against delay of the voice, ms", (MARGIN, 18), INK)
    return picture


def fit_against_speed(scores: Curve, speeds: Curve, best: float) -> RGB:
    """(260, 640, 3): the score of every speed of the picture (N,), in %, with the best one marked."""
    picture = _paper()
    ends = (float(speeds[0]), float(speeds[-1]))
    _line(picture, speeds, scores, ends, INK)
    _upright(picture, best, ends, LIPS)
    _ticks(picture, ends, 25.0)
    _write(picture, "fit of lips and voice against speed of the picture, %", (MARGIN, 18), INK)
    return picture


def mouth_over_voice(t: Curve, opening: Curve, level: Curve) -> RGB:
    """(260, 640, 3): opening of the lips (N,) and level of the voice (N,) over ``t`` (N,) seconds."""
    picture = _paper()
    ends = (float(t[0]), float(max(t[-1], t[0] + 1e-3)))
    _line(picture, t, level, ends, VOICE)
    _line(picture, t, opening, ends, LIPS)
    _ticks(picture, ends, max(1.0, round((ends[1] - ends[0]) / 6)))
    _write(picture, "mouth opening", (MARGIN, 18), LIPS)
    _write(picture, "level of the sound", (MARGIN + 130, 18), VOICE)
    _write(picture, "s", (SIZE[0] - MARGIN + 8, SIZE[1] - 14), INK)
    return picture


def _paper() -> RGB:
    return np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)


def _across(x: NDArray[np.float64] | float, ends: tuple[float, float]) -> NDArray[np.float64]:
    return MARGIN + (np.asarray(x, float) - ends[0]) / (ends[1] - ends[0]) * (SIZE[0] - 2 * MARGIN)


def _line(picture: RGB, x: NDArray[np.float64], y: Curve, ends: tuple[float, float], colour: Sequence[int]) -> None:
    import cv2

    low, high = np.percentile(y, 0.5), np.percentile(y, 99.5)
    up = (np.clip(y, low, high) - low) / max(float(high - low), 1e-9)
    points = np.stack([_across(x, ends), SIZE[1] - 34 - up * (SIZE[1] - 70)], axis=1)
    cv2.polylines(picture, [np.round(points).astype(np.int32)], False, tuple(colour), 1, cv2.LINE_AA)


def _upright(picture: RGB, x: float, ends: tuple[float, float], colour: Sequence[int]) -> None:
    import cv2

    at = int(_across(x, ends))
    cv2.line(picture, (at, 28), (at, SIZE[1] - 34), tuple(colour), 1)


def _ticks(picture: RGB, ends: tuple[float, float], every: float) -> None:
    import cv2

    cv2.line(picture, (MARGIN, SIZE[1] - 30), (SIZE[0] - MARGIN, SIZE[1] - 30), FAINT, 1)
    for value in np.arange(np.ceil(ends[0] / every), np.floor(ends[1] / every) + 1) * every:
        at = int(_across(float(value), ends))
        cv2.line(picture, (at, SIZE[1] - 33), (at, SIZE[1] - 27), INK, 1)
        _write(picture, f"{value:g}", (at - 12, SIZE[1] - 12), INK)


def _write(picture: RGB, text: str, at: tuple[int, int], colour: Sequence[int]) -> None:
    import cv2

    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, tuple(colour), 1, cv2.LINE_AA)
