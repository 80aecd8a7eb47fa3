"""evalverse compare as a user meets it: clips, reports, or one of each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synth import travel, write_clip


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evalverse", "compare", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_two_clips_then_their_reports(tmp_path: Path) -> None:
    for name, pan in (("calm", 0.5), ("fast", 4.0)):
        write_clip(tmp_path / f"{name}.mp4", travel(1, 15, pan=(pan, 0)))
    first = run("calm.mp4", "fast.mp4", "--prompt", "a wall", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "calm-vs-fast"
    assert {"compare.html", "compare.json", "a", "b"} <= {p.name for p in folder.iterdir()}
    found = json.loads((folder / "compare.json").read_text())
    assert (found["a"], found["b"], found["notes"]) == ("calm.mp4", "fast.mp4", [])
    assert json.loads((folder / "b" / "report.json").read_text())["brief"]["prompt"] == "a wall"
    # a clip beside a report is judged by the report's brief
    mixed = run(folder / "a", "fast.mp4", "--out", "mixed", cwd=tmp_path)
    assert mixed.returncode == 0, mixed.stderr
    assert json.loads((tmp_path / "mixed" / "compare.json").read_text())["readings"] == found["readings"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["absent.mp4", "absent.mp4"], "absent.mp4"), ([".", "."], "no report"), (["x.json", "."], "x.json")],
)
def test_wrong_calls(tmp_path: Path, words: list[str], said: str) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
