"""Coverage: what is counted, for a tree and for a part of it, and what the command prints."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from evalverse.agent.judges.documented import proxies
from evalverse.cli import cli
from evalverse.taxonomy import find, load
from evalverse.taxonomy.coverage import as_data, as_lines, coverage

EXPOSURE = "cinematography/lens/exposure"
HIGHLIGHTS = f"{EXPOSURE}/highlights-held"


def test_every_check_is_counted_once() -> None:
    tree = load()
    subs = coverage(tree, {})
    assert [c.path for sub in subs for c in sub.checks] == [c.path for c in tree.checks()]
    assert not any(c.answerable for sub in subs for c in sub.checks)
    assert sum(sub.total[0] for sub in subs) == len(list(tree.checks()))


@pytest.mark.parametrize(("path", "subs"), [("cinematography/lens", 4), (EXPOSURE, 1), (HIGHLIGHTS, 1)])
def test_a_part_of_the_tree(path: str, subs: int) -> None:
    found = coverage(find(load(), path), {})
    assert len(found) == subs
    assert all(sub.path.startswith(path) or path.startswith(sub.path) for sub in found)


def test_a_reading_makes_a_check_answerable_and_the_rest_needs_a_model() -> None:
    (sub,) = coverage(find(load(), EXPOSURE), {HIGHLIGHTS: ("curve", ["exposure.clipped_high"])})
    every, measured, answered = sub.total
    assert (measured, answered) == (every, 1)
    lines = as_lines([sub])
    assert "curve of exposure.clipped_high" in lines
    assert lines.count("vision-language model\n") == every
    assert as_data([sub])["total"] == {"total": every, "with_operators": every, "answerable": 1}


def test_the_command_tells_what_the_evidence_judge_can_answer() -> None:
    done = CliRunner().invoke(cli, ["taxonomy", "--coverage", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    answerable = {c["path"] for sub in told["subdimensions"] for c in sub["checks"] if c["answerable"]}
    assert set(proxies()) <= answerable
    assert told["total"]["answerable"] == len(answerable)
    refused = CliRunner().invoke(cli, ["taxonomy", "--coverage", "--format", "md"])
    assert refused.exit_code == 2
    assert "--json" in refused.output
