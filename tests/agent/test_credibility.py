"""Measured credibility: counted for its own judge and calibration only, told in words, chance withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse import Settings, critique
from evalverse.agent.credibility import LAB, Credibility, Statistic, lookup, read_credibility, told, write_credibility
from evalverse.agent.judges.scripted import ScriptedJudge
from evalverse.errors import BriefError
from evalverse.report.model import State
from tests.synth import write_clip

SUB = "cinematography/lens/exposure"


def row(value: float = 0.93, low: float = 0.88, high: float = 0.97, **fields: Any) -> Credibility:
    given = {"sub_dimension": SUB, "judge": "scripted", "calibration": "none", "truth": LAB} | fields
    return Credibility(
        **{"statistic": Statistic.AUC, "n_clips": 120, "n_sources": 19} | given, value=value, low=low, high=high
    )


def test_in_words() -> None:
    assert told([row()]) == (
        "lab truth: tells its own faults from clean footage with an area under ROC of .93 [.88, .97], 120 clips of "
        "19 sources"
    )
    people = row(-0.12, -0.4, 0.2, statistic=Statistic.SRCC, truth="own ratings", about="temporal quality")
    assert "ranks clips like temporal quality with a correlation of -.12 [-.40, .20]" in told([people])
    several = [row(0.7, 0.6, 0.8, about="medium strength"), people, row(about="strong strength", n_clips=118)]
    assert told(several).split("; ") == [
        "lab truth: tells its own faults from clean footage with an area under ROC of .70 [.60, .80] at medium "
        "strength and .93 [.88, .97] at strong strength, 120 and 118 clips of 19 sources",
        told([people]),
    ]


@pytest.mark.parametrize(
    ("statistic", "value", "low", "high", "chance"),
    [
        (Statistic.AUC, 0.93, 0.88, 0.97, False),
        (Statistic.AUC, 0.55, 0.48, 0.62, True),
        (Statistic.AUC, 0.70, 0.45, 0.90, False),
        (Statistic.AUC, 0.40, 0.30, 0.49, True),
        (Statistic.SRCC, 0.30, 0.05, 0.50, False),
        (Statistic.SRCC, 0.30, -0.01, 0.60, True),
        (Statistic.SRCC, -0.40, -0.60, -0.20, True),
    ],
)
def test_what_counts_as_chance(statistic: Statistic, value: float, low: float, high: float, chance: bool) -> None:
    assert row(value, low, high, statistic=statistic).is_chance is chance


def test_only_the_same_judge_and_calibration_count() -> None:
    rows = [row(), row(judge="other"), row(calibration="2"), row(sub_dimension="sound-design/vocal/lip-sync")]
    assert lookup(rows, SUB, "scripted", "none") == (rows[0],)


def test_a_file_takes_new_rows_and_replaces_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    write_credibility(file, [row(), row(truth="own ratings")])
    write_credibility(file, [row(0.5, 0.4, 0.6)])
    assert {(r.truth, r.value) for r in read_credibility(file)} == {(LAB, 0.5), ("own ratings", 0.93)}
    file.write_text('[{"judge": "x"}]')
    with pytest.raises(BriefError, match="sub_dimension"):
        read_credibility(file)
    with pytest.raises(BriefError, match=r"none\.json"):
        read_credibility(tmp_path / "none.json")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    picture = np.kron(np.random.default_rng(3).integers(0, 255, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", [np.roll(picture, k, 1) for k in range(24)], 24)


@pytest.mark.parametrize("found", [row(), row(0.52, 0.4, 0.6), row(0.52, 0.4, 0.6, calibration="another")])
def test_a_critique_tells_it_and_withholds_chance(film: Path, tmp_path: Path, found: Credibility) -> None:
    write_credibility(tmp_path / "own.json", [found])
    judge = ScriptedJudge(lambda case, check: 0.1 if check.path.startswith(SUB) else None)
    settings = Settings.load(cache_dir=tmp_path / "cache", credibility_file=tmp_path / "own.json")
    report = critique(film, judge=judge, settings=settings)
    verdict = report.verdict(SUB)
    problems = [f for f in report.findings if f.check.startswith(SUB)]
    if found.calibration == "another":
        assert (verdict.state, verdict.credibility) == (State.SCORED, "not measured")
    elif found.is_chance:
        assert (verdict.state, verdict.score) == (State.NOT_ASSESSABLE, None)
        assert "no better than chance (lab truth" in verdict.why
        assert not problems
        assert any(s.what == SUB and "chance" in s.why for s in report.skipped)
    else:
        assert verdict.state is State.SCORED
        assert verdict.credibility == told([found])
        assert problems
    unheeding = settings.model_copy(update={"credibility": False})
    assert critique(film, judge=judge, settings=unheeding).verdict(SUB).state is State.SCORED
