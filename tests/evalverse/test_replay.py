"""evalverse replay: a stored run again, without its server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from evalverse import Report, Settings, critique
from evalverse.agent.replay import differences
from evalverse.cli import cli
from evalverse.errors import JudgeUnavailable, UsageError
from tests.agent.judges.fake_server import FakeServer, obliging
from tests.synth import write_clip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    picture = np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    frames = [np.roll(picture, i, axis=1) for i in range(20)]
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, rate=10)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALVERSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(w) for w in words], standalone_mode=False, catch_exceptions=False)
    return int(result.return_value or 0), result.output


@pytest.mark.slow
def test_a_run_with_a_model_replays_without_its_server(film: Path, cache: Path, tmp_path: Path) -> None:
    settings = Settings.load(judge_retries=0, max_frames_per_question=3, judge_tool_rounds=1)
    with FakeServer(obliging) as server:
        report = critique(film, judge=f"remote:{server.url}#vl", out=tmp_path / "run", settings=settings)
        calls = len(server.chats)
    assert report.manifest.tape is not None
    assert calls > 5
    kept = (tmp_path / "run" / "ledger").rglob("*.jsonl")
    assert "base64" not in next(kept).read_text()  # replies, never pictures
    shutil.rmtree(cache)  # no cached replies either
    code, told = run("replay", tmp_path / "run", "--fresh")
    assert (code, "the same report" in told) == (0, True), told
    lines = json.loads((tmp_path / "run" / "report.json").read_text())
    lines["brief"]["prompt"] = "something else"
    (tmp_path / "run" / "report.json").write_text(json.dumps(lines))
    with pytest.raises(JudgeUnavailable, match="no answer to this request"):
        run("replay", tmp_path / "run")


def test_the_evidence_judge_replays_and_a_report_that_was_touched_differs(
    film: Path, cache: Path, tmp_path: Path
) -> None:
    critique(film, focus="exposure", out=tmp_path / "run")
    moved = tmp_path / "elsewhere.mp4"
    shutil.copy(film, moved)
    assert run("replay", tmp_path / "run", "--clip", moved)[0] == 0
    path = tmp_path / "run" / "report.json"
    touched = path.read_text().replace('"answered": ', '"answered": 1', 1)
    path.write_text(touched)
    code, told = run("replay", tmp_path / "run", "--out", tmp_path / "new")
    assert code == 1
    assert "answered" in told
    assert (tmp_path / "new" / "report.html").is_file()


def test_another_clip_is_not_replayed_nor_one_that_is_gone(film: Path, cache: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.mp4"
    shutil.copy(film, gone)
    report = critique(gone, focus="exposure", out=tmp_path / "run")
    gone.unlink()
    with pytest.raises(UsageError, match="--clip"):
        run("replay", tmp_path / "run")
    gone.write_bytes(film.read_bytes() + b"\0" * 8)
    with pytest.raises(UsageError, match="not the clip"):
        run("replay", tmp_path / "run")
    with pytest.raises(UsageError, match="name the folder"):
        run("replay", tmp_path / "run" / "report.json")
    assert isinstance(report, Report)
    assert not differences(report, report)
