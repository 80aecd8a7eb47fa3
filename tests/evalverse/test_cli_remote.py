"""The command line with a model behind a server: a whole critique, a server that dies, and the way back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.agent.judges.fake_server import FakeServer, fail, obliging, say
from tests.synth import write_clip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    picture = np.kron(rng.integers(40, 200, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", (np.roll(picture, i, axis=1) for i in range(40)))


def run(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:

    command = [sys.executable, "-m", "evalverse", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_a_model_judges_what_measurements_cannot(film: Path, tmp_path: Path) -> None:
    with FakeServer(obliging) as server:
        done = run("critique", film, "--judge", f"remote:{server.url}#fake-vl", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    scored = [v["path"] for v in report["verdicts"] if v["state"] == "scored"]
    assert "visual-concept-design/scene/environment-plausibility" in scored
    assert not any(path.startswith("sound-design/") for path in scored)
    assert report["manifest"]["judge"] == "remote:fake-vl"
    assert report["manifest"]["usage"]["calls"] > 10


def test_a_judge_that_dies_ends_with_3_and_the_same_call_goes_on(film: Path, tmp_path: Path) -> None:
    cache = {"EVALVERSE_CACHE_DIR": str(tmp_path / "cache"), "EVALVERSE_JUDGE_RETRIES": "0"}
    with FakeServer(*[obliging] * 6, fail(500, "out of memory")) as server:
        judge = f"remote:{server.url}#fake-vl"
        first = run("critique", film, "--judge", judge, "--out", "out", cwd=tmp_path, **cache)
        assert first.returncode == 3, first.stdout
        assert "500" in first.stderr or "out of memory" in first.stderr
        assert "Traceback" not in first.stderr
        assert not (tmp_path / "out").exists()
        before = len(server.chats)
        server._turns[:] = [obliging]
        again = run("critique", film, "--judge", judge, "--out", "out", cwd=tmp_path, **cache)
    assert again.returncode == 0, again.stderr
    assert "Going on where the last run stopped" in again.stderr
    assert not any("survey" in line for line in again.stderr.splitlines())
    assert len(server.chats) > before


def test_doctor_asks_the_judge(tmp_path: Path) -> None:
    with FakeServer(say("ready")) as server:
        done = run("doctor", "--judge", f"remote:{server.url}#fake-vl", cwd=tmp_path)
    assert "'ready'" in done.stdout, done.stderr
    dead = run("doctor", "--judge", "remote:http://127.0.0.1:9/v1#m", cwd=tmp_path, EVALVERSE_JUDGE_RETRIES="0")
    assert dead.returncode == 3
