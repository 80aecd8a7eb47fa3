"""Rewards for clips: right, the same however they are run, narrow, and honest about gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse import Brief, Settings, critique, make_reward, reward
from evalverse.agent.judged import judged
from evalverse.agent.judges.scripted import ScriptedJudge
from evalverse.errors import UsageError
from tests.synth import write_clip

EXPOSURE, LIPS = "cinematography/lens/exposure", "sound-design/vocal/lip-sync"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A second of a drifting texture, well exposed and burnt out."""
    rng, folder = np.random.default_rng(5), tmp_path_factory.mktemp("clips")
    still = np.kron(rng.uniform(20, 230, (9, 16, 3)), np.ones((12, 12, 1)))
    frames = [np.roll(still, 2 * i, axis=1) for i in range(25)]
    good = write_clip(folder / "good.mp4", [f.astype(np.uint8) for f in frames])
    burnt = write_clip(folder / "burnt.mp4", [np.clip(f * 4, 0, 255).astype(np.uint8) for f in frames])
    return good, burnt


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(cache_dir=tmp_path / "cache")


def test_the_better_clip_gets_more_and_what_cannot_be_judged_its_reason(
    clips: tuple[Path, Path], settings: Settings
) -> None:
    good, burnt = reward(clips, wanted=["lens/exposure"], processes=1, settings=settings)
    assert good.total is not None and burnt.total is not None and good.total > burnt.total + 0.1
    (mute,) = reward(clips[:1], wanted=[EXPOSURE, LIPS], settings=settings)
    assert mute.scores[LIPS] is None and "no sound" in mute.reasons[LIPS] and mute.total is None


def test_the_narrow_way_scores_as_the_whole_critique_does(clips: tuple[Path, Path], settings: Settings) -> None:
    paths = [EXPOSURE, "aesthetics/visual-quality/temporal-consistency", "cinematography/pacing/movement-rationality"]
    (got,) = reward(clips[1:], wanted=paths, settings=settings)
    report = critique(clips[1], settings=Settings.load(cache_dir=settings.cache_dir / "other"))
    assert got.scores == {p: report.verdict(p).score for p in paths}
    assert any(s is not None for s in got.scores.values())


def test_only_what_is_wanted_is_judged_and_measured(clips: tuple[Path, Path], settings: Settings) -> None:
    found = judged(clips[0], "evidence", settings, wanted=[EXPOSURE])
    assert {a.check.rsplit("/", 1)[0] for a in found.answers} == {EXPOSURE}
    measured = (settings.cache_dir / "readings").glob("*.json")
    operators = {line for f in measured for line in f.read_text().split('"') if line.endswith(".sharpness")}
    assert not operators


def test_processes_change_nothing(clips: tuple[Path, Path], tmp_path: Path) -> None:
    alone = reward(clips, wanted=[EXPOSURE], processes=1, settings=Settings.load(cache_dir=tmp_path / "a"))
    spread = reward(clips, wanted=[EXPOSURE], processes=2, settings=Settings.load(cache_dir=tmp_path / "b"))
    assert alone == spread


def test_a_trainer_calls_it_with_paths_or_conversations(
    clips: tuple[Path, Path], settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"not a film")
    with make_reward(["lens/exposure"], processes=1, settings=settings) as score:
        plain = score(prompts=["a wall"] * 2, completions=[str(c) for c in clips], step=3)
        said = [[{"role": "assistant", "content": str(c)}] for c in clips]
        asked = [[{"role": "user", "content": [{"type": "text", "text": "a wall"}]}]] * 2
        assert score(asked, said) == plain and plain[0] is not None
        assert score(["x"], [str(tmp_path / "broken.mp4")]) == [None]
        assert score.__name__ == "evalverse_reward"
        with pytest.raises(UsageError, match="neither text nor a conversation"):
            score(["x"], [3])


def test_a_file_that_cannot_be_read_is_a_recorded_failure(
    clips: tuple[Path, Path], settings: Settings, tmp_path: Path
) -> None:
    lost, good = reward([tmp_path / "lost.mp4", clips[0]], wanted=[EXPOSURE], processes=1, settings=settings)
    assert lost.total is None and "lost.mp4" in lost.reasons[EXPOSURE]
    assert good.total is not None


def test_wrong_calls_are_refused(clips: tuple[Path, Path], settings: Settings) -> None:
    with pytest.raises(UsageError, match="2 clips do not go with 1 prompts"):
        reward(clips, ["a wall"], settings=settings)
    with pytest.raises(UsageError, match="processes"):
        make_reward(processes=-1)
    with pytest.raises(UsageError, match="ready judge"):
        make_reward(judge=ScriptedJudge(lambda case, check: "no"), processes=2)
    assert reward([], settings=settings) == []


def test_a_ready_judge_and_a_whole_brief_do(clips: tuple[Path, Path], settings: Settings) -> None:
    judge = ScriptedJudge(lambda case, check: f"{case.brief.genre} cannot be told")
    (got,) = reward(clips[:1], [Brief(genre="western")], wanted=[EXPOSURE], judge=judge, settings=settings)
    assert got.scores == {EXPOSURE: None} and "western cannot be told" in got.reasons[EXPOSURE]
