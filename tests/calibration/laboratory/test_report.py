"""lab report on made-up scores whose truth is known: what is noticed, what is not, and what moves besides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evalverse.agent.credibility import read_credibility
from evalverse.agent.credibility import told as in_words
from evalverse.calibration.credibility.rank import Values
from evalverse.calibration.faults.fault import LEVELS, Medium, fault_named
from evalverse.calibration.faults.lab import Base, Row
from evalverse.calibration.laboratory.page import html
from evalverse.calibration.laboratory.report import LabReport, credibility_of, report_of
from evalverse.calibration.laboratory.run import Run
from evalverse.calibration.laboratory.scores import Scores, own_paths, read_scores
from evalverse.calibration.laboratory.write import write
from evalverse.cli import cli
from evalverse.errors import UsageError
from evalverse.taxonomy import load

PATHS = tuple(sub.path for sub in load().subdimensions())
SEEN, BLIND = "flicker", "camera-shake"
"""A family that the made-up judge notices, and one that it does not."""
NAN = float("nan")
RUN = Run(judge="made-up", calibration="none", taxonomy="t", prompts="p", operators={}, passes={})


def place(family: str) -> int:
    """The first sub-dimension that a family is about."""
    return PATHS.index(own_paths(fault_named(family).checks)[0])


def rows(sources: int) -> tuple[list[Row], list[Row]]:
    clean, faulted = [], []
    for n in range(sources):
        where = {"source": f"s{n}.mp4", "source_sha256": str(n), "base": Base.SHOT, "clean": f"clean/{n}.mp4"}
        clean.append(Row(id=f"clean-{n}", clip=f"clean/{n}.mp4", **where))
        for family in (SEEN, BLIND):
            fault = fault_named(family)
            for level in LEVELS:
                faulted.append(
                    Row(
                        id=f"{family}-{n}-{level}",
                        clip=f"{family}/{n}-{level}.mp4",
                        family=family,
                        medium=Medium.PICTURE,
                        level=level,
                        strength=fault.amount.strengths()[level],
                        checks=fault.checks,
                        **where,
                    )
                )
    return clean, faulted


def scores(sources: int = 8, fall: tuple[float, ...] = (0.0, 0.3, 0.6), stray: float = 0.0) -> Scores:
    """All score about 0.9; the seen family's own fall by ``fall``, and by ``stray`` one that it is not about."""
    clean, faulted = rows(sources)
    draw = np.random.default_rng(1)
    level = 0.9 + 0.02 * draw.standard_normal((sources, len(PATHS)))
    after = np.repeat(level, 6, axis=0)
    for f, row in enumerate(faulted):
        if row.family == SEEN:
            after[f, [PATHS.index(path) for path in own_paths(row.checks)]] -= fall[LEVELS.index(row.level or "")]
            after[f, place(BLIND)] -= stray
    return Scores(PATHS, tuple(faulted), tuple(clean), after, level)


@pytest.fixture(scope="module")
def seen() -> LabReport:
    return report_of(scores(), RUN)


def test_footage_that_differs_hides_a_fault_but_not_beside_its_own_clip() -> None:
    """Scores of clean clips lie far apart; each fault takes off less than that, but always something."""
    made, spot = scores(), place(SEEN)
    apart = np.linspace(0.2, 0.9, len(made.clean))
    before, after = made.before.copy(), made.after.copy()
    mine = np.array([row.family == SEEN for row in made.faulted])
    before[:, spot], after[:, spot] = apart, np.repeat(apart, 6) - 0.03 * mine
    found = report_of(Scores(made.paths, made.faulted, made.clean, after, before), RUN)
    level = next(r for r in found.responses if r.path == PATHS[spot]).at("medium")
    assert level.paired.value == level.paired.low == 1.0
    assert level.auc.value is not None and 0.5 < level.auc.value < 0.75


def test_scores_that_stay_are_chance_beside_their_own_clip(seen: LabReport) -> None:
    response = next(r for r in seen.responses if r.path == PATHS[place(BLIND)])
    assert response.at("strong").paired.value == 0.5


def test_a_noticed_fault(seen: LabReport) -> None:
    response = next(r for r in seen.responses if r.path == PATHS[place(SEEN)])
    assert [response.at(level).auc.value for level in LEVELS[1:]] == [1.0, 1.0]
    faint = response.at("faint").auc
    assert faint.value == 0.5
    assert faint.low is not None and faint.high is not None and faint.low <= 0.5 <= faint.high
    assert response.noticed == "medium"
    assert response.spearman.value is not None and response.spearman.value > 0.9
    assert [level.drop for level in response.levels] == pytest.approx([0.0, 0.3, 0.6], abs=1e-3)
    family = next(f for f in seen.families if f.name == SEEN)
    assert (family.noticed, family.by) == ("medium", family.own)
    assert not family.others


def test_a_fault_that_nobody_notices(seen: LabReport) -> None:
    assert [family.name for family in seen.unnoticed] == [BLIND]
    response = next(r for r in seen.responses if r.path == PATHS[place(BLIND)])
    assert response.at("strong").auc.value == 0.5
    assert response.noticed is None


def test_unrelated_sub_dimensions_that_move_are_counted() -> None:
    still, moving = report_of(scores(), RUN), report_of(scores(stray=0.4), RUN)
    assert still.main_unrelated.moved == 0.0
    # of 16 clips at this strength 8 move one sub-dimension that they are not about
    assert moving.main_unrelated.moved == pytest.approx(8 / moving.main_unrelated.pairs, abs=1e-4)
    assert PATHS[place(BLIND)] in next(f for f in moving.families if f.name == SEEN).others


def test_small_moves_within_what_clean_clips_differ_by_are_told_apart() -> None:
    found = scores(stray=0.2)
    found.before[::2, place(BLIND)] -= 0.5  # clean footage differs more than the fault moves it
    spread = Scores(found.paths, found.faulted, found.clean, found.after, found.before)
    beside = report_of(spread, RUN).main_unrelated
    assert beside.moved == 0.0
    assert beside.moved_plainly is not None and beside.moved_plainly > 0


def without(found: Scores, path: int, every: int) -> Values:
    after = found.after.copy()
    after[::every, path] = NAN
    return after


def test_missing_scores_are_left_out_and_their_share_is_told() -> None:
    found, s = scores(), place(SEEN)
    gone = report_of(Scores(found.paths, found.faulted, found.clean, without(found, s, 1), found.before), RUN)
    response = next(r for r in gone.responses if r.path == PATHS[s])
    assert response.at("medium").auc.value is None
    assert response.at("medium").assessed == 0.0
    assert gone.lost == pytest.approx(1 / len(PATHS), abs=1e-3)
    half = report_of(Scores(found.paths, found.faulted, found.clean, without(found, s, 5), found.before), RUN)
    level = next(r for r in half.responses if r.path == PATHS[s]).at("medium")
    assert 0 < level.assessed < 1
    assert level.auc.value == 1.0


def test_intervals_come_from_sources_not_from_clips() -> None:
    noisy = scores(6, fall=(0.0, 0.02, 0.6))
    few = next(r for r in report_of(noisy, RUN).responses if r.path == PATHS[place(SEEN)]).at("medium").auc
    assert few.low is not None and few.high is not None and few.value is not None
    assert few.low < few.value < few.high
    two = next(r for r in report_of(scores(2), RUN).responses if r.path == PATHS[place(SEEN)]).at("medium").auc
    assert (two.value, two.low) == (1.0, None)


def test_credibility_is_that_of_faults_that_show_unprompted(seen: LabReport) -> None:
    told = [row for row in credibility_of(seen) if row.sub_dimension == PATHS[place(SEEN)]]
    assert [row.about for row in told] == ["medium strength", "strong strength"]
    assert not any(row.is_chance for row in told)
    assert {row.n_clips for row in told} == {16}
    assert "at medium strength" in in_words(told[:1])
    assert all(row.is_chance for row in credibility_of(seen) if row.sub_dimension == PATHS[place(BLIND)])
    with pytest.raises(UsageError, match="held-out"):
        credibility_of(seen.model_copy(update={"fitted_on": ("s0.mp4",)}))


def test_the_page_tells_sensitivity_and_specificity(seen: LabReport, tmp_path: Path) -> None:
    page = html(seen)
    assert "median area under ROC of" in page
    assert f'title="{SEEN} &gt; Exposure (its own): faint .00, medium .30, strong .60"' in page
    assert page.count('class="own"') + page.count('class="own none"') == sum(len(f.own) for f in seen.families)
    assert f"<b>{BLIND}</b>" in page.split('id="plainly"')[1]
    write(seen, tmp_path)
    assert LabReport.model_validate_json((tmp_path / "lab.json").read_text()) == seen
    assert f"| {SEEN} | **" in (tmp_path / "lab.md").read_text()


def test_text_from_a_lab_is_escaped(seen: LabReport) -> None:
    hostile = seen.model_copy(update={"sources": ("<script>alert(1)</script>",)})
    assert "<script>alert" not in html(hostile)


def test_the_command_on_a_real_run(lab: Path, done: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    file = tmp_path / "credibility.json"
    words = ["lab", "report", str(lab), "--out", str(tmp_path), "--credibility", str(file)]
    cli.main(words, standalone_mode=False)
    assert "families of faults are noticed" in capsys.readouterr().out
    told = json.loads((tmp_path / "lab.json").read_text())
    assert {f["name"] for f in told["families"]} == {"flicker", "hum"}
    assert read_credibility(file) == ()  # two sources give no interval
    found = read_scores(lab, "evidence")
    assert found.after.shape == (8, 45)
    cli.main([*words[:5], "--held-out"], standalone_mode=False)
    assert "never by one that had seen its source" in capsys.readouterr().out
    assert json.loads((tmp_path / "lab.json").read_text())["faulted_clips"] == 8
    with pytest.raises(UsageError, match="lab run"):
        cli.main(["lab", "report", str(tmp_path)], standalone_mode=False)
    with pytest.raises(UsageError, match="held-out"):
        cli.main(["lab", "report", str(lab), "--held-out", "--judge", "scripted:x"], standalone_mode=False)
