"""Layout likeness on pictures and clips whose truth is known, and on real footage."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain, pairwise, repeat
from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.likeness.picture_similarity import PictureSimilarity, descriptor
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Scene, Shot
from evalverse.tools.schedule import measure
from tests.synth import flat, gradient_noise, travel, write_clip

RGB = np.ndarray
A, B = gradient_noise(1, 90, 160), gradient_noise(2, 90, 160)


def alike(a: RGB, b: RGB) -> float:
    return float(descriptor(a) @ descriptor(b))


def read(folder: Path, pictures: Iterable[RGB], *cuts: float) -> dict[str, list[Evidence]]:
    """The evidence by measure on a clip of these pictures at 25 fps, whose cuts are given."""
    return read_file(write_clip(folder / "clip.mp4", pictures), folder, *cuts)


def read_file(path: Path, folder: Path, *cuts: float) -> dict[str, list[Evidence]]:
    clip = probe(path)
    subject = PictureSimilarity(clip, Ledger(folder / "ledger"))
    for index, frame in enumerate(frames(clip)):
        if index % 6 == 0:
            subject.see(frame)
    edges = (0.0, *cuts, clip.duration)
    shots = tuple(Shot(i, Span(start=a, end=b)) for i, (a, b) in enumerate(pairwise(edges)))
    found: dict[str, list[Evidence]] = {}
    for item in subject.finish(Scene(clip, subject.ledger, shots=shots)):
        found.setdefault(item.measure.split(".")[1], []).append(item)
    return found


def test_a_picture_is_like_itself_and_unlike_another() -> None:
    assert alike(A, A) == pytest.approx(1)
    assert alike(A, B) < 0.6


def test_likeness_falls_as_another_picture_shines_through() -> None:
    mixed = [alike(A, cv2.addWeighted(A, 1 - share, B, share, 0)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert mixed == sorted(mixed, reverse=True) and mixed[0] - mixed[2] > 0.05


def test_size_and_noise_hardly_matter() -> None:
    assert alike(A, cv2.resize(A, (320, 180), interpolation=cv2.INTER_CUBIC)) > 0.97
    noisy = np.clip(A + np.random.default_rng(0).normal(0, 6, A.shape), 0, 255).astype(np.uint8)
    assert alike(A, noisy) > 0.97


def test_a_small_move_changes_less_than_a_large_one() -> None:
    first, small, large = (picture for i, picture in enumerate(travel(3, 41, pan=(2, 0))) if i in (0, 4, 40))
    assert alike(first, first) > alike(first, small) > alike(first, large) > alike(first, B)


def test_flat_pictures_can_be_compared() -> None:
    black, red = next(flat(1)), next(flat(1, (200, 30, 30)))
    assert alike(black, black) == pytest.approx(1)
    assert alike(black, red) < 0.8


def test_the_cut_between_two_stills_is_no_change(tmp_path: Path) -> None:
    found = read(tmp_path, chain(repeat(A, 25), repeat(B, 25)), 1.0)
    for name in ("frame_frame", "from_first"):
        clip, *shots = found[name]
        assert clip.value == pytest.approx(1, abs=0.01)
        assert [item.scope for item in shots] == [Scope.SHOT, Scope.SHOT]


def test_a_set_up_that_returns_is_found_in_the_matrix(tmp_path: Path) -> None:
    clip, *cuts = read(tmp_path, chain(repeat(A, 25), repeat(B, 25), repeat(A, 25)), 1.0, 2.0)["shot_shot"]
    matrix = np.array(clip.data["matrix"])
    assert matrix.shape == (3, 3) and np.allclose(matrix, matrix.T)
    assert matrix[0, 2] > 0.99 > 0.6 > matrix[0, 1]
    assert clip.value == pytest.approx((matrix[0, 1] + matrix[1, 2]) / 2, abs=0.001)
    assert clip.picture is not None and {round(c.span.start) for c in cuts if c.span} == {1, 2}


def test_a_break_within_a_shot_is_pointed_at(tmp_path: Path) -> None:
    pictures = list(travel(1, 75, pan=(0.5, 0)))
    pictures[36:43] = repeat(B, 7)
    moments = [e for e in read(tmp_path, pictures)["frame_frame"] if e.scope is Scope.MOMENT]
    assert moments and all(e.picture for e in moments)
    assert all(e.span and e.span.start < 1.7 and e.span.end > 1.42 for e in moments)


def test_even_movement_has_no_break(tmp_path: Path) -> None:
    found = read(tmp_path, travel(1, 75, pan=(2, 0.5)))
    assert not [e for e in chain.from_iterable(found.values()) if e.scope is Scope.MOMENT]


def test_one_frame_is_too_little(tmp_path: Path) -> None:
    found = read(tmp_path, [A])
    assert {name: items[0].unmeasured for name, items in found.items()} == {
        "frame_frame": "no shot shows two pictures",
        "from_first": "no shot shows two pictures",
        "shot_shot": "the clip has a single shot",
    }


def test_no_frame_at_all(tmp_path: Path) -> None:
    subject = PictureSimilarity(probe(write_clip(tmp_path / "a.mp4", [A])), Ledger(tmp_path))
    told = list(subject.finish(Scene(subject.clip, subject.ledger)))
    assert [e.unmeasured for e in told] == ["no frame of the picture could be decoded"] * 3


def test_real_footage_has_no_break_and_shots_that_differ(shared: Path, tmp_path: Path) -> None:
    cuts = json.loads((shared / "cuts.json").read_text())["film/sintel.mp4"]["cuts"]
    start = probe(shared / "film" / "sintel.mp4").picture.start  # type: ignore[union-attr]
    found = read_file(shared / "film" / "sintel.mp4", tmp_path, *(start + frame / 25 for frame in cuts))
    assert not [e for name in ("frame_frame", "from_first") for e in found[name] if e.scope is Scope.MOMENT]
    matrix = np.array(found["shot_shot"][0].data["matrix"])
    within = found["frame_frame"][0].value
    assert within is not None and np.median(matrix[~np.eye(len(matrix), dtype=bool)]) < within


def test_the_scheduler_runs_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", travel(1, 25))
    told = measure(probe(path), ["picture_similarity"], Ledger(tmp_path)).evidence["picture_similarity"]
    assert {e.measure for e in told if e.scope is Scope.CLIP} == {
        f"picture_similarity.{m.name}" for m in PictureSimilarity.measures
    }
