"""The study from files to page: clips whose quality is known, folders that are not what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse.calibration.agreement import page as pages
from evalverse.calibration.agreement import rank, study
from evalverse.calibration.agreement.rank import within
from evalverse.errors import EvalVerseError, UsageError
from tests.synth import write_clip
from tests.tools.image.test_motion import dissolving, textured

HEADER = "clip,prompt_id,source,prompt,static_quality,temporal_quality,alignment\n"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One operator, and no intervals: they have tests of their own."""
    monkeypatch.setattr(study, "_seen", lambda kind: kind.name == "persistence")
    monkeypatch.setattr(rank, "over_groups", lambda *_, **__: (-1.0, 1.0))
    monkeypatch.setattr(pages, "chance", lambda *_, **__: 0.5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four generators and four prompts; the more dissolves, the lower the rating of what happens over time."""
    draw, rows = np.random.default_rng(0), []
    for generator in range(4):
        for prompt in range(4):
            share = float(draw.uniform(0, 0.7))
            name = f"{prompt}_{generator}.mkv"
            write_clip(tmp_path / name, dissolving(textured(14), share), rate=10)
            rating = round(5 - 4 * share)
            rows.append(f"{name},{prompt},g{generator},words,3 3 2,{rating} {rating} {min(5, rating + 1)},2 4 3\n")
    (tmp_path / "scores.csv").write_text(HEADER + "".join(rows))
    return tmp_path


@pytest.mark.usefixtures("quick")
def test_what_lasts_is_found_to_agree_with_who_rated_it(folder: Path) -> None:
    found = study.read(folder)
    mean = found.ratings["temporal_quality"].mean(1)
    assert found.ratings["temporal_quality"].shape == (16, 3)
    for readings in (found.readings, found.own_size):
        assert within(readings["persistence.held"], mean, found.clips) > 0.8
    text = pages.page(found)
    assert "16 clips that 4 generators" in text and "| `persistence.held` | 16 | +0.9" in text
    assert "ranks of the four, with limits of speed | 0 | too few" in text, "what was not measured is not made up"
    assert "none could be measured" in text, "no real footage in this folder"


@pytest.mark.usefixtures("quick")
def test_a_second_run_measures_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_CACHE_DIR", str(folder / "cache"))
    fresh: list[str] = []
    real = study.measure

    def watched(*given: Any) -> Any:
        done = real(*given)
        fresh.extend(done.fresh)
        return done

    monkeypatch.setattr(study, "measure", watched)
    first = study.read(folder)
    assert fresh.count("persistence") > 16, "some of the clips are alike, but not at both sizes"
    fresh.clear()
    second = study.read(folder)
    assert fresh == []
    assert second.readings.keys() == first.readings.keys()
    assert all(np.array_equal(first.readings[n], second.readings[n], equal_nan=True) for n in first.readings)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("table", "said"),
    [
        (None, "holds no scores.csv"),
        (HEADER, "lists no clip"),
        ("clip,source\na.mkv,g\n", "no column alignment, prompt_id"),
        (HEADER + "gone.mkv,1,g,w,3 3,3 3,3 3\n", "gone.mkv"),
        (HEADER + "scores.csv,1,g,w,3 3,3 3,3 3\n", "scores.csv"),
        (HEADER + "a.mkv,1,g,w,3 3,good bad,3 3\n", "temporal_quality"),
        (HEADER + "a.mkv,1,g,w,3 3,3 3,3 3\na.mkv,2,g,w,3 3,3 3 3,3 3\n", "temporal_quality"),
    ],
)
def test_wrong_folders_say_what_is_wrong(table: str | None, said: str, tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mkv", textured(3), rate=10)
    if table is not None:
        (tmp_path / "scores.csv").write_text(table)
    with pytest.raises(EvalVerseError, match=said) as caught:
        study.read(tmp_path)
    assert isinstance(caught.value, UsageError)
