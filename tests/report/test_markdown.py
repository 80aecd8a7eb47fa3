"""Markdown: all is there, and text from outside stays text."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from evalverse.report.markdown import code, markdown, safe
from tests.report._example import HOSTILE, LONG, make

READER = MarkdownIt("commonmark").enable("table")


def test_hostile_text_makes_no_html_links_or_extra_rows(tmp_path: Path) -> None:
    example = make(tmp_path)
    tokens = READER.parse(markdown(example.report))
    kinds = [t.type for t in tokens] + [c.type for t in tokens for c in t.children or ()]
    assert not {"html_block", "html_inline", "link_open", "image"} & set(kinds)
    rows = kinds.count("tr_open")
    headers = kinds.count("thead_open")
    scored = sum(v.score is not None for v in example.report.verdicts)
    assert rows - headers == len(example.report.shots) + scored + len(example.report.evidence)
    headings = [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open" and t.tag == "h2"]
    assert headings == [
        "Problems", "Strengths", "Verdicts", "Not applicable", "Not assessable", "Evidence", "How this was made",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["# a", "- a", "1. a", "12) a", "+ a", "=== ", "> a", "***", "| a |", "~~~", "a_b_c"])
def test_safe_text_is_one_plain_paragraph(text: str) -> None:
    tokens = READER.parse(safe(text))
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    shown = "".join(c.content for c in tokens[1].children or ())
    assert shown == text.strip()


def test_numbers_stay_readable() -> None:
    assert safe("0.31 of 4") == "0.31 of 4"


@pytest.mark.parametrize("text", ["plain", "```\n# out\n```", "````", HOSTILE])
def test_a_fence_cannot_be_left(text: str) -> None:
    assert [t.type for t in READER.parse(code(text))] == ["fence"]


def test_findings_evidence_and_reasons_are_told(tmp_path: Path) -> None:
    text = markdown(make(tmp_path).report)
    assert "### Critical: Brightness flickers through the walk" in text
    assert "**Doubtful:** 7 is not in the ledger" in text
    assert "constant exposure, steady practical lights, no flicker" in text
    assert "no face stays in view for a second" in text and LONG in text
    assert "nobody speaks in the clip** (Lip-Sync, Acoustic Quality)" in text


def test_without_findings_it_says_so(tmp_path: Path) -> None:
    assert markdown(make(tmp_path, picture_stream=False).report).count("None was found.") == 2
