"""lab make and lab list: what is written, that it is the truth, that it repeats and resumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.faults.bases import Base
from evalverse.calibration.faults.fault import fault_named
from evalverse.calibration.faults.footage import read_take, render
from evalverse.calibration.faults.lab import Order, Row, about, make, read_manifest
from evalverse.cli import cli
from evalverse.errors import EvalVerseError, UnknownName, UsageError
from evalverse.settings import Settings
from tests.calibration.faults._takes import Seen, scene
from tests.synth import travel, write_clip

ORDER = Order(
    seed=5,
    families=("flicker", "hum", "grade-jump", "beat-blind-cutting"),
    strengths=("faint", 0.9),
    per_family=2,
    seconds=2.0,
)
ONE = Settings(workers=1)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips that serve, one that is too small, one that is none."""
    folder = tmp_path_factory.mktemp("footage")
    render(scene(3, (), 60, 144), folder / "one.mp4")
    (folder / "sub").mkdir()
    render(scene(9, (), 60, 144), folder / "sub" / "two.mp4")
    write_clip(folder / "small.mp4", travel(1, 60), 25)
    (folder / "none.mp4").write_text("no film")
    return folder


@pytest.fixture(scope="module")
def made(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(footage, tmp_path_factory.mktemp("lab"), ORDER, ONE).parent


def test_the_manifest_tells_each_clip_and_its_truth(made: Path) -> None:
    rows = read_manifest(made)
    faulted = [r for r in rows if r.family]
    assert len(faulted) == 4 * 2 * 2
    assert {(r.family, r.level) for r in faulted} == {(f, s) for f in ORDER.families for s in ("faint", "0.9")}
    assert {r.source for r in faulted} == {"one.mp4", "sub/two.mp4"}
    assert {r.base for r in rows if r.family is None} == set(Base)
    for row in rows:
        assert row.clip is not None
        assert row.clean is not None
        take = read_take(made / row.clip)
        assert take.seconds == pytest.approx(row.seconds)
        assert (made / row.clean).is_file()
    hum = next(r for r in faulted if r.family == "hum" and r.level == "faint")
    assert hum.truth["mains_hz"] in (50, 60)
    assert (hum.amount, hum.strength) == pytest.approx((4.0, 0.04))


def test_a_single_shot_has_no_joins_for_a_fault_to_be_about() -> None:
    flash, join = fault_named("flash-frame"), "multi-shot/rhythm/cut-motivation/join-is-clean"
    assert join in flash.checks
    assert about(flash, scene(3, (30,), 60, 144)) == flash.checks
    assert about(flash, scene(3, (), 60, 144)) == tuple(c for c in flash.checks if c != join)


def test_sources_that_cannot_serve_are_named_with_the_reason(made: Path) -> None:
    sources = {s["name"]: s["unfit"] for s in map(json.loads, (made / "sources.jsonl").read_text().splitlines())}
    assert "144" in sources["small.mp4"]
    assert "none.mp4" in sources["none.mp4"]
    assert sources["one.mp4"] is sources["sub/two.mp4"] is None


def test_only_the_fault_tells_a_clip_from_its_counterpart(made: Path) -> None:
    def parts(row: Row) -> tuple[Seen, Seen]:
        assert row.clip
        assert row.clean
        return Seen(read_take(made / row.clip)), Seen(read_take(made / row.clean))

    rows = read_manifest(made)
    after, before = parts(next(r for r in rows if r.family == "hum"))
    assert np.array_equal(after.pictures, before.pictures)
    assert not np.array_equal(after.sound, before.sound)
    after, before = parts(next(r for r in rows if r.family == "flicker" and r.level == "0.9"))
    assert np.array_equal(after.sound, before.sound)
    assert np.abs(after.pictures.astype(int) - before.pictures).mean() > 3


def test_a_second_call_makes_nothing_and_a_lost_clip_is_made_again_alike(made: Path, footage: Path) -> None:
    clips = sorted(made.rglob("*.mp4"))
    dates, manifest = {c: c.stat().st_mtime_ns for c in clips}, (made / "manifest.jsonl").read_text()
    make(footage, made, ORDER, ONE)
    assert {c: c.stat().st_mtime_ns for c in clips} == dates
    lost = next(c for c in clips if c.parent.name == "flicker")
    content = lost.read_bytes()
    lost.unlink()
    make(footage, made, ORDER, ONE)
    assert lost.read_bytes() == content
    assert (made / "manifest.jsonl").read_text() == manifest


def test_the_seed_decides_and_other_orders_do_not_mix(made: Path, footage: Path, tmp_path: Path) -> None:
    small = ORDER.model_copy(update={"families": ("hum",), "strengths": ("faint",)})
    again = make(footage, tmp_path / "again", small, ONE).parent
    mine = [r for r in read_manifest(made) if r.family == "hum" and r.level == "faint"]
    theirs = [r for r in read_manifest(again) if r.family == "hum"]
    assert theirs == mine
    assert [(again / r.clip).read_bytes() for r in theirs if r.clip] == [
        (made / r.clip).read_bytes() for r in mine if r.clip
    ]
    with pytest.raises(UsageError, match="another order"):
        make(footage, made, ORDER.model_copy(update={"seed": 6}), ONE)


def test_what_no_source_can_bear_is_a_row_with_the_reason(footage: Path, tmp_path: Path) -> None:
    order = Order(families=("voice-offset", "face-drift"), strengths=("strong",), per_family=1, seconds=1.5)
    rows = [r for r in read_manifest(make(footage, tmp_path, order, ONE).parent) if r.family]
    assert [r.clip for r in rows] == [None, None]
    why = {r.family: r.unfit or "" for r in rows}
    assert "needs speech" in why["voice-offset"]
    assert "face" in why["face-drift"]


def test_a_line_cut_short_is_passed_over(made: Path, tmp_path: Path) -> None:
    text = (made / "manifest.jsonl").read_text()
    (tmp_path / "manifest.jsonl").write_text(text[: len(text) - 40])
    assert len(read_manifest(tmp_path)) == len(text.splitlines()) - 1


def test_families_are_chosen_by_name_group_or_medium() -> None:
    assert [f.name for f in Order(families=("hum",)).chosen()] == ["hum"]
    assert {f.group for f in Order(families=("exposure", "light")).chosen()} == {"exposure", "light"}
    assert {f.medium for f in Order(families=("sound",)).chosen()} >= {"sound"}
    with pytest.raises(UnknownName, match="flicker"):
        Order(families=("fliker",)).chosen()
    with pytest.raises(UsageError, match="strength"):
        Order(strengths=("weak",)).levels()


@pytest.fixture
def evalverse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command, called in an empty folder: exit code, what it prints, and the error."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> tuple[int, str, str]:
        try:
            cli.main(["lab", *map(str, words)], standalone_mode=False)
        except EvalVerseError as error:
            return error.exit_code, capsys.readouterr().out, str(error)
        return 0, capsys.readouterr().out, ""

    return call


def test_lab_list_prints_amounts_and_checks(evalverse: Call) -> None:
    code, out, _ = evalverse("list", "exposure")
    assert code == 0
    assert "0.12 / 0.35 / 1 stops from mean to peak" in out
    assert "cinematography/lens/exposure/no-flicker" in out
    assert len(json.loads(evalverse("list", "--json")[1])) >= 45


def test_lab_make_writes_and_says_where(footage: Path, tmp_path: Path, evalverse: Call) -> None:
    words = ("make", footage, "out", "--families", "hum", "--strengths", "0.5", "--per-family", "1", "--seconds", "1.5")
    code, out, _ = evalverse(*words)
    assert code == 0
    assert "1 faulted clips: out/manifest.jsonl" in out
    made = sorted((row.family or "", str(row.base)) for row in read_manifest(tmp_path / "out"))
    assert made == [("", "shot"), ("", "whole"), ("", "whole"), ("hum", "shot")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "fliker"], "flicker"),
        (["make", "absent", "out"], "absent"),
        (["make", ".", "out"], "no clips"),
        (["make", "{footage}", "out", "--families", "fliker"], "flicker"),
        (["make", "{footage}", "out", "--strengths", "weak"], "weak"),
    ],
)
def test_wrong_calls_end_with_2_and_nothing_written(
    footage: Path, tmp_path: Path, evalverse: Call, words: list[str], said: str
) -> None:
    code, _, err = evalverse(*(w.format(footage=footage) for w in words))
    assert code == 2
    assert said in err
    assert not list(tmp_path.iterdir())
