"""Looking closer: what is shown is what was asked for, with its place and time; what cannot be shown says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import operator
from evalverse.tools.schedule import measure
from tests.synth import write_clip

RATE = 10


def film() -> Iterator[RGB]:
    """Two seconds: grey with a red square at the top right, a cut in the middle to the same with a blue one below."""
    for i in range(2 * RATE):
        frame = np.full((90, 160, 3), 110, np.uint8)
        if i < RATE:
            frame[:30, 130:] = (230, 20, 20)
        else:
            frame[:, :] = 40
            frame[60:, 130:] = (20, 20, 230)
        yield frame


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return probe(write_clip(tmp_path_factory.mktemp("look") / "film.mp4", film(), rate=RATE))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def look(clip: Clip, ledger: Ledger, name: str, **asked: object) -> Evidence:
    kind = operator(name)
    (found,) = measure(clip, [name], ledger, tuned={name: kind.Settings.model_validate(asked)}).evidence[name]
    return found


def picture(ledger: Ledger, found: Evidence) -> RGB:
    assert found.picture is not None
    decoded = cv2.imdecode(np.frombuffer(ledger.get(found.picture), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded[..., ::-1])


def test_a_crop_shows_the_box_enlarged(clip: Clip, ledger: Ledger) -> None:
    found = look(clip, ledger, "look_crop", seconds=0.5, left=0.8125, top=0, right=1, bottom=1 / 3, height=120)
    shown = picture(ledger, found)
    assert shown.shape[:2] == (120, 120)
    assert found.value == pytest.approx(4)
    assert np.abs(shown.mean((0, 1)) - (230, 20, 20)).max() < 25
    assert found.span is not None and found.span.start == pytest.approx(0.5)
    assert "81% to 100% of the width" in found.words


def test_a_crop_does_not_enlarge_beyond_what_there_is_to_see(clip: Clip, ledger: Ledger) -> None:
    found = look(clip, ledger, "look_crop", seconds=0, left=0, top=0, right=0.05, bottom=0.05, height=1080)
    assert found.value == 8


def test_a_burst_shows_each_frame_once_with_its_time(clip: Clip, ledger: Ledger) -> None:
    found = look(clip, ledger, "look_burst", seconds=1.0, count=8, spacing=0.05)
    assert found.data["times"] == sorted(set(found.data["times"]))
    assert found.value == len(found.data["times"]) < 8
    assert found.span is not None
    assert 0.7 < found.span.start < 1.0 <= found.span.end < 1.3
    assert picture(ledger, found).shape[0] > 2 * 90


@pytest.mark.parametrize("asked", [{"seconds": (0.5, 1.5)}, {"shots": (1, 2)}])
def test_two_moments_or_two_shots_stand_side_by_side(clip: Clip, ledger: Ledger, asked: dict[str, object]) -> None:
    found = look(clip, ledger, "look_pair", **asked)
    shown = picture(ledger, found)
    width = shown.shape[1] // 2
    left, right = shown[:90, :width], shown[:90, width:]
    assert left.mean() > right.mean() + 40
    assert 0.8 < (found.value or 0) < 1.2


def test_a_change_says_how_much_and_where(clip: Clip, ledger: Ledger) -> None:
    same = look(clip, ledger, "look_change", seconds=(0.1, 0.6))
    assert same.value is not None and same.value < 0.5
    cut = look(clip, ledger, "look_change", seconds=(0.5, 1.5))
    assert cut.value is not None and cut.value > 90
    assert "right" in cut.words


@pytest.mark.parametrize(
    ("name", "asked", "why"),
    [
        ("look_pair", {"shots": (1, 9)}, "no shot 9; the clip has 2"),
        ("look_pair", {}, "neither two times nor two shots"),
        ("look_crop", {"left": 0.6, "right": 0.5}, "left must be less than right"),
    ],
)
def test_what_cannot_be_shown_says_why(
    clip: Clip, ledger: Ledger, name: str, asked: dict[str, object], why: str
) -> None:
    found = look(clip, ledger, name, **asked)
    assert found.picture is None
    assert why in (found.unmeasured or "")


def test_times_outside_the_clip_show_its_ends(clip: Clip, ledger: Ledger) -> None:
    late = look(clip, ledger, "look_crop", seconds=99)
    assert late.span is not None and late.span.start == pytest.approx(1.9)


@pytest.mark.parametrize("name", ["look", "look_crop", "look_burst", "look_pair", "look_change"])
def test_a_clip_without_picture_is_not_looked_at(clip: Clip, ledger: Ledger, name: str) -> None:
    heard = clip.model_copy(update={"picture": None})
    asked = {"seconds": (0.0, 1.0)} if name in ("look", "look_pair", "look_change") else {"seconds": 0.0}
    assert look(heard, ledger, name, **asked).unmeasured
