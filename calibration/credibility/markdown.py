"""A study of ratings as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalverse.calibration.credibility.number import Number
from evalverse.calibration.credibility.study import WHOLE, Agreement, Study
from evalverse.report.markdown import safe
from evalverse.report.names import name

MOST = 12
"""Single operators that are listed."""

HEAD = (
    "SRCC is Spearman's rank correlation, PLCC Pearson's; *within* takes out the means of groups. Pairs: share of",
    "pairs of clips that are ordered as rated; *all* asks ties to meet ties, *decided* leaves out what raters tie.",
    "In brackets the 95 % interval, groups drawn with replacement. Rows in capitals are means of an aspect, or of all.",
)


def markdown(study: Study) -> str:
    """The whole study."""
    return "\n".join(_lines(study)).rstrip() + "\n"


def _lines(study: Study) -> Iterator[str]:
    yield from (f"# How far {safe(study.judge)} agrees with ratings", "")
    groups = f"in {study.groups} groups" if study.groups else "without groups: intervals are over clips"
    yield "Written by `evalverse credibility`; do not edit."
    yield f"Calibration: {safe(study.calibration)}. {study.clips} clips {groups}; {len(study.failed)} were not judged."
    yield from ("", *HEAD)
    for people in study.people:
        mine = [a for a in study.agreements if a.column == people.column]
        yield from ("", f"## {safe(people.column)}", "")
        if people.raters > 1:
            yield f"{people.raters} raters: Krippendorff's alpha {known(people.alpha)},"
            yield f"rank correlation of one with the mean of the others {known(people.one_against_others)}."
        if people.luck is not None:
            yield f"The best of these rows would reach {known(people.luck)} overall by luck alone, one time in twenty."
        yield from _table(mine)
        single = [a for a in study.readings if a.column == people.column]
        if single:
            yield from ("", "Single operators, best first; the sign says which way they go:")
            yield from _table(single, MOST)


def _table(mine: Sequence[Agreement], most: int | None = None) -> Iterator[str]:
    """Rows by how far they agree, within groups where there are groups; then what nothing is said of."""
    yield from ("", "| what | scored | SRCC | SRCC within | PLCC | pairs: all | decided | within |")
    yield "|---|---|---|---|---|---|---|---|"
    for row in sorted((a for a in mine if a.srcc.value is not None), key=_order)[:most]:
        cells = (spanned(row.srcc), spanned(row.srcc_within), spanned(row.plcc))
        pairs = (known(row.pairs), known(row.pairs_decided), known(row.pairs_within))
        yield f"| {title(row)} | {row.scored} | {' | '.join((*cells, *pairs))} |"
    silent = [a for a in mine if a.srcc.value is None] if most is None else []
    for why in dict.fromkeys(a.why for a in silent):
        told = ", ".join(f"{name(a.path)} ({a.scored})" for a in silent if a.why == why)
        yield from ("", f"Nothing said, {why}: {told}.")


def _order(row: Agreement) -> float:
    return -abs(row.srcc_within.value if row.srcc_within.value is not None else row.srcc.value or 0.0)


def title(row: Agreement) -> str:
    """A sub-dimension by its name, means in capitals, a measure as it is."""
    if row.path == WHOLE:
        return "ALL SUB-DIMENSIONS"
    if "." in row.path:
        return f"`{row.path}`"
    return name(row.path) if "/" in row.path else name(row.path).upper()


def known(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def spanned(found: Number) -> str:
    """'0.41 [0.02, 0.70]', or a dash."""
    if found.value is None:
        return "–"
    return f"{found.value:+.2f}" + ("" if found.low is None else f" [{found.low:+.2f}, {found.high:+.2f}]")
