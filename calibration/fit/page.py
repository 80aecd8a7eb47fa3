"""The page on the evidence judge: how it was fitted, on what, and how it does on footage that it never saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median

import numpy as np

from evalverse.agent.judges.fitted import ENOUGH
from evalverse.agent.judges.rule import GROSS
from evalverse.calibration.fit import additive, choose, conform, held, sample
from evalverse.calibration.fit.choose import Choice
from evalverse.calibration.fit.data import TRUTH
from evalverse.calibration.fit.run import Result
from evalverse.calibration.fit.verdicts import Scored, moved, separations
from evalverse.taxonomy import load

MOVED = 0.1
"""A score that differs by more from that of the clean clip counts as moved."""


def page(result: Result) -> str:
    """Markdown."""
    table, calibration = result.table, result.calibration
    clean = sum(c.clean for c in table.clips)
    families = {c.row.family for c in table.clips if c.row.family}
    by = {kind: [c for c in result.choices.values() if c.by == kind] for kind in ("fit", "curves", "nothing")}
    areas = {path: separations(table, of) for path, of in result.scored.items()}
    numbers = {
        "id": calibration.id,
        "clips": len(table.clips),
        "clean": clean,
        "faulted": len(table.clips) - clean,
        "families": len(families),
        "sources": len(calibration.sources),
        "seed": calibration.seed,
        "manifest": calibration.manifest[:16],
        "faint": TRUTH["faint"],
        "medium": TRUTH["medium"],
        "knots": len(additive.KNOTS),
        "clean_share": f"{additive.CLEAN:.0%}",
        "ridge": additive.RIDGE,
        "lasso": additive.LASSO,
        "folds": held.FOLDS,
        "enough": "half" if ENOUGH == 0.5 else f"{ENOUGH:.0%}",
        "alarms": f"{held.FALSE_ALARMS:.0%}",
        "least": choose.LEAST,
        "one_family": choose.ONE_FAMILY,
        "worse": choose.WORSE,
        "chance": choose.CHANCE,
        "gross": GROSS,
        "few": sample.SOURCES,
        "nominal": f"{conform.NOMINAL:.0%}",
        "fitted": len(by["fit"]),
        "kept": len(by["curves"]),
        "silent": len(by["nothing"]),
    }
    parts = [
        HEAD.format(**numbers),
        *([STALE.format(names=", ".join(f"`{name}`" for name in table.stale))] if table.stale else []),
        "## At a glance\n",
        _glance(result, areas, by["fit"]),
        "## Sub-dimensions\n",
        SUBS,
        _subs(result, areas),
        "## Checks that are fitted\n",
        CHECKS,
        _checks(by["fit"]),
        "## Checks left to their documented curves\n",
        _rest(by["curves"]),
        "## Checks that the laboratory has faults for and no reading tells\n",
        _rest(by["nothing"]),
        "## Checks with faults in the laboratory that too few readings speak to\n",
        "".join(f"- `{path}`\n" for path in _unheard(result)) or "None.\n",
        FOOT,
    ]
    return "\n".join(parts)


def _glance(result: Result, areas: Mapping[str, Mapping[str, float]], fitted: list[Choice]) -> str:
    known = {k: [a[k] for a in areas.values() if not np.isnan(a[k])] for k in TRUTH}
    rows = [
        (f"area under ROC of a sub-dimension, {level} faults: median of {len(found)}", f"{median(found):.3f}")
        for level, found in known.items()
        if found
    ]
    named = {path.rsplit("/", 1)[0] for c in result.table.clips for path in c.row.checks}
    bearing = [sub.path for sub in load().subdimensions() if sub.path in named]
    rows += [
        (
            "sub-dimensions with faults here; of these with a score that a fault can move",
            f"{len(bearing)}; {len(areas)}",
        ),
        (
            f"sub-dimensions at {choose.GOOD} and more, medium faults",
            f"{sum(a >= choose.GOOD for a in known['medium'])} of {len(known['medium'])}",
        ),
        (
            f"unrelated sub-dimensions that a fault moves by more than {MOVED}",
            f"{moved(result.table, result.scored, MOVED):.1%}",
        ),
    ]
    if fitted:
        figures = [c.figures for c in fitted]
        curves = [f for f in figures if f.auroc_curve is not None]
        rows += [
            ("fitted checks, area under ROC: median", f"{median(f.auroc for f in figures):.3f}"),
            ("the best single reading for the same, fitted alike", _median(f.auroc_single for f in figures)),
            (
                f"of these with curves ({len(curves)}): curves, fit",
                f"{_median(f.auroc_curve for f in curves)}, {_median(f.auroc for f in curves)}",
            ),
            ("calibration error: median", f"{median(f.calibration_error for f in figures):.3f}"),
            (
                "clean clips of other sources answered below one half: mean",
                f"{np.mean([f.false_alarms for f in figures]):.1%}",
            ),
            (
                "share of the nine-in-ten intervals of answers that hold the truth: mean",
                f"{np.mean([f.coverage for f in figures]):.3f}",
            ),
        ]
    spreads = [s.coverage for s in result.calibration.verdicts.values()]
    rows.append(("the same of verdicts: mean", f"{np.mean(spreads):.3f}" if spreads else "none"))
    return _table(("held-out sources", ""), rows)


def _subs(result: Result, areas: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        (
            f"`{path}`",
            *(_area(areas[path][level]) for level in TRUTH),
            _share(result, of),
            f"{result.calibration.verdicts[path].coverage:.2f}",
            ", ".join(f"±{b.off:.2f} up to {b.up_to:g}" for b in result.calibration.verdicts[path].bands),
        )
        for path, of in result.scored.items()
    ]
    return _table(("sub-dimension", *TRUTH, "faulted clips scored", "coverage", "interval of a score"), rows)


def _share(result: Result, of: Scored) -> str:
    """How many clips with a fault of the sub-dimension got a score."""
    own = result.table.mask(lambda c: any(path.startswith(of.sub.path + "/") for path in c.row.checks))
    return f"{int((own & of.there).sum())} of {int(own.sum())}"


def _checks(fitted: list[Choice]) -> str:
    rows = [
        (
            f"`{c.held.check.path}`",
            f"{c.figures.auroc:.2f} [{c.figures.auroc_low:.2f}, {c.figures.auroc_high:.2f}]",
            _area(c.figures.auroc_curve),
            _area(c.figures.auroc_single),
            f"{c.figures.calibration_error:.2f}",
            f"{c.figures.false_alarms:.0%} of {c.figures.clean}",
            f"{c.figures.coverage:.2f}",
            f"{c.figures.faulted} of {c.figures.sources}",
            ", ".join(f"`{line.reading}`" for line in sorted(c.held.model.lines, key=lambda line: -line.reach)[:4]),
        )
        for c in fitted
    ]
    names = ("check", "area under ROC", "curves", "one reading", "calibration error", "false alarms", "coverage")
    return _table((*names, "faulted clips of sources", "readings, the strongest first"), rows)


def _rest(choices: list[Choice]) -> str:
    return _table(("check", "why"), [(f"`{c.held.check.path}`", c.why) for c in choices]) if choices else "None.\n"


def _unheard(result: Result) -> list[str]:
    """Checks that a fault of this laboratory names, without an operator or on too few sources."""
    named = {path for c in result.table.clips for path in c.row.checks}
    return [c.path for c in load().checks() if c.path in named and c.path not in result.choices]


def _median(values: Iterable[float | None]) -> str:
    found = [v for v in values if v is not None]
    return f"{median(found):.3f}" if found else "none"


def _area(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.2f}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


HEAD = """# The evidence judge

Written by `evalverse lab fit --page`; do not edit.

The offline default judge sees no picture. It reads what the operators measured and answers a check by a rule: a
**fitted** one, where the laboratory has faults for the check and the fit proved itself on footage that it had not
seen; else a **documented curve** (`agent/judges/curves/`); else it says that it cannot. A rule that weighs several
readings tells which of them cost the answer how much, and cites them.

This page is about calibration `{id}`.

    evalverse lab make CLIPS_DIR LAB_DIR             # clips with known faults
    evalverse lab run LAB_DIR                        # what the operators read on them
    evalverse lab fit LAB_DIR --out FILE             # the calibration, and with --page this page
    evalverse critique CLIP --judge evidence:FILE    # a calibration of one's own

## What it was fitted on

{clips} clips: {clean} clean ones of {sources} sources and {faulted} with one known fault each, of {families} families
(manifest {manifest}, seed {seed}). No rating by people was used. The truth of a check is 1 on footage without a fault,
{faint} under a faint one that names the check, {medium} under a medium and 0 under a strong one: a convention, after
who would notice (a trained eye that is told to look, a reviewer unprompted, any viewer). A clip with a fault that
names another check of the same sub-dimension is left out; clips with any other fault count as whole, so that a rule
learns to hold its peace about them.

## How

- **Kinds.** Each family of faults that names the check and that enough sources bear is a kind of its own, all other
  families together are another. Each kind has its own model; the worst one makes the answer, which names it.
- **Form.** The log-odds of a kind are a start plus one broken line per reading of the operators that the check names.
  A line is zero up to what {clean_share} of the clean clips stay within, rises towards the side that the measure's
  direction calls worse (to both sides, where it only describes), bends at {knots} quantiles, and is flat beyond what
  was seen. Nothing can speak for a clip being better than clean, and a missing reading adds nothing. Slopes are
  non-negative (I-splines, Ramsay 1988) with a penalty on squares ({ridge}) and sum ({lasso}), the same for all checks,
  divided by what the reading tells by itself, and more for one that only describes. A documented curve is a line that
  costs less. A reading takes part only if the faults moved it in most clips beside their own clean counterparts, so
  that a difference between sources cannot pass for a fault.
- **Weights.** Own faults, clean clips and clips with other faults weigh a third each; faint faults half of others.
- **Held out.** Sources are divided into {folds} parts; each is answered by a model of the others, on a scale (Platt's
  two numbers) and with an interval made from the answers to the others. The scale is moved until at most {alarms} of
  clean clips of held-out sources are answered below one half.
- **Chosen.** A fit is used when its area under ROC is at least {least} with an interval above chance, or at least
  {one_family} for one family of its faults (it may be blind to the others), its false alarms, each source counting
  alike, keep the bound (or are a single source), at least half of the faulted clips, of {few} sources or more, can be
  read, and its answers come closer to the truth than those of the curves without telling faults worse (by more than
  {worse}).
  Curves stay where they do better or are a published standard; curves below {chance} notice nothing of the faults and
  are silenced, since their full marks would mean nothing. {fitted} checks are fitted, {kept} left to their curves,
  {silent} answered by nothing.
- **Answered.** Only when readings that make up {enough} of what a kind can add were measured, for {enough} of the
  kinds, and only by operators of the version that was fitted to; otherwise the curves answer, and the answer says why.
- **Overruled.** Where a documented curve of the check answers below {gross}, it decides: faults so gross are rare among
  the laboratory's, and a sum of many readings would excuse them. Figures of single checks are those of the fit alone,
  figures of sub-dimensions those of the judge as it answers.
- **Intervals.** Split conformal at {nominal}, by bands of the answer; those of verdicts from the distance of score and
  mean truth of the answered checks. What was not answered is told by the verdict's bounds, not by its interval.
"""

STALE = """Left out, because they were measured with other versions than those installed: {names}.
`evalverse lab run` measures them again.
"""

SUBS = """Area under ROC of the score, clips with a fault of the sub-dimension against clean clips of all sources. A
sub-dimension is as good as its answered checks: a fault that only an unanswered check would see leaves the score as it
was. Coverage is the share of nine-in-ten intervals, made by other sources, that hold the truth.
"""

CHECKS = """Area under ROC of clips with a medium or strong fault of the check against clips it holds on, clean clips
half of the weight; in brackets the 95 % interval, sources drawn with replacement.
"""

FOOT = """## What to keep in mind

- Penalties, and where lines begin, were chosen once for all checks by these same held-out figures, and the operators
  were made with these families of faults in view: other faults will be told less well.
- Areas of sub-dimensions are told for those that have a score. One whose checks are all silent has none, which is not
  counted against the median; the number of each is given at the top.
- Penalties and other settings are the same for all checks and were chosen on held-out sources of this laboratory, as
  was, per check, between fit and curves. With few sources that flatters a little.
- The laboratory knows made faults on few sources, mostly talking heads in good light. How the judge does on other
  footage, on faults that nobody made and on those of today's generators is not shown here.
- Held out are sources, not families of faults: a fault of another kind that the same check should see may go unseen.
- One fault at a time. Two at once were not tried.
- Faults that borrow footage (a foreign voice, a swapped face) take it from other sources, which may be in the fit.
- The truth of faint and medium faults is a convention; so are the scale between 0 and 1 and its calibration error.
"""
