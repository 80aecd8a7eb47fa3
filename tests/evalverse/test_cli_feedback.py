"""evalverse reward and evalverse refine on the command line."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evalverse.cli import cli
from evalverse.cli.refine import command
from evalverse.errors import GeneratorError, UsageError
from tests.synth import travel, write_clip

FILM = Path(__file__).resolve().parents[2] / "examples" / "procedural_film.py"
MAKE = f"{shlex.quote(sys.executable)} {shlex.quote(str(FILM))} --prompt {{prompt}} --seed {{seed}} --out {{out}}"


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_reward_tells_scores_and_reasons(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", list(travel(1, 25, 90, 160, (0.5, 0.0))))
    words = ("reward", str(clip), "--wanted", "lens/exposure", "--wanted", "lip-sync", "--weight", "lens/exposure=2")
    told = json.loads(call(*words, "--json", "--allow-missing").stdout)
    assert told["total"] == told["scores"]["cinematography/lens/exposure"] is not None
    assert "no sound" in told["reasons"]["sound-design/vocal/lip-sync"]
    shown = call(*words).stdout
    assert "total none" in shown and "no sound" in shown
    assert isinstance(call(*words[:2], "--weight", "lens/exposure").exception, UsageError)


def test_refine_runs_a_command_and_tells_what_came_of_it(tmp_path: Path) -> None:
    out = tmp_path / "refined"
    done = call(
        *("refine", "--generator", MAKE, "--prompt", "a boat; $(touch x) on a lake", "--tries", "1"),
        *("--wanted", "lens/exposure", "--out", str(out)),
    )
    assert done.exit_code == 0, done.exception
    assert "stopped: " in done.stdout and "best clip: " in done.stdout
    kept = json.loads((out / "refined.json").read_text())
    assert kept["tries"][0]["prompt"] == "a boat; $(touch x) on a lake"
    assert (out / "try-01" / "report.html").is_file() and not Path("x").exists()


def test_a_command_is_filled_once_and_fails_clearly(tmp_path: Path) -> None:
    echo = (
        f"{shlex.quote(sys.executable)} -c 'import sys; open(sys.argv[2], \"w\").write(sys.argv[1])' {{prompt}} {{out}}"
    )
    made = command(echo, tmp_path, ".txt")("say {out} and {seed}", 3)
    assert made == tmp_path / "try-04.txt" and made.read_text() == "say {out} and {seed}"
    with pytest.raises(UsageError, match=r"needs \{out\}"):
        command("make {prompt}", tmp_path, ".mp4")
    with pytest.raises(UsageError, match="no-such-program"):
        command("no-such-program {prompt} {out}", tmp_path, ".mp4")("x", 0)
    broken = f"{shlex.quote(sys.executable)} -c 'raise SystemExit(\"out of memory\")' {{prompt}} {{out}}"
    with pytest.raises(GeneratorError, match="code 1: out of memory"):
        command(broken, tmp_path, ".mp4")("x", 0)
