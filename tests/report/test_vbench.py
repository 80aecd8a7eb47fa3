"""VBench's files, read and written: the means as VBench takes them, and what its score script makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalverse.errors import UsageError
from evalverse.report.vbench import (
    DIMENSIONS,
    Job,
    Result,
    clips_in,
    details,
    eval_results,
    full_info,
    jobs,
    jobs_asked,
    prompt_of,
    read_full_info,
    result,
    write_results,
)
from evalverse.tools.evidence import Direction, Evidence, Scope
from evalverse.tools.operator import operator

JOB = Job("a.mp4", "a cat", tuple(DIMENSIONS))


def reading(measure: str, value: float | None, reason: str | None = None, **data: Any) -> Evidence:
    return Evidence(
        operator=measure.split(".")[0],
        version="1",
        measure=measure,
        title="t",
        value=value,
        unmeasured=reason,
        unit="",
        direction=Direction.HIGHER,
        scope=Scope.CLIP,
        data=data,
    ).with_id()


def some(*values: float | None, pairs: tuple[int, ...] = ()) -> list[Result]:
    weights = pairs or (1,) * len(values)
    return [
        Result(video_path=f"{i}.mp4", value=v, reason=None if v is not None else "because", pairs=p)
        for i, (v, p) in enumerate(zip(values, weights, strict=True))
    ]


def test_every_dimension_names_measures_that_exist() -> None:
    for spec in DIMENSIONS.values():
        for measure in filter(None, (spec.measure, spec.stand_in)):
            kind, name = measure.split(".")
            assert name in {m.name for m in operator(kind).measures}


def test_the_mean_of_clips_and_how_many_count() -> None:
    found = details("temporal_flickering", some(0.9, None, 0.7))
    assert (found.mean, found.clips, found.of) == (pytest.approx(0.8), 2, 3)


def test_consistencies_weigh_a_clip_by_its_pairs_of_frames() -> None:
    found = details("subject_consistency", some(0.9, 0.5, pairs=(30, 10)))
    assert found.mean == pytest.approx(0.8)


def test_imaging_quality_is_divided_over_clips_only() -> None:
    found = details("imaging_quality", some(60, 70))
    assert found.mean == pytest.approx(0.65)
    assert [r["video_results"] for r in eval_results([found])["imaging_quality"][1]] == [60, 70]


def test_dynamic_degree_is_true_or_false_per_clip() -> None:
    written = eval_results([details("dynamic_degree", some(1.0, 0.0, 1.0, None))])["dynamic_degree"]
    assert written[0] == pytest.approx(2 / 3)
    assert [r["video_results"] for r in written[1]] == [True, False, True]


def test_what_has_no_value_is_null_with_its_reason_and_in_no_result() -> None:
    found = details("aesthetic_quality", some(None, None))
    assert (found.mean, found.clips, found.of) == (None, 0, 2)
    assert eval_results([found]) == {}


def test_evidence_becomes_a_result() -> None:
    shot = reading("dynamic_degree.vbench", 0.0).model_copy(update={"scope": Scope.SHOT})
    rows = [shot, reading("dynamic_degree.vbench", None, "no RAFT weights"), reading("dis_dynamic_degree.moves", 1.0)]
    found = result(JOB, "dynamic_degree", rows)
    assert (found.value, found.reason) == (None, "no RAFT weights")
    assert found.stand_in == {"measure": "dis_dynamic_degree.moves", "value": 1.0}
    good = result(JOB, "subject_consistency", [reading("subject_consistency.vbench", 0.9, pairs=24)])
    assert (good.value, good.pairs, good.prompt, good.stand_in) == (0.9, 24, "a cat", None)
    assert result(JOB, "temporal_flickering", []).reason == "nothing came of temporal_flickering.vbench"


# reading


@pytest.mark.parametrize(
    ("name", "prompt"),
    [("a cat on a roof-3.mp4", "a cat on a roof"), ("take-2-11.gif", "take-2"), ("final.mp4", None), ("-3.mp4", None)],
)
def test_prompts_in_names(name: str, prompt: str | None) -> None:
    assert prompt_of(Path(name)) == prompt


def test_clips_of_a_folder_whatever_their_names(tmp_path: Path) -> None:
    for name in ("b 100%.mov", "a-0.mp4", ".hidden.mp4", "notes.txt"):
        (tmp_path / name).touch()
    assert [p.name for p in clips_in(tmp_path)] == ["a-0.mp4", "b 100%.mov"]
    assert clips_in(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]
    assert [j.prompt for j in jobs(clips_in(tmp_path), ["dynamic_degree"])] == ["a", None]
    with pytest.raises(UsageError, match="no clips"):
        clips_in(_empty(tmp_path))
    with pytest.raises(UsageError, match="no such folder"):
        clips_in(tmp_path / "absent")


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_full_info_with_names_of_its_own_and_of_the_standard_form(tmp_path: Path) -> None:
    for name in ("a cat-0.mp4", "a cat-1.mp4", "dog.mov", "stray.mp4"):
        (tmp_path / name).touch()
    entries = [
        {"prompt_en": "a cat", "dimension": ["subject_consistency", "object_class"], "auxiliary_info": {"x": 1}},
        {"prompt_en": "a dog", "dimension": "dynamic_degree", "video_list": ["somewhere/else/dog.mov"]},
        {"prompt_en": "a cow", "dimension": ["dynamic_degree"]},
        {"prompt_en": "a cat", "dimension": ["dynamic_degree"]},
        {"prompt_en": "a hen", "dimension": ["color"]},
    ]
    path = tmp_path / "full_info.json"
    path.write_text(json.dumps(entries))
    found, notes = jobs_asked(read_full_info(path), tmp_path, list(DIMENSIONS))
    assert [(Path(j.path).name, j.prompt, j.dimensions) for j in found] == [
        ("a cat-0.mp4", "a cat", ("subject_consistency", "dynamic_degree")),
        ("a cat-1.mp4", "a cat", ("subject_consistency", "dynamic_degree")),
        ("dog.mov", "a dog", ("dynamic_degree",)),
    ]
    assert notes[0].startswith("1 prompts have no clip") and notes[1].startswith("1 clips belong to no prompt")
    again = tmp_path / "again.json"
    again.write_text(json.dumps(full_info(found)))
    assert jobs_asked(read_full_info(again), tmp_path, list(DIMENSIONS))[0] == found


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "not JSON"), ("{}", "list"), ('[{"prompt_en": "x"}]', "0.dimension"), (None, "cannot be read")],
)
def test_a_full_info_that_is_wrong(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "full_info.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=said):
        read_full_info(path)


# writing


def test_vbenchs_score_script_accepts_the_folder(tmp_path: Path) -> None:
    """Its reading, in our words: every JSON object of a submitted folder, the first item of every key."""
    found = [
        details("temporal_flickering", some(0.9, 0.7)),
        details("aesthetic_quality", some(None, None)),
        details("dynamic_degree", some(1.0, 0.0)),
    ]
    results, richer, info = write_results(found, [JOB], tmp_path / "out", "mine")
    scores: dict[str, float] = {}
    for path in (tmp_path / "out").iterdir():
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            scores |= {key.replace("_", " "): value[0] for key, value in content.items()}
    assert scores == {"temporal flickering": pytest.approx(0.8), "dynamic degree": 0.5}
    assert results.name == "mine_eval_results.json"
    listed = {row["dimension"]: row for row in json.loads(richer.read_text(encoding="utf-8"))}
    assert listed["aesthetic_quality"]["mean"] is None
    assert [r["reason"] for r in listed["aesthetic_quality"]["results"]] == ["because"] * 2
    assert json.loads(info.read_text())[0]["video_list"] == ["a.mp4"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        write_results([], [], tmp_path / "file")
