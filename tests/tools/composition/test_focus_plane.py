"""Plane of focus: a rack between two textured planes, forwards and back, and what must not be taken for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.composition.focus_plane import BLOCK, FocusPlane, on_people, pulls, sharpest
from evalverse.tools.evidence import Scope
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sample import frame_at
from tests.synth import RGB, flat
from tests.tools.composition._lens import pulled
from tests.tools.people._actor import head
from tests.tools.picture.film import evidence, of_clip, real

SIZE = (360, 640)
RATE = 12


def planes(seed: int = 4) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two textures of hard-edged patches, the left half near and the right half far."""
    rng = np.random.default_rng(seed)
    near, far = (
        cv2.resize(rng.uniform(50, 200, (45, 80, 1)).astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_NEAREST)
        for _ in range(2)
    )
    return near, far


def seen(near_blur: float, far_blur: float, near: NDArray[np.float32], far: NDArray[np.float32]) -> RGB:
    halves = [cv2.GaussianBlur(p, (0, 0), max(blur, 0.4)) for p, blur in ((near, near_blur), (far, far_blur))]
    half = np.where(np.arange(SIZE[1]) < SIZE[1] // 2, *halves)
    return np.repeat(np.clip(half, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def rack(start: float, lasts: float, seconds: float = 5.0, back: bool = False) -> Iterator[RGB]:
    """Focus goes from the left to the right, or ``back``, within ``lasts`` seconds."""
    near, far = planes()
    for t in np.arange(round(seconds * RATE)) / RATE:
        moved = float(np.clip((t - start) / max(lasts, 1e-6), 0, 1))
        blurs = (4 * moved, 4 * (1 - moved))
        yield seen(*(blurs[::-1] if back else blurs), near, far)


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("lasts", [0.5, 1.5])
def test_a_rack_is_found_timed_and_its_direction_told(lasts: float, back: bool, tmp_path: Path) -> None:
    found = evidence("focus_plane", rack(1.8, lasts, back=back), tmp_path, rate=RATE)
    clip = of_clip(found)
    assert clip["pulls"].value == 1
    (pull,) = clip["pulls"].data["pulls"]
    assert abs((pull["start"] + pull["end"]) / 2 - (1.8 + lasts / 2)) < 0.4
    assert clip["pull_time"].value == pytest.approx(0.8 * lasts, abs=0.35)
    first, last = (pull["to"][0], pull["from"][0]) if back else (pull["from"][0], pull["to"][0])
    assert first < 0.4 < 0.6 < last
    assert "no head" in str(clip["to_people"].unmeasured)
    moment = next(e for e in found if e.scope is Scope.MOMENT)
    assert moment.picture is not None and clip["across"].curve is not None


def test_a_slow_rack_takes_longer(tmp_path: Path) -> None:
    times = []
    for lasts in (0.3, 1.2, 2.4):
        (folder := tmp_path / str(lasts)).mkdir()
        times.append(real_time(rack(1.2, lasts), folder))
    assert times == sorted(times) and times[2] > times[0] + 0.7


def real_time(frames: Iterable[RGB], folder: Path) -> float:
    value = of_clip(evidence("focus_plane", frames, folder, rate=RATE))["pull_time"].value
    assert value is not None
    return value


def test_the_sharpest_part_is_placed() -> None:
    widths = np.full((15, 26), 4.0)
    widths[:9, 13:] = 1.0
    widths[10:, :6] = np.nan
    assert sharpest(widths) == pytest.approx((0.75, 0.3), abs=0.03)
    assert sharpest(np.full((15, 26), np.nan)) is None


def lost() -> Iterator[RGB]:
    """Everything gets soft: focus is lost, not pulled."""
    near, far = planes()
    for k in range(60):
        blur = float(np.clip((k - 24) / 8, 0, 4))
        yield seen(blur, blur, near, far)


def passing() -> Iterator[RGB]:
    """A sharp board passes before a soft ground."""
    near, far = planes()
    ground = seen(4, 4, near, far)
    for k in range(60):
        picture = ground.copy()
        x = 8 * k
        picture[100:300, x : x + 160] = seen(0, 0, near, far)[100:300, :160]
        yield picture


def panned() -> Iterator[RGB]:
    """The camera pans over a place that is sharp on one side and soft on the other."""
    near, far = planes()
    wide = np.hstack([seen(0, 4, near, far), seen(4, 0, *planes(7))])
    for k in range(60):
        yield np.ascontiguousarray(wide[:, 10 * k : 10 * k + SIZE[1]])


@pytest.mark.parametrize("made", [lost, passing, panned])
def test_what_is_no_pull(made: type, tmp_path: Path) -> None:
    found = of_clip(evidence("focus_plane", made(), tmp_path, rate=RATE))
    assert found["pulls"].value == 0
    assert found["pull_time"].unmeasured == "focus is not pulled"


def test_people_are_told_from_the_rest() -> None:
    looked = [(0.0, ()), (2.0, (head(0.4, 0.4, 0.2),))]
    people = on_people((15, 26), 360, 1.9, looked)
    assert people is not None
    assert people[14, round(0.4 * 360 / BLOCK)] and not people[14, 24] and not people[0].any()
    assert on_people((15, 26), 360, 0.1, looked) is None and on_people((15, 26), 360, 0.1, []) is None


def test_short_rows_hold_no_pull() -> None:
    assert pulls(np.arange(4.0), np.ones((4, 15, 26)), np.ones((4, 15, 26))) == []


@pytest.mark.parametrize(("count", "size"), [(1, SIZE), (30, (16, 16)), (30, SIZE)])
def test_nothing_to_focus_on(count: int, size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("focus_plane", flat(count, (90, 90, 90), *size), tmp_path))
    assert len(found) == len(FocusPlane.measures)
    assert all(e.unmeasured == "too few edges in the picture" for e in found.values())


def test_one_frame_has_a_place_of_focus_and_no_pull(tmp_path: Path) -> None:
    found = of_clip(evidence("focus_plane", [seen(0, 4, *planes())], tmp_path))
    across = found["across"].value
    assert across is not None and across < 0.4
    assert "no shot lasts" in str(found["pulls"].unmeasured)


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "speech/latent_2.mp4", "speech/hdtf_a.mp4"])
def test_a_speaker_is_not_a_pull(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("focus_plane", shared / name, tmp_path)["pulls"] == 0


def test_from_a_real_speaker_to_what_is_beside_them(shared: Path, tmp_path: Path) -> None:
    """Footage of a speaker on the left, textures on the right, and a lens that racks from one to the other."""
    clip = probe(shared / "speech/retalk_1.mp4")
    _, far = planes()

    def made() -> Iterator[RGB]:
        for t in np.arange(55) / RATE:
            speaker = frame_at(clip, t).rgb(SIZE[0])
            middle = speaker.shape[1] // 2
            speaker = speaker[:, max(0, middle - 160) : middle + 160]
            moved = float(np.clip(t - 1.8, 0, 1))
            picture = seen(4, 4 * (1 - moved), far, far)
            picture[:, : speaker.shape[1]] = cv2.GaussianBlur(speaker, (0, 0), max(0.4, 4 * moved))
            yield picture

    found = of_clip(evidence("focus_plane", made(), tmp_path, rate=RATE))
    assert found["pulls"].value == 1
    assert found["to_people"].value is not None and found["to_people"].value < -0.6


@pytest.mark.parametrize("back", [False, True])
def test_a_pull_rendered_on_real_footage(shared: Path, tmp_path: Path, back: bool) -> None:
    """Lens blur along a real person's mask: from the person to the garden behind, and back."""

    def moved(seconds: float) -> float:
        share = float(np.clip(seconds - 2, 0, 1))
        return 1 - share if back else share

    made = pulled(shared / "speech/latent_1.mp4", moved, RATE, seconds=4.5, radius=6)
    found = of_clip(evidence("focus_plane", made, tmp_path, rate=RATE))
    assert found["pulls"].value == 1
    (pull,) = found["pulls"].data["pulls"]
    assert (pull["start"] + pull["end"]) / 2 == pytest.approx(2.5, abs=0.3)
    to_people = found["to_people"].value
    assert to_people is not None and (to_people > 0.7 if back else to_people < -0.7)


def test_a_shallow_focus_that_stays_is_no_pull(shared: Path, tmp_path: Path) -> None:
    made = pulled(shared / "speech/latent_1.mp4", lambda seconds: 0.0, RATE, seconds=3.5, radius=6)
    assert of_clip(evidence("focus_plane", made, tmp_path, rate=RATE))["pulls"].value == 0
