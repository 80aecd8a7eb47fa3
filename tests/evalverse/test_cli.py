"""The command line as a user meets it: what it prints, writes and returns."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.synth import write_clip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    picture = np.kron(rng.integers(40, 200, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(48000 * 2) / 48000)
    frames = (np.roll(picture, i, axis=1) for i in range(50))
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, sound=tone.astype(np.float32)[:, None])


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evalverse", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_critique_writes_three_files_and_says_where(film: Path, tmp_path: Path) -> None:
    done = run("critique", film, "--prompt", "a wall <b>", "--out", "report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (tmp_path / "report").iterdir()} >= {"report.json", "report.md", "report.html", "ledger"}
    assert "report.html" in done.stdout
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "report" / "report.json").read_text())["brief"]["prompt"] == "a wall <b>"
    assert "a wall <b>" not in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.parametrize(
    ("policy", "code", "said"),
    [
        ("{thresholds: {lens/exposure: 0.0}, max_findings: {critical: 99}}", 0, ""),
        ("{thresholds: {lens/exposure: 1.0}, must_pass: [lens/exposure], pass_mark: 1.0}", 1, "lens/exposure"),
        ("must_pass: [acting/consistency/face-identity]", 1, "face-identity"),
        ("thresholds: {lens/exposre: 0.5}", 2, "exposure"),
        ("treshold: {}", 2, "treshold"),
    ],
)
def test_a_policy_decides_the_exit_code(film: Path, tmp_path: Path, policy: str, code: int, said: str) -> None:
    (tmp_path / "policy.yaml").write_text(policy)
    done = run("critique", film, "--policy", "policy.yaml", cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["critique", "absent.mp4"],
        ["critique", "."],
        ["critique", "text.mp4"],
        ["critique", "{film}", "--judge", "oracle"],
        ["critique", "{film}", "--judge", "remote:"],
        ["critique", "{film}", "--budget", "lots"],
        ["critique", "{film}", "--brief", "absent.yaml"],
        ["critique", "{film}", "--brief", "text.mp4"],
        ["critique"],
        ["critique", "{film}", "--nonsense"],
        ["measure", "{film}", "--operator", "exposre"],
        ["taxonomy", "lens/exposre"],
        ["critic", "{film}"],
    ],
)
def test_wrong_calls_end_with_2_a_clear_line_and_nothing_written(film: Path, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "text.mp4").write_text("no film: [")
    done = run(*(w.format(film=film) for w in words), cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "rror" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["text.mp4"]


def test_an_unreachable_judge_ends_with_3(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_JUDGE_RETRIES", "0")
    done = run("critique", film, "--judge", "remote:http://127.0.0.1:9/v1#m", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


def test_several_clips_get_an_index_and_resume(film: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_text("no film")
    call = ("critique", film, tmp_path / "broken.mp4", film, "--out", "all")
    first = run(*call, cwd=tmp_path)
    assert first.returncode == 2
    assert (tmp_path / "all" / "index.html").is_file()
    assert (tmp_path / "all" / "film-2" / "report.html").is_file()
    assert not (tmp_path / "all" / "broken").exists()
    rows = json.loads((tmp_path / "all" / "index.json").read_text())
    assert "broken.mp4" in json.dumps(rows)
    again = run(*call, cwd=tmp_path)
    assert again.stdout.count("kept from an earlier call") == 2


def test_plan_measure_taxonomy_doctor_print(film: Path, tmp_path: Path) -> None:
    plan = run("plan", film, "--focus", "is the lighting consistent?", cwd=tmp_path)
    assert "lighting-logic" in plan.stdout
    assert "outside the focus" in plan.stdout
    measured = json.loads(run("measure", film, "--operator", "exposure", "--json", cwd=tmp_path).stdout)
    assert "exposure" in measured
    assert "Exposure" in run("taxonomy", "lens/exposure", cwd=tmp_path).stdout
    assert json.loads(run("taxonomy", "--format", "json", cwd=tmp_path).stdout)["aspects"]
    assert run("taxonomy", "--format", "md", cwd=tmp_path).stdout.startswith("## ")
    doctor = run("doctor", cwd=tmp_path).stdout
    assert "pip install" in doctor or "missing" not in doctor
    assert "exposure" in doctor
    assert [p.name for p in tmp_path.iterdir()] == []
