"""Two reports on clips of one brief, side by side: verdict by verdict, and the evidence that differs.

A difference is stated only where the intervals of the two scores do not overlap, and only where the scores may be
compared at all: same taxonomy, prompts, judge and calibration. There is no total and no winner.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from evalverse.errors import UsageError
from evalverse.report import outline
from evalverse.report.html import page
from evalverse.report.model import Answer, Report, State, Verdict
from evalverse.report.names import name
from evalverse.report.pictures import Pictures
from evalverse.report.text import count, listed, one_line
from evalverse.report.write import put_text
from evalverse.taxonomy import Stage
from evalverse.tools.evidence import Evidence, Scope, number
from evalverse.tools.ledger import Ledger

if TYPE_CHECKING:
    from rich.console import Console

VERSIONS = ("taxonomy", "prompts", "judge", "calibration")
"""Fields of the manifest that must agree before two scores may be compared."""


class Relation(StrEnum):
    """What two verdicts on one sub-dimension say together."""

    A_HIGHER = "A is higher"
    B_HIGHER = "B is higher"
    NOT_APART = "not told apart"
    """The intervals overlap, or one is missing."""
    ONLY_A = "scored in A only"
    ONLY_B = "scored in B only"
    NOT_COMPARABLE = "not comparable"
    """Scored under different versions or by different judges."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reading(_Strict):
    """One measure of the whole clip whose readings differ; None where a clip has no such reading."""

    measure: str
    title: str
    a: Evidence | None
    b: Evidence | None


class CheckPair(_Strict):
    """The answers to one check, where they differ."""

    check: str
    a: Answer | None
    b: Answer | None


class Pair(_Strict):
    """One sub-dimension that at least one of the reports scored."""

    path: str
    name: str
    stage: Stage
    relation: Relation
    a: Verdict | None
    b: Verdict | None
    checks: tuple[CheckPair, ...] = ()
    readings: tuple[Reading, ...] = ()
    """Of the evidence that either verdict cites, what differs."""

    @property
    def gap(self) -> float:
        """How far apart the scores are, 0 to 1; 0 where there are not two."""
        if self.a is None or self.b is None or self.a.score is None or self.b.score is None:
            return 0.0
        return abs(self.a.score - self.b.score)


class Comparison(_Strict):
    """Two reports side by side. ``pairs`` are in the order of the taxonomy, ``readings`` in that of the evidence."""

    a: str
    b: str
    notes: tuple[str, ...] = ()
    """What keeps the two from being compared, in full or in part."""
    pairs: tuple[Pair, ...]
    readings: tuple[Reading, ...]

    def of(self, *relations: Relation) -> list[Pair]:
        """The pairs that stand in one of ``relations``, widest gap first."""
        return sorted((p for p in self.pairs if p.relation in relations), key=lambda p: (-p.gap, p.path))

    @property
    def summary(self) -> str:
        """The outcome in one sentence."""
        said = [
            f"{len(self.of(relation))} {words}"
            for relation, words in (
                (Relation.A_HIGHER, "higher in A"),
                (Relation.B_HIGHER, "higher in B"),
                (Relation.NOT_APART, "not told apart"),
                (Relation.ONLY_A, "scored in A only"),
                (Relation.ONLY_B, "scored in B only"),
                (Relation.NOT_COMPARABLE, "not comparable"),
            )
            if self.of(relation)
        ]
        if not self.pairs:
            return "Neither report scored anything."
        return f"Of {count(len(self.pairs), 'sub-dimension')}: {listed(said)}."


def compare(a: Report, b: Report) -> Comparison:
    """Sets report ``a`` beside report ``b``."""
    apart = [field for field in VERSIONS if getattr(a.manifest, field) != getattr(b.manifest, field)]
    known = {v.path: v for v in a.verdicts}, {v.path: v for v in b.verdicts}
    paths = dict.fromkeys(v.path for report in (a, b) for v in outline.scored(report))
    measured = _whole(a), _whole(b)
    pairs = (_pair(known[0].get(path), known[1].get(path), a, b, bool(apart)) for path in paths)
    order = list(Stage)
    return Comparison(
        a=a.clip.name,
        b=b.clip.name,
        notes=tuple(_notes(a, b, apart)),
        pairs=tuple(sorted(pairs, key=lambda pair: order.index(pair.stage))),
        readings=tuple(_differing(measured[0], measured[1], dict.fromkeys((*measured[0], *measured[1])))),
    )


def html(found: Comparison, a: tuple[Report, Ledger], b: tuple[Report, Ledger]) -> str:
    """The page; it needs no other file. The reports' ledgers give the pictures."""
    return page(
        "compare.html.j2",
        title=f"{found.a} and {found.b}",
        found=found,
        sides=[_side("A", *a), _side("B", *b)],
        groups=[(title, rows) for title, rows in _groups(found) if rows],
    )


def write_comparison(
    found: Comparison, a: tuple[Report, Ledger], b: tuple[Report, Ledger], out: Path
) -> tuple[Path, Path]:
    """Writes compare.html and compare.json to ``out``; returns their paths. Raises UsageError."""
    listing = json.dumps(found.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False)
    try:
        put_text(out / "compare.html", html(found, a, b))
        put_text(out / "compare.json", listing + "\n")
    except OSError as error:
        raise UsageError(f"{out}: the comparison cannot be written: {error.strerror or error}") from error
    return out / "compare.html", out / "compare.json"


def show(found: Comparison, console: Console) -> None:
    """Prints the comparison; readable at 80 columns, and without colour when piped."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"A  {one_line(found.a)}"), Text(f"B  {one_line(found.b)}"), sep="\n")
    for note in found.notes:
        console.print(Text(f"! {one_line(note)}", style="yellow"))
    console.print(Text(f"\n{found.summary}"))
    for title, pairs in _groups(found):
        if not pairs:
            continue
        table = Table(box=None, padding=(0, 1), show_header=False, expand=True)
        table.add_column(ratio=1, overflow="fold")
        for _ in "AB":
            table.add_column(justify="right", no_wrap=True)
        for pair in pairs:
            label = Text(one_line(f"{name(pair.path.rsplit('/', 1)[0])}: {pair.name}", 120))
            table.add_row(label, _score_text(pair.a), _score_text(pair.b))
        console.print(Text(f"\n{title}", style="bold"))
        console.print(table)


def _pair(a: Verdict | None, b: Verdict | None, one: Report, other: Report, apart: bool) -> Pair:
    shown = a or b
    assert shown is not None
    answers = tuple({x.check: x for x in verdict.answers} if verdict else {} for verdict in (a, b))
    cited = [_cited(one, a), _cited(other, b)]
    whole = _whole(one), _whole(other)
    return Pair(
        path=shown.path,
        name=shown.name,
        stage=shown.stage,
        relation=Relation.NOT_COMPARABLE if apart else relation(a, b),
        a=a,
        b=b,
        checks=tuple(
            CheckPair(check=check, a=answers[0].get(check), b=answers[1].get(check))
            for check in dict.fromkeys((*answers[0], *answers[1]))
            if _answer(answers[0].get(check)) != _answer(answers[1].get(check))
        ),
        readings=tuple(_differing(whole[0], whole[1], dict.fromkeys((*cited[0], *cited[1])))),
    )


def relation(a: Verdict | None, b: Verdict | None) -> Relation:
    """What two verdicts of equal standing say; at least one of them is scored."""
    if a is None or a.state is not State.SCORED:
        return Relation.ONLY_B
    if b is None or b.state is not State.SCORED:
        return Relation.ONLY_A
    if a.interval is not None and b.interval is not None:
        if a.interval.low > b.interval.high:
            return Relation.A_HIGHER
        if b.interval.low > a.interval.high:
            return Relation.B_HIGHER
    return Relation.NOT_APART


def _notes(a: Report, b: Report, apart: list[str]) -> Iterator[str]:
    if a.clip.sha256 == b.clip.sha256:
        yield "A and B are the same file."
    if a.brief != b.brief:
        differing = [f for f in type(a.brief).model_fields if getattr(a.brief, f) != getattr(b.brief, f)]
        yield f"The briefs differ in {listed(differing)}: the clips were judged by what each was asked for."
    for field in apart:
        mine, theirs = getattr(a.manifest, field), getattr(b.manifest, field)
        yield f"Scores are not comparable: {field} is “{mine}” for A and “{theirs}” for B."
    changed = [o for o, v in a.manifest.operators.items() if b.manifest.operators.get(o, v) != v]
    if changed:
        yield f"Measured with different versions of {listed(changed)}."


def _whole(report: Report) -> dict[str, Evidence]:
    """Readings of the whole clip by measure."""
    return {e.measure: e for e in report.evidence if e.scope is Scope.CLIP}


def _cited(report: Report, verdict: Verdict | None) -> Iterator[str]:
    """Measures that a verdict's answers rest on."""
    known = {e.id: e.measure for e in report.evidence}
    for answer in verdict.answers if verdict else ():
        yield from (known[i] for i in answer.evidence if i in known)


def _differing(a: dict[str, Evidence], b: dict[str, Evidence], measures: Iterable[str]) -> Iterator[Reading]:
    """Readings that do not read alike."""
    for measure in measures:
        one, other = a.get(measure), b.get(measure)
        shown = one or other
        if shown is not None and (one is None or other is None or one.value_text() != other.value_text()):
            yield Reading(measure=measure, title=shown.title, a=one, b=other)


def _answer(answer: Answer | None) -> tuple[State, float | None] | None:
    return None if answer is None else (answer.state, answer.value)


def _groups(found: Comparison) -> list[tuple[str, list[Pair]]]:
    return [
        ("Higher in A", found.of(Relation.A_HIGHER)),
        ("Higher in B", found.of(Relation.B_HIGHER)),
        ("Not told apart", found.of(Relation.NOT_APART)),
        ("Scored in one only", found.of(Relation.ONLY_A, Relation.ONLY_B)),
        ("Not comparable", found.of(Relation.NOT_COMPARABLE)),
    ]


def _score_text(verdict: Verdict | None) -> str:
    if verdict is None or verdict.score is None:
        return "–"
    band = f" {verdict.interval.low:.2f}–{verdict.interval.high:.2f}" if verdict.interval else ""
    return f"{verdict.score:.2f}{band}"


def _side(letter: str, report: Report, ledger: Ledger) -> dict[str, object]:
    """What the head of the page shows of one report."""
    pictures = Pictures(ledger)
    shown = (s.thumbnail for s in report.shots[:1])
    return {
        "letter": letter,
        "name": report.clip.name,
        "facts": outline.facts(report),
        "problems": outline.by_severity(report),
        "strengths": len(outline.strengths(report)),
        "worst": next(iter(outline.problems(report)), None),
        "picture": next((uri for uri in map(pictures.uri, shown) if uri), None),
        "scored": f"{number(len(outline.scored(report)))} of {number(len(report.verdicts))} sub-dimensions scored",
    }
