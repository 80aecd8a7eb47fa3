"""The terminal summary: fits 80 columns, pipes without colour, and cannot be steered by a file name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from evalverse.report.console import summary
from evalverse.report.write import write
from tests.report._example import make


def printed(tmp_path: Path, width: int = 80, terminal: bool = False, **changes: object) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal)
    summary(make(tmp_path, **changes).report, console)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_and_has_no_colour_when_piped(tmp_path: Path, width: int) -> None:
    text = printed(tmp_path, width)
    assert "\x1b" not in text and "\u202e" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_on_a_terminal_only_our_own_escapes_are_sent(tmp_path: Path) -> None:
    text = printed(tmp_path, terminal=True)
    assert "\x1b[1m" in text, "headings are bold"
    assert "\ufffd[31m" in text and "\x1b[31m \ufffd" not in text, "the hostile escape is shown, not sent"


def test_it_says_what_was_found_left_out_and_how_long_it_took(tmp_path: Path) -> None:
    text = printed(tmp_path)
    for words in (
        "critical, score 0.15, 00:05.000, shot 3",
        "Fix: Lock the exposure, or deflicker before grading.",
        "0.22 0.10–0.64  2 of 5",
        "2 × nobody speaks in the clip",
        "To enable: pip install 'evalverse-agent[neural]'",
        "Took 3.65 s.",
    ):
        assert words in text
    assert text.index("Brightness flickers") < text.index("cut before it is read") < text.index("subject stays sharp")


def test_markup_in_texts_is_not_read(tmp_path: Path) -> None:
    text = printed(tmp_path, notes=("[bold]loud[/bold] [/unopened]",))
    assert "[bold]loud[/bold] [/unopened]" in text


def test_an_ascii_terminal_gets_ascii_bars(tmp_path: Path) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", errors="replace")
    summary(make(tmp_path).report, Console(file=out, width=80))
    out.flush()
    assert "###........." in raw.getvalue().decode("ascii")


def test_the_files_are_named(tmp_path: Path) -> None:
    example, out = make(tmp_path), io.StringIO()
    written = write(example.report, example.ledger, tmp_path / "a folder with quite a long name to wrap" / "out")
    summary(example.report, Console(file=out, width=80), written)
    assert str(written.html) in out.getvalue(), "a path is not broken over lines"
