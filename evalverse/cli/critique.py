"""evalverse critique: one clip or many."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from evalverse.cli.options import brief_from, brief_options, cuts_option, judge_options
from evalverse.cli.show import progress

if TYPE_CHECKING:
    from evalverse.report.brief import Brief
    from evalverse.report.model import Report
    from evalverse.report.policy import Failure, Policy
    from evalverse.report.write import Written
    from evalverse.settings import Settings


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CLIP...")
@brief_options
@cuts_option
@judge_options
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="YAML; exit 1 if it fails.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report.  [default: CLIP-critique]")
def critique(
    clips: tuple[Path, ...],
    prompt: str | None,
    brief_file: Path | None,
    focus: str | None,
    cut_list: Path | None,
    judge: str,
    budget: str | None,
    depth: str,
    policy_file: Path | None,
    out: Path | None,
) -> int:
    """Judge each CLIP and write report.json, report.md and report.html.

    Several clips get a folder each and an index page, worst first; a call that was stopped goes on where it was.

    Exit codes: 0 ok, 1 the policy failed, 2 bad usage or unreadable input, 3 the judge or its server failed.
    """
    from evalverse.report.policy import Policy
    from evalverse.settings import Settings

    settings = Settings.load()
    brief = brief_from(brief_file, prompt, focus, cut_list, clips)
    asked = Question(brief, judge, settings, budget, depth, Policy.read(policy_file) if policy_file else None)
    if len(clips) > 1:
        from evalverse.cli.several import several

        return several(clips, asked, out or Path("critiques"))
    return 1 if one(clips[0], asked, out or Path(f"{clips[0].stem}-critique")).failures else 0


@dataclass(frozen=True)
class Question:
    """What is asked of each clip of a call."""

    brief: Brief
    judge: str
    settings: Settings
    budget: str | None = None
    depth: str = "standard"
    policy: Policy | None = None

    def key(self, clip: Path) -> str:
        """Names a critique by its question and the state of its file, so that a finished one need not run again."""
        stat, brief = clip.stat(), self.brief.model_dump(mode="json")
        parts = [str(clip.resolve()), stat.st_size, stat.st_mtime_ns, brief, self.judge, self.budget, self.depth]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Done:
    """One critique that ended well."""

    report: Report
    written: Written
    failures: list[Failure]


def one(clip: Path, asked: Question, out: Path, *, brief_summary: bool = False) -> Done:
    """Critiques one clip, writes its report, prints the summary."""
    from evalverse.agent.case import ledger_of
    from evalverse.api import stream_critique
    from evalverse.report.console import summary
    from evalverse.report.model import Report
    from evalverse.report.policy import judge_policy
    from evalverse.report.write import write

    report: Report | None = None
    with progress(Console(stderr=True)) as shown:
        for item in stream_critique(
            clip, asked.brief, judge=asked.judge, budget=asked.budget, depth=asked.depth, settings=asked.settings
        ):
            if isinstance(item, Report):
                report = item
            else:
                shown.event(item)
    assert report is not None
    written = write(report, ledger_of(asked.settings), out)
    failures = judge_policy(asked.policy, report) if asked.policy else []
    console = Console()
    if not brief_summary:
        summary(report, console, written)
        for failure in failures:
            console.print(f"policy: {failure.path}: {failure.why}", style="red", markup=False, highlight=False)
    return Done(report, written, failures)
