"""--held-out: a judge fitted in this laboratory is read on sources that its fit never saw."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.calibration.fit.data import table
from evalverse.calibration.fit.run import Result, fit_judge
from evalverse.calibration.laboratory.held import held_out
from evalverse.calibration.laboratory.report import report_of
from evalverse.calibration.laboratory.run import Run
from evalverse.tools.operator import operator
from tests.calibration.laboratory.test_report import SEEN, place, rows

SOURCES = 8


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Readings on paper: flicker rises with the strength of its fault, everything else stays as it is."""
    lab = tmp_path_factory.mktemp("lab")
    clean, faulted = rows(SOURCES)
    everything = [*clean, *faulted]
    (lab / "manifest.jsonl").write_text("".join(row.model_dump_json() + "\n" for row in everything))
    draw = np.random.default_rng(3)
    readings = {}
    for row in everything:
        level = 0.3 + (20 * row.strength if row.family == SEEN else 0) + 0.05 * draw.random()
        names = {f"flicker.{m.name}": level for m in operator("flicker").measures}
        readings[row.id] = {"shot_cutter.count": 1.0, **names}
    versions = {row.id: {"flicker": "1", "shot_cutter": "1"} for row in everything}
    return fit_judge(table(lab, readings, versions))


def test_clips_are_scored_by_the_fit_to_other_sources(fitted: Result) -> None:
    scores = held_out(fitted)
    assert (len(scores.faulted), len(scores.clean)) == (6 * SOURCES, SOURCES)
    run = Run(judge="evidence", calibration="c", taxonomy="t", prompts="p", operators={}, passes={})
    report = report_of(scores, run, of_others=True)
    assert report.held_out and not report.fitted_on
    seen = next(r for r in report.responses if r.path == scores.paths[place(SEEN)])
    strong = seen.at("strong")
    assert strong.assessed == 1.0
    assert strong.auc.value is not None and strong.auc.value > 0.95
    assert next(f for f in report.families if f.name == SEEN).noticed is not None


def test_scores_are_those_that_the_fit_reports(fitted: Result) -> None:
    """The fit's own figures on held-out sources and these come from the same answers."""
    scores = held_out(fitted)
    path = scores.paths[place(SEEN)]
    theirs = fitted.scored[path].score
    clips = [clip.row.id for clip in fitted.table.clips]
    mine = dict(zip((row.id for row in scores.faulted), scores.after[:, place(SEEN)], strict=True))
    assert {clips.index(key): value for key, value in mine.items() if np.isfinite(value)} == pytest.approx(
        {clips.index(key): theirs[clips.index(key)] for key in mine if np.isfinite(theirs[clips.index(key)])}
    )


def test_nothing_is_made_up_where_nothing_was_read(fitted: Result) -> None:
    scores = held_out(fitted)
    silent = scores.paths.index("sound-design/vocal/lip-sync")
    assert np.isnan(scores.after[:, silent]).all()
