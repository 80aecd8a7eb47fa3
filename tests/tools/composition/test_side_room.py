"""Room beside the head: heads at known places, nobody, a real face, and the same pushed against the side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.composition.side_room import narrow_over_wide
from evalverse.tools.evidence import Scope
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sample import frames_at
from evalverse.tools.people.heads import Head
from tests.synth import flat
from tests.tools.picture.film import evidence, of_clip, real

WIDE = 16 / 9


def _head(middle: float, across: float = 0.2) -> Head:
    """A head whose hair is ``across`` wide, at ``middle`` of the width of a picture of 16 by 9."""
    box = across / 1.2
    return Head((middle * WIDE - box / 2, 0.2, box, 0.3), np.zeros((6, 2), np.float32), 0.9)


def test_it_falls_from_the_middle_to_the_edge() -> None:
    middle, third, edge, beyond = (narrow_over_wide(_head(at), WIDE) for at in (0.5, 1 / 3, 0.06, -0.02))
    assert middle == pytest.approx(1.0)
    assert third is not None and 0.4 < third < 0.5
    assert edge is not None and edge < 0.05
    assert beyond == 0.0


def test_a_head_that_fills_the_picture_is_not_squeezed() -> None:
    assert narrow_over_wide(_head(0.48, across=1.6), WIDE) is None


def test_nobody_is_a_reason(tmp_path: Path) -> None:
    found = of_clip(evidence("side_room", flat(10, (200, 150, 125), 144, 256), tmp_path))
    assert found["narrow"].value is None and found["narrow"].unmeasured


def test_footage_as_it_is_and_pushed_out(shared: Path, tmp_path: Path) -> None:
    path = shared / "speech" / "latent_2.mp4"
    assert real("side_room", path, tmp_path)["narrow"] > 0.5
    frames = [frame.rgb(480) for frame in frames_at(probe(path), [k / 10 for k in range(20)], 480)]
    wide = frames[0].shape[1] // 2
    found = evidence("side_room", [np.ascontiguousarray(f[:, int(0.95 * wide) :]) for f in frames], tmp_path, rate=10)
    value = of_clip(found)["narrow"].value
    assert value is not None and value < 0.1
    assert next(e for e in found if e.scope == Scope.MOMENT).picture is not None
