"""lab report: what a run shows, as a model that the renderings share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evalverse.agent.credibility import LAB, Credibility, Statistic
from evalverse.agent.judges.fitted import packaged
from evalverse.calibration.laboratory.held import held_out
from evalverse.calibration.laboratory.response import (
    Family,
    Response,
    Unrelated,
    families,
    lost,
    middle_of,
    responses,
    unrelated,
)
from evalverse.calibration.laboratory.run import Run, run_file
from evalverse.calibration.laboratory.scores import Scores, read_scores
from evalverse.errors import UsageError
from evalverse.prompts import version as prompts_version
from evalverse.taxonomy import load

MAIN = "medium"
"""The strength at which a laboratory is summed up: what a reviewer notes unprompted."""


class LabReport(BaseModel):
    """Sensitivity and specificity of one judge in one laboratory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Run
    levels: tuple[str, ...]
    main: str = Field(description="the level that the summary speaks of")
    faulted_clips: int
    clean_clips: int
    failed_clips: int
    sources: tuple[str, ...] = Field(description="names of the clips that all others were made from")
    fitted_on: tuple[str, ...] = Field((), description="those of them that the judge was fitted to")
    held_out: bool = Field(False, description="each clip was scored by a fit to the other sources")
    responses: tuple[Response, ...]
    families: tuple[Family, ...]
    unrelated: tuple[Unrelated, ...]
    lost: float | None = Field(description="share of clean clips' scores that are gone in the faulted clip")
    median_auc: float | None = Field(description="over sub-dimensions with own faults and a score, at the main level")
    median_paired: float | None = Field(description="the same of the share that scores below its own clean clip")
    no_fault: tuple[str, ...] = Field(description="sub-dimensions that no fault of this laboratory is about")
    no_measure: tuple[str, ...] = Field(description="sub-dimensions without any check that an operator speaks to")
    never_scored: tuple[str, ...] = Field(description="sub-dimensions without a single score here")

    @property
    def scored(self) -> tuple[Response, ...]:
        """Responses with an area under ROC at the main level."""
        return tuple(r for r in self.responses if r.at(self.main).auc.value is not None)

    @property
    def unnoticed(self) -> tuple[Family, ...]:
        """Families that none of their own sub-dimensions reacts to, at no strength."""
        return tuple(f for f in self.families if f.noticed is None)

    @property
    def main_unrelated(self) -> Unrelated:
        return next(u for u in self.unrelated if u.level == self.main)


def lab_report(lab: Path, judge: str) -> LabReport:
    """The report of ``judge`` on ``lab``. Raises UsageError when it was not run."""
    note = run_file(lab, judge)
    if not note.is_file():
        raise UsageError(f"{note} is not there; make it with: evalverse lab run {lab} --judge {judge}")
    return report_of(read_scores(lab, judge), Run.model_validate_json(note.read_text(encoding="utf-8")))


def held_out_report(lab: Path) -> LabReport:
    """The report of the evidence judge, fitted anew for each clip to the sources that it was not made from.

    Raises:
        UsageError: ``lab`` was not measured.
    """
    from evalverse.calibration.fit.data import read
    from evalverse.calibration.fit.run import fit_judge

    fitted = fit_judge(read(lab))
    run = Run(
        judge=fitted.calibration.judge,
        calibration=fitted.calibration.id,
        taxonomy=fitted.calibration.taxonomy,
        prompts=prompts_version(),
        operators=dict(fitted.table.versions),
        passes={},
    )
    return report_of(held_out(fitted), run, of_others=True)


def report_of(scores: Scores, run: Run, *, of_others: bool = False) -> LabReport:
    """The report on ``scores``; ``of_others`` says that each came from a fit to the other sources."""
    found = responses(scores)
    main = MAIN if MAIN in scores.levels else scores.levels[len(scores.levels) // 2]
    faulted = {r.path for r in found}
    any_score = np.isfinite(np.concatenate([scores.before, scores.after])).any(0).tolist()
    return LabReport(
        run=run,
        levels=scores.levels,
        main=main,
        faulted_clips=len(scores.faulted),
        clean_clips=len(scores.clean),
        failed_clips=scores.failed,
        sources=tuple(sorted({row.source for row in scores.faulted})),
        fitted_on=() if of_others else _fitted_on(scores, run),
        held_out=of_others,
        responses=tuple(found),
        families=tuple(families(scores)),
        unrelated=tuple(unrelated(scores)),
        lost=lost(scores),
        median_auc=middle_of(r.at(main).auc.value for r in found),
        median_paired=middle_of(r.at(main).paired.value for r in found),
        no_fault=tuple(path for path in scores.paths if path not in faulted),
        no_measure=tuple(s.path for s in load().subdimensions() if not any(c.operators for c in s.checks)),
        never_scored=tuple(path for path, some in zip(scores.paths, any_score, strict=True) if not some),
    )


def _fitted_on(scores: Scores, run: Run) -> tuple[str, ...]:
    fitted = packaged()
    if fitted is None or run.calibration != fitted.id:
        return ()
    seen = set(fitted.sources.values())
    return tuple(sorted({row.source for row in scores.faulted if row.source_sha256 in seen}))


def credibility_of(report: LabReport) -> list[Credibility]:
    """What the report shows of each sub-dimension's credibility where there are sources enough for an interval: a row
    for faults that a reviewer notes unprompted, and one for faults that any viewer objects to.

    Raises:
        UsageError: the judge was fitted to these very sources.
    """
    if report.fitted_on:
        raise UsageError("the judge was fitted to these clips, which shows nothing; report with --held-out")
    if report.run.judge is None:
        return []
    plain = report.levels[report.levels.index(report.main) :]
    return [row for level in plain for response in report.scored if (row := _credibility(report, response, level))]


def _credibility(report: LabReport, response: Response, name: str) -> Credibility | None:
    level = response.at(name)
    auc, judge = level.auc, report.run.judge
    if auc.value is None or auc.low is None or auc.high is None or judge is None:
        return None
    return Credibility(
        sub_dimension=response.path,
        judge=judge,
        calibration=report.run.calibration or "none",
        truth=LAB,
        statistic=Statistic.AUC,
        value=auc.value,
        low=auc.low,
        high=auc.high,
        n_clips=round(level.assessed * level.clips) + response.clean_clips,
        n_sources=response.sources,
        about=f"{name} strength",
    )
