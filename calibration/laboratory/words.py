"""Wordings that the renderings of a laboratory's report share."""

from __future__ import annotations

from evalverse.calibration.credibility.number import Number
from evalverse.calibration.laboratory.report import LabReport
from evalverse.calibration.laboratory.response import Family
from evalverse.report.names import name
from evalverse.report.text import count, listed

AIM_AUC, AIM_MOVED = 0.95, 0.05


def unit(value: float) -> str:
    """A number of the unit range with two decimals and no leading zero."""
    return f"{value:.2f}".replace("0.", ".", 1)


def signed(value: float) -> str:
    """:func:`unit` with a minus for a score that rises."""
    return unit(value).replace("-", "−")


def known(value: float | None) -> str:
    """:func:`unit`, or a dash."""
    return "–" if value is None else signed(value)


def span(found: Number) -> str:
    """The interval in brackets, or nothing."""
    return "" if found.low is None or found.high is None else f"[{signed(found.low)}, {signed(found.high)}]"


def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} %"


def summary(report: LabReport) -> list[str]:
    """What the page comes to, in a few sentences."""
    seen, beside = len(report.scored), report.main_unrelated
    found = [
        f"{seen} of the {len(report.responses)} sub-dimensions that these faults are about get a score"
        + (
            f"; at {report.main} strength they tell their own faults from clean footage with a median area under ROC "
            f"of {unit(report.median_auc)} (aim: {unit(AIM_AUC)})"
            + (
                f", and from the same clip without the fault in {100 * report.median_paired:.0f} % of cases (chance: "
                "50 %)."
                if report.median_paired is not None
                else "."
            )
            if report.median_auc is not None
            else "."
        ),
        f"{percent(beside.moved)} of the scores of unrelated sub-dimensions move (aim: at most {percent(AIM_MOVED)}), "
        f"{percent(beside.moved_plainly)} by more than 0.1.",
        f"{len(report.families) - len(report.unnoticed)} of {count(len(report.families), 'family', 'families')} of "
        "faults are noticed by a sub-dimension that they are about.",
    ]
    if report.held_out:
        found.append("Each clip was scored by a fit to the other sources, never by one that had seen its source.")
    elif report.fitted_on:
        found.append(
            f"The judge was fitted to {len(report.fitted_on)} of these {len(report.sources)} sources, so these figures "
            "flatter it: report with --held-out for an honest reading."
        )
    return found


def why_unnoticed(family: Family) -> str:
    """Why none of a family's own sub-dimensions reacts."""
    if not family.own:
        return "its checks belong to the rightness tree, which is judged elsewhere"
    where = listed([name(path) for path in family.own])
    if not family.assessed:
        return f"{where}: no score"
    others = f"; {listed([name(path) for path in family.others])} react instead" if family.others else ""
    return f"{where}: scored, but no reaction{others}"
