"""The report as one HTML page that needs no other file and asks no server for anything.

The page is made for reading by people who make films: findings with pictures first, then curves over time, verdicts,
what was left out, and the evidence. Its Content-Security-Policy allows nothing but what is in the page itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evalverse.report import joins, outline, plots, timeline
from evalverse.report.model import Report
from evalverse.report.names import name
from evalverse.report.pictures import Pictures
from evalverse.report.text import count, plain
from evalverse.tools.evidence import Evidence, number
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.timecode import clock

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_OPEN_ROWS = 8
"""Curves that no finding cites are folded away beyond this many rows."""


def html(report: Report, ledger: Ledger) -> str:
    """The page. Pictures and curves that ``ledger`` no longer holds are said to be missing."""
    operators: dict[str, list[Evidence]] = {}
    for item in report.evidence:
        operators.setdefault(item.operator, []).append(item)
    rows = timeline.rows(report, ledger)
    shown = max(MOST_OPEN_ROWS, sum(row.cited for row in rows))
    return page(
        "report.html.j2",
        title=report.clip.name,
        report=report,
        facts=outline.facts(report),
        summary=outline.summary(report),
        problems=outline.problems(report),
        strengths=outline.strengths(report),
        severities=outline.by_severity(report),
        states=outline.by_state(report),
        tree=outline.tree(outline.scored(report)),
        credibilities={v.credibility for v in outline.scored(report)},
        omissions=outline.omissions(report),
        shot_table=joins.table(report),
        continuity=joins.matrix(report),
        rows=rows[:shown],
        folded=rows[shown:],
        lanes=timeline.bars(report),
        ticks=plots.ticks(report.clip.duration),
        known={e.id: e for e in report.evidence},
        operators=operators,
        uri=Pictures(ledger).uri,
        seconds=outline.seconds(report),
    )


def page(template: str, **context: Any) -> str:
    """A packaged template, filled; every text in ``context`` is escaped."""
    style, script = _packaged("style.css"), _packaged("script.js")
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    return _environment().get_template(template).render(style=style, script=script, script_hash=digest, **context)


def anchor(evidence_id: str) -> str:
    """The id of an evidence's row in the page."""
    return "e-" + re.sub(r"[^A-Za-z0-9_.]+", "-", evidence_id)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("evalverse.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(anchor=anchor, clock=clock, count=count, number=number, title_of=name)
    return environment


@cache
def _packaged(name: str) -> str:
    return files("evalverse.report").joinpath("templates", name).read_text(encoding="utf-8")
