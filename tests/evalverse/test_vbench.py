"""evalverse vbench as a user meets it: clips of any name, files that VBench reads, null with its reason, resuming."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synth import travel, write_clip


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evalverse", "vbench", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    write_clip(folder / "a still wall-0.mp4", list(travel(1, 1)) * 25)
    write_clip(folder / "Take 7 [final].mov", travel(2, 25, pan=(3, 0)))
    return folder


NEEDS_NO_MODEL = ("--dimension", "temporal_flickering", "--dimension", "dynamic_degree")


def test_a_folder_of_clips(videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_VBENCH_RAFT", str(tmp_path / "absent.pth"))
    first = run(videos, *NEEDS_NO_MODEL, "--out", "out", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "Take 7 [final].mov" in first.stdout and "null" in first.stdout and "2 of 2" in first.stdout
    results = json.loads((tmp_path / "out" / "evalverse_eval_results.json").read_text())
    assert list(results) == ["temporal_flickering"]
    mean, rows = results["temporal_flickering"]
    values = {Path(r["video_path"]).name: r["video_results"] for r in rows}
    assert mean == pytest.approx(sum(values.values()) / 2)
    assert values["a still wall-0.mp4"] > 0.99 > values["Take 7 [final].mov"]
    details = {d["dimension"]: d for d in json.loads((tmp_path / "out" / "evalverse_details.json").read_text())}
    moved, still = details["dynamic_degree"]["results"]
    assert moved["value"] is None and "EVALVERSE_VBENCH_RAFT" in moved["reason"]
    assert (moved["stand_in"]["value"], still["stand_in"]["value"]) == (1.0, 0.0)
    assert (moved["prompt"], still["prompt"]) == (None, "a still wall")
    again = run(videos, *NEEDS_NO_MODEL, "--out", "again", cwd=tmp_path)
    assert again.stdout.count("kept from an earlier call") == 2
    for name in ("evalverse_eval_results.json", "evalverse_details.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_a_broken_clip_is_recorded_and_the_others_are_measured(videos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "broken.mp4").write_text("no film")
    (folder / "good.mp4").symlink_to(videos / "a still wall-0.mp4")
    done = run(folder, "--dimension", "temporal_flickering", cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    (one,) = json.loads((tmp_path / "vbench" / "evalverse_details.json").read_text())
    assert (one["clips"], one["of"]) == (1, 2)
    assert "broken.mp4" in one["results"][0]["reason"] and one["results"][1]["value"] > 0.99


def test_only_what_a_full_info_asks_for(videos: Path, tmp_path: Path) -> None:
    entry = {"prompt_en": "a still wall", "dimension": ["temporal_flickering", "scene"]}
    (tmp_path / "info.json").write_text(json.dumps([entry]))
    done = run(videos, "--full-info", "info.json", "--name", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "vbench" / "mine_eval_results.json").read_text())
    assert [Path(r["video_path"]).name for r in results["temporal_flickering"][1]] == ["a still wall-0.mp4"]
    assert "1 clips belong to no prompt" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{videos}", "--dimension", "object_class"], "temporal_flickering"),
        (["absent"], "no such folder"),
        (["."], "no clips"),
        (["{videos}", "--full-info", "absent.json"], "cannot be read"),
    ],
)
def test_wrong_calls(videos: Path, tmp_path: Path, words: list[str], said: str) -> None:
    done = run(*(w.format(videos=videos) for w in words), cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
