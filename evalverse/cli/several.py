"""Several clips in one call: a folder each, an index page worst first, resumed where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalverse.errors import EvalVerseError, JudgeError

if TYPE_CHECKING:
    from evalverse.cli.critique import Question
    from evalverse.report.index import Row

KEY = ".critique"
"""File in a report's folder that names the question which the report answers."""


def several(clips: Sequence[Path], asked: Question, out: Path) -> int:
    """Critiques each clip in turn and rewrites the index after each; returns the exit code.

    A clip that cannot be read is listed with its reason, and the others go on. A judge that fails ends the call, since
    it would fail for the others too; what is done stays, and the same call goes on from there.
    """
    from evalverse.report.index import Row, write_index

    rows: list[Row] = []
    code = 0
    for number, (clip, folder) in enumerate(zip(clips, folders(clips), strict=True), start=1):
        click.echo(f"[{number}/{len(clips)}] {clip.name}: ", nl=False)
        try:
            row, failed = _row(clip, asked, out / folder)
            rows.append(row.model_copy(update={"href": f"{folder}/report.html"}))
            code = max(code, 1 if failed else 0)
        except JudgeError as error:
            click.echo(f"error: {error}")
            rows.append(Row.failed(clip.name, str(error)))
            code = error.exit_code
        except EvalVerseError as error:
            click.echo(f"error: {error}")
            rows.append(Row.failed(clip.name, str(error)))
            code = max(code, error.exit_code)
        index = write_index(rows, out)
        if code == JudgeError.exit_code:
            break
    click.echo(f"\n{len(rows)} of {len(clips)} clips, worst first: {index}")
    return code


def folders(clips: Sequence[Path]) -> list[str]:
    """A folder name per clip: its stem, numbered where two share it."""
    names: list[str] = []
    for clip in clips:
        name, number = clip.stem, 1
        while name in names:
            number += 1
            name = f"{clip.stem}-{number}"
        names.append(name)
    return names


def _row(clip: Path, asked: Question, out: Path) -> tuple[Row, bool]:
    """The index row of one clip and whether the policy failed; a finished report is kept."""
    from evalverse.agent.case import ledger_of
    from evalverse.cli.critique import one
    from evalverse.report.index import Row
    from evalverse.report.policy import judge_policy
    from evalverse.report.write import read
    from evalverse.tools.ledger import Ledger, write_file
    from evalverse.tools.media.probe import probe

    probe(clip, asked.settings)  # an unreadable clip must fail before its name becomes part of a key
    key, marker = asked.key(clip), out / KEY
    if marker.is_file() and marker.read_text(encoding="utf-8") == key and (out / "report.json").is_file():
        report = read(out)
        failures = judge_policy(asked.policy, report) if asked.policy else []
        ledger, done = Ledger(out / "ledger"), "kept from an earlier call"
    else:
        result = one(clip, asked, out, brief_summary=True)
        write_file(marker, key.encode())
        report, failures, ledger, done = result.report, result.failures, ledger_of(asked.settings), "done"
    problems = sum(f.kind == "problem" for f in report.findings)
    click.echo(f"{done}, {problems} problems" + (f", policy failed ({len(failures)})" if failures else ""))
    for failure in failures:
        click.echo(f"    policy: {failure.path}: {failure.why}")
    return Row.of(report, ledger, ""), bool(failures)
