"""The refining loop around made-up generators: it mends what it is told of, keeps the best, ends, and resumes."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import numpy as np
import pytest

from evalverse import Refined, Settings, Stop, refine, stream_refine
from evalverse.agent.feedback.refine import Generator
from evalverse.errors import GeneratorError, UnknownName
from tests.synth import write_clip

EXPOSURE = "cinematography/lens/exposure"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(cache_dir=tmp_path / "cache")


def burning(folder: Path, *, deaf: bool = False, seeds: bool = True) -> Generator:
    """A generator that burns out the picture unless highlights are asked for, and flickers unless light is to be
    steady; a deaf one never listens, and one without seeds makes the same clip for the same prompt."""
    folder.mkdir(exist_ok=True)

    def generate(prompt: str, number: int) -> Path:
        if number and not seeds:  # encoders with threads need not give the same bytes twice
            return Path(copy(folder / "0.mp4", folder / f"{number}.mp4"))
        rng = np.random.default_rng(5 + number)
        still = np.kron(rng.uniform(20, 230, (9, 16, 3)), np.ones((12, 12, 1)))
        gain = 1.0 if "highlight" in prompt and not deaf else 4.0
        shake = 0.0 if "steady" in prompt and not deaf else 0.3
        gains = gain * (1 + shake * rng.uniform(-1, 0, 25))
        frames = [np.clip(np.roll(still, 2 * i, axis=1) * g, 0, 255).astype(np.uint8) for i, g in enumerate(gains)]
        return write_clip(folder / f"{number}.mp4", frames)

    return generate


def test_it_mends_what_it_is_told_of(tmp_path: Path, settings: Settings) -> None:
    done = refine(
        burning(tmp_path / "clips"),
        "a wall of tiles",
        wanted=["lens/exposure"],
        out=tmp_path / "out",
        settings=settings,
    )
    first, best = done.tries[0], done.tries[done.best or 0]
    assert done.stopped.startswith("target") and done.best
    assert first.prompt == "a wall of tiles" and first.problems and first.total is not None
    assert best.total is not None and best.total > first.total
    assert done.prompt == best.prompt and "highlight" in best.prompt and best.prompt.startswith("a wall of tiles, ")
    assert all(Path(t.report).is_file() for t in done.tries)
    assert Refined.model_validate_json((tmp_path / "out" / "refined.json").read_text()) == done


def test_a_generator_that_does_not_listen_ends_it(tmp_path: Path, settings: Settings) -> None:
    options = {"wanted": [EXPOSURE], "settings": settings}
    deaf = refine(burning(tmp_path / "a", deaf=True), "a wall", stop=Stop(tries=9, patience=2), **options)
    assert deaf.stopped.startswith(("no gain", "repetition")) and len(deaf.tries) < 6
    same = refine(burning(tmp_path / "b", deaf=True, seeds=False), "a wall", stop=Stop(patience=9), **options)
    assert same.stopped.startswith("repetition: the generator made the same clip") and len(same.tries) == 2


def test_progress_is_told(tmp_path: Path, settings: Settings) -> None:
    *events, done = stream_refine(
        burning(tmp_path / "c"), "a wall", stop=Stop(tries=2), wanted=[EXPOSURE], settings=settings
    )
    assert isinstance(done, Refined)
    kinds = [e["event"] for e in events if isinstance(e, dict)]
    assert kinds.count("try") == kinds.count("tried") == len(done.tries)
    stages = {e.get("stage") for e in events if isinstance(e, dict) and e.get("number") == 1}
    assert {"survey", "compose"} <= stages


def test_a_run_that_broke_goes_on_where_it_stopped(tmp_path: Path, settings: Settings) -> None:
    inner, asked = burning(tmp_path / "clips"), list[int]()

    def breaking(prompt: str, number: int) -> Path:
        asked.append(number)
        if asked == [0, 1]:
            raise RuntimeError("the machine went down")
        return inner(prompt, number)

    options = {"wanted": [EXPOSURE], "out": tmp_path / "out", "settings": settings}
    with pytest.raises(RuntimeError, match="went down"):
        refine(breaking, "a wall", **options)
    done = refine(breaking, "a wall", **options)
    assert asked[:3] == [0, 1, 1] and [t.number for t in done.tries] == list(range(len(done.tries)))


def test_a_generator_without_a_file_and_a_wrong_wish_are_errors(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(GeneratorError, match=r"nothing\.mp4"):
        refine(lambda prompt, number: tmp_path / "nothing.mp4", "a wall", settings=settings)
    with pytest.raises(UnknownName):
        refine(burning(tmp_path / "c"), "a wall", wanted=["lens/exposre"], settings=settings)


def test_what_the_first_clip_does_not_show_is_set_aside(tmp_path: Path, settings: Settings) -> None:
    lips = "sound-design/vocal/lip-sync"
    done = refine(burning(tmp_path / "c"), "a wall", stop=Stop(tries=1), wanted=[EXPOSURE, lips], settings=settings)
    assert set(done.set_aside) == {lips} and done.tries[0].total == done.tries[0].scores[EXPOSURE]
    none = refine(burning(tmp_path / "c"), "a wall", stop=Stop(tries=2), wanted=[lips], settings=settings)
    assert none.best is None and none.clip is None and none.stopped == "nothing that is wanted could be judged"
