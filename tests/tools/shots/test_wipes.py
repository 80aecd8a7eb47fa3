"""Wipes: an edge that sweeps over two pictures that stay where they are, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.shots._likeness import Strip
from evalverse.tools.shots._wipes import wipes
from evalverse.tools.shots.shot_cutter import shots_from
from tests.tools.shots._films import HEIGHT, WIDTH, Film, blend, cutter, shot


def swept(before: Film, after: Film, count: int, angle: float, soft: float = 0.0) -> Film:
    """Both shots whole, but for ``count`` frames in which the second is wiped over the first.

    Args:
        angle: in which direction the edge moves, radians; 0 is to the right, half of pi down.
        soft: width of the edge as a share of its way.
    """
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    way = x / WIDTH * np.cos(angle) + y / HEIGHT * np.sin(angle)
    way = (way - way.min()) / (way.max() - way.min())
    done = np.arange(1, count + 1)[:, None, None] / (count + 1) * (1 + soft)
    share = np.clip((done - way) / max(soft, 1e-3), 0, 1)[..., None]
    mixed = before[-count:] * (1 - share) + after[:count] * share
    return np.concatenate([before[:-count], mixed.astype(np.uint8), after[count:]])


def strip(film: Film) -> Strip:
    made = Strip()
    for picture in film:
        made.append(picture)
    return made


@pytest.mark.parametrize("angle", [0.0, np.pi, np.pi / 2, -np.pi / 2, np.pi / 4])
@pytest.mark.parametrize(("count", "soft"), [(8, 0.0), (18, 0.1)])
def test_a_wipe_is_found_in_its_place(angle: float, count: int, soft: float) -> None:
    [found] = wipes(strip(swept(shot(1, 60), shot(2, 60), count, angle, soft)), 25)
    assert found.wipe and abs(found.start - (60 - count)) <= 4 and abs(found.end - 60) <= 4


def test_the_cutter_tells_it_as_one_gradual_transition(tmp_path: Path) -> None:
    found = cutter(tmp_path, swept(shot(3, 60), shot(4, 60), 12, 0.0))
    assert [s.begins_with for s in shots_from(found)] == ["start", "wipe"]
    [moment] = [e for e in found if e.measure == "shot_cutter.transitions" and e.span and e.data.get("kind") == "wipe"]
    assert moment.words == "A shot begins with a wipe here."


def test_a_tower_that_passes_in_a_pan_is_no_wipe() -> None:
    """The tower comes in from the right and fills the picture; both it and the sky move with the camera."""
    sky, tower = shot(5, 1, (0, 0))[0] // 3 + 160, shot(6, 1, (0, 0))[0] // 2
    wide = np.concatenate([sky, tower, tower[:, ::-1]], axis=1)
    film = np.stack([wide[:, at : at + WIDTH] for at in np.linspace(0, WIDTH, 16).round().astype(int)])
    film = np.concatenate([np.repeat(film[:1], 20, 0), film, np.repeat(film[-1:], 20, 0)])
    assert not wipes(strip(film), 25)


def test_dissolves_cuts_and_pans_are_no_wipes() -> None:
    first, second = shot(7, 60), shot(8, 60)
    dissolve = np.concatenate([first[:-16], blend(first, second, 16), second[16:]])
    for film in (dissolve, np.concatenate([first, second]), shot(9, 80, (3.0, 0.0)), first):
        assert not wipes(strip(film), 25)


@pytest.mark.slow
def test_real_footage_has_none(shared: Path) -> None:
    clips = [shared / "film" / "sintel.mp4", *sorted((shared / "rated").glob("*_real.mp4"))]
    assert len(clips) > 5
    for path in clips:
        clip, seen = probe(path), Strip()
        assert clip.picture is not None
        for frame in frames(clip):
            seen.append(frame.rgb(144))
        assert not wipes(seen, float(clip.picture.rate)), path.name
