"""A user's ratings: what is read from the file, and what agreement comes of scores whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.agent.credibility import read_credibility
from evalverse.agent.credibility import told as in_words
from evalverse.calibration.credibility.markdown import markdown
from evalverse.calibration.credibility.rank import spearman
from evalverse.calibration.credibility.ratings import Ratings, read_ratings
from evalverse.calibration.credibility.study import Study, credibility_of, study
from evalverse.cli import cli
from evalverse.errors import UsageError
from tests.synth import write_clip

GOOD, BLIND, SAME, RARE = (
    "cinematography/lens/exposure",
    "cinematography/lens/focus",
    "aesthetics/visual-quality/rendering-quality",
    "sound-design/vocal/lip-sync",
)
GROUPS, EACH = 10, 5


def table(folder: Path, text: str, *clips: str) -> Path:
    for clip in clips:
        (folder / clip).write_bytes(b"")
    (folder / "r.csv").write_text(text)
    return folder / "r.csv"


def test_cells_with_several_raters_groups_and_prompts(tmp_path: Path) -> None:
    file = table(tmp_path, "clip,set_id,says,q,r\na,1,x,4 3 5,2\nb,2,,1;2,3\n", "a", "b")
    found = read_ratings(file, tmp_path, group="set_id", prompt="says")
    assert list(found.columns) == ["q", "r"]
    assert found.columns["q"].shape == (2, 3)
    assert found.mean("q").tolist() == [4.0, 1.5]
    assert found.group.tolist() == ["1", "2"]
    assert found.prompts == ("x", None)
    alone = read_ratings(file, tmp_path, ["r"])
    assert not alone.grouped and len(set(alone.group.tolist())) == 2
    assert [path.name for path in read_ratings(file, tmp_path, without={"set_id": "1"}).clips] == ["b"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("clip,q\n", {}, "no ratings"),
        ("clip,q\na,1\n", {"columns": ["quality"]}, "no column quality; it has clip, q"),
        ("clip,q\na,1\n", {"clip": "file"}, "no column file"),
        ("clip,q\nb,1\n", {}, "not there"),
        ("clip,q\na,good\n", {"columns": ["q"]}, "line 2: q holds 'good'"),
        ("clip,q\na,good\n", {}, "no ratings to compare"),
    ],
)
def test_wrong_files_say_what_is_wrong(tmp_path: Path, text: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_ratings(table(tmp_path, text, "a"), tmp_path, **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="cannot be read"):
        read_ratings(tmp_path / "absent.csv", tmp_path)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    """Three raters who agree; groups differ in level."""
    draw = np.random.default_rng(1)
    group = np.repeat(np.arange(GROUPS), EACH).astype(str)
    level = np.repeat(draw.normal(size=GROUPS), EACH)
    truth = level + draw.normal(size=GROUPS * EACH)
    rated = np.clip(np.round(3 + truth[:, None] + 0.3 * draw.normal(size=(len(truth), 3))), 1, 5)
    return Ratings(
        tuple(Path(str(k)) for k in range(len(truth))), {"quality": rated}, group, True, (None,) * len(truth)
    )


@pytest.fixture(scope="module")
def found(ratings: Ratings) -> Study:
    draw = np.random.default_rng(2)
    truth = ratings.mean("quality")
    some = np.where(np.arange(len(truth)) < 6, truth, np.nan)
    good = np.round(1 / (1 + np.exp(3 - truth)) + 0.03 * draw.normal(size=len(truth)), 4)
    scores = {GOOD: good, BLIND: draw.uniform(size=len(truth)), SAME: np.full(len(truth), 0.5), RARE: some}
    return study(ratings, scores, ("made-up", "none"))


def row(found: Study, path: str):  # type: ignore[no-untyped-def]
    return next(a for a in found.agreements if a.path == path)


def test_a_judge_that_sees_agrees_overall_and_within(found: Study) -> None:
    good = row(found, GOOD)
    assert good.srcc.value > 0.8 and good.srcc_within.value > 0.7 and good.plcc.value > 0.8
    assert good.srcc.low < good.srcc.value < good.srcc.high
    assert good.pairs_decided > 0.9 and good.pairs_within > 0.85
    assert good.pairs < good.pairs_decided  # raters tie, a fine score does not


def test_a_blind_judge_does_not(found: Study) -> None:
    blind = row(found, BLIND)
    assert blind.srcc_within.low < 0 < blind.srcc_within.high
    assert abs(blind.srcc.value) < found.people[0].luck < row(found, GOOD).srcc.value


def test_nothing_is_said_of_too_few_or_constant_scores(found: Study) -> None:
    assert (row(found, RARE).scored, row(found, RARE).srcc.value) == (6, None)
    assert "fewer than" in row(found, RARE).why
    assert row(found, SAME).why == "the same score for every clip"


def test_aspects_are_the_mean_of_what_was_scored(found: Study) -> None:
    assert row(found, "cinematography").scored == GROUPS * EACH
    assert 0.2 < row(found, "cinematography").srcc.value < row(found, GOOD).srcc.value


def test_the_whole_is_the_mean_of_all_that_was_scored(ratings: Ratings) -> None:
    truth = ratings.mean("quality")
    half = truth / 2
    told = study(ratings, {GOOD: truth, BLIND: half[::-1].copy()}, ("made-up", "none"))
    whole = row(told, "whole")
    expected = spearman((truth + half[::-1]) / 2, truth)
    assert whole.srcc.value == pytest.approx(expected, abs=1e-4)
    assert f"| ALL SUB-DIMENSIONS | {len(truth)} | {expected:+.2f}" in markdown(told)


def test_raters_agree_among_themselves(found: Study) -> None:
    (people,) = found.people
    assert people.raters == 3
    assert people.alpha is not None and people.alpha > 0.8
    assert people.one_against_others is not None and people.one_against_others > 0.8


def test_credibility_needs_to_know_what_the_ratings_speak_of(found: Study) -> None:
    (told,) = credibility_of(found, {"quality": GOOD}, "own ratings")
    assert (told.sub_dimension, told.n_sources, told.is_chance) == (GOOD, GROUPS, False)
    assert "ranks clips like quality" in in_words([told])
    assert credibility_of(found, {"quality": BLIND}, "own ratings")[0].is_chance
    assert not credibility_of(found, {}, "own ratings")


def test_the_page_names_what_nothing_is_said_of(found: Study) -> None:
    page = markdown(found)
    assert "| Exposure | 50 | +0." in page
    assert "Nothing said, the same score for every clip: Rendering Quality (50)" in page


def test_single_operators_are_compared_alike(ratings: Ratings) -> None:
    truth = ratings.mean("quality")
    told = study(ratings, {GOOD: truth}, ("made-up", "none"), readings={"flicker.luma_flicker": -truth})
    (single,) = told.readings
    assert single.srcc.value == pytest.approx(-1.0)
    assert "| `flicker.luma_flicker` | 50 | -1.00" in markdown(told)


def test_the_command_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve clips of noise that flickers more and more, rated by how still they are."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(5)
    lines = ["clip,take,stillness"]
    for k in range(12):
        wall = np.kron(draw.integers(60, 180, (9, 12, 3)), np.ones((8, 8, 1)))
        shake = draw.choice([-1.0, 1.0], 24) * 2.5 * k
        write_clip(tmp_path / f"{k}.mp4", [np.clip(wall + s, 0, 255).astype(np.uint8) for s in shake], 24)
        lines.append(f"{k}.mp4,{k % 4},{-k}")
    (tmp_path / "r.csv").write_text("\n".join(lines))
    words = ["credibility", "--ratings", "r.csv", "--clips", ".", "--group", "take", "--workers", "1"]
    column = ["--column", "stillness=lens/exposure", "--credibility", "own.json", "--truth", "made-up ratings"]
    cli.main([*words, *column], standalone_mode=False)
    out = capsys.readouterr().out
    assert "Exposure" in out and "own.json: 1 rows, 0 no better than chance" in out
    told = Study.model_validate_json((tmp_path / "credibility" / "credibility.json").read_text())
    exposure = row(told, GOOD)
    assert exposure.scored == 12 and exposure.srcc.value > 0.6
    (noted,) = read_credibility(tmp_path / "own.json")
    assert (noted.truth, noted.n_clips) == ("made-up ratings", 12)
    with pytest.raises(UsageError, match="NAME=PATH"):
        cli.main([*words, "--credibility", "own.json"], standalone_mode=False)
    with pytest.raises(UsageError, match="WxH"):
        cli.main([*words, "--size", "big"], standalone_mode=False)
