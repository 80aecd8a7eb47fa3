"""Change of light with motion taken out: what is fed in comes out, what merely moves does not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from evalverse.tools.change import Anchor, change, typical
from evalverse.tools.media.frame import RGB, Frame
from tests.tools.picture.film import lit, shot


def frames(pictures: Sequence[RGB], rate: int = 25) -> list[Frame]:
    """The pictures as frames that know the one before."""
    made: list[Frame] = []
    for index, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        frame = Frame(index, Fraction(index, rate), (width, height), lambda w, h, p=picture: p)  # type: ignore[misc]
        frame.previous = made[-1] if made else None
        made.append(frame)
    return made


def stops(pictures: Sequence[RGB]) -> float:
    """Typical change of light from the first to the second picture."""
    found = change(frames(pictures)[1])
    assert found is not None
    return float(typical(found.stops, found, 0.02)[0][0])


@pytest.mark.parametrize("pan", [(0.0, 0.0), (3.0, 1.0)])
@pytest.mark.parametrize("given", [0.0, 0.1, -0.3])
def test_a_change_of_light_is_read_in_stops_whether_the_camera_moves_or_not(
    pan: tuple[float, float], given: float
) -> None:
    assert stops(lit(shot(2, pan), (0, given))) == pytest.approx(given, abs=0.02)


def test_a_dark_thing_that_passes_is_no_change_of_light() -> None:
    one, other = shot(2)
    other = other.copy()
    other[30:120, 80:140] = 10
    assert stops([one, other]) == pytest.approx(0, abs=0.01)


def test_the_first_frame_has_nothing_to_change_from() -> None:
    assert change(frames(shot(1))[0]) is None


def test_a_black_picture_is_not_trusted() -> None:
    found = change(frames([np.zeros((144, 256, 3), np.uint8)] * 2)[1])
    assert found is not None and typical(found.stops, found, 0.02)[1] == 0


def test_an_anchor_sees_slow_drift_where_the_scene_holds_still() -> None:
    anchor = Anchor(1.0)
    found = [anchor.see(f) for f in frames(lit(shot(11), np.linspace(0, -0.4, 11)), rate=10)]
    assert [c is not None for c in found] == [False] * 10 + [True]
    last = found[-1]
    assert last is not None and last.still.mean() > 0.5
    assert typical(last.stops, last, 0.02)[0][0] == pytest.approx(-0.4, abs=0.03)


def test_an_anchor_does_not_believe_a_moving_camera() -> None:
    anchor = Anchor(1.0)
    found = [anchor.see(f) for f in frames(shot(11, (4.0, 0.0)), rate=10)][-1]
    assert found is not None and not found.still.any()
