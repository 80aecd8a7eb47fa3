"""The page over many clips: documented order, failures apart, links that work."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from evalverse.report.index import Low, Row, worst_first, write_index
from evalverse.report.model import Severity
from tests.report._example import make
from tests.report.test_html import Page


def row(name: str, critical: int = 0, major: int = 0, minor: int = 0, lowest: float = 0.9) -> Row:
    problems = {Severity.CRITICAL: critical, Severity.MAJOR: major, Severity.MINOR: minor}
    low = (Low(path="a/b/c", name="C", score=lowest),)
    return Row(name=name, href=f"{name}/report.html", problems=problems, lowest=low)


@pytest.mark.parametrize("seed", range(5))
def test_worst_first(seed: int) -> None:
    wanted = [
        row("two critical", critical=2),
        row("one critical", critical=1, lowest=0.8),
        row("many major", major=9, lowest=0.7),
        row("one major, many minor", major=1, minor=9),
        row("one major", major=1, lowest=0.0),
        row("one minor", minor=1),
        row("low", lowest=0.1),
        row("a fine one"),
        row("b fine one"),
        Row(name="nothing was scored"),
        Row.failed("broken", "the file is empty"),
    ]
    mixed = list(wanted)
    Random(seed).shuffle(mixed)
    assert worst_first(mixed) == wanted


def test_the_page_and_its_listing(tmp_path: Path) -> None:
    example = make(tmp_path / "run")
    good = Row.of(example.report, example.ledger, "100% #1/report.html")
    assert good.worst == "Brightness flickers through the walk" and good.timecode == "00:05.000"
    assert [low.score for low in good.lowest] == [0.0, 0.22, 0.5] and (good.scored, good.verdicts) == (5, 8)
    bad = Row.failed("broken<script>.mp4", "broken<script>.mp4: the file is empty")
    path = write_index([bad, good], tmp_path)
    page = Page(path.read_text(encoding="utf-8"))
    assert page.open == []
    assert [a["href"] for a in page.all("a")] == ["#failed", "100%25%20%231/report.html"]
    assert page.text.index("Could not be judged") < page.text.index("broken<script>.mp4: the file is empty")
    assert "1 critical, 1 major and 1 minor problems in all. 1 clip could not be judged" in page.text
    assert len(page.all("img")) == 1
    listing = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert [r["name"] for r in listing] == [example.report.clip.name, "broken<script>.mp4"]
    assert [Row.model_validate(r) for r in listing][1] == bad and "thumbnail" not in listing[0]


def test_a_link_cannot_run_anything(tmp_path: Path) -> None:
    page = Page(write_index([Row(name="x", href="javascript:alert(1)")], tmp_path).read_text(encoding="utf-8"))
    assert [a["href"] for a in page.all("a")] == ["javascript%3Aalert%281%29"]


def test_no_clips_and_only_failures(tmp_path: Path) -> None:
    assert "There were no clips." in write_index([], tmp_path).read_text(encoding="utf-8")
    text = Page(write_index([Row.failed("a", "why")], tmp_path).read_text(encoding="utf-8")).text
    assert "1 clip could not be judged" in text and "There were no clips" not in text


def test_a_clip_without_pictures_has_a_row_without_one(tmp_path: Path) -> None:
    example = make(tmp_path, picture_stream=False)
    assert Row.of(example.report, example.ledger, "x").thumbnail is None
