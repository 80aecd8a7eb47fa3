"""VBench's own files: the list of prompts and clips that it reads, and the results that its score scripts accept.

out/<name>_full_info.json      which clip belongs to which prompt and dimension, as VBench keeps it
out/<name>_eval_results.json   {dimension: [mean, [{video_path, video_results}]]}; only what has a value
out/<name>_details.json        the same and more: null with its reason, how many clips count, offline stand-ins

VBench's scripts look at every JSON object in a submitted folder, hence the details are a JSON list, which they pass
over. A dimension without any value is left out of the results, and those scripts then count it as 0: a total is
sound only when no dimension is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from evalverse.errors import UsageError
from evalverse.report.write import put_text
from evalverse.tools.evidence import Evidence, Scope

SUFFIXES = frozenset((".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"))
"""File names in a folder that are taken for clips."""


@dataclass(frozen=True)
class Dimension:
    """How one of VBench's dimensions comes out of our evidence and goes into its files."""

    measure: str
    stand_in: str | None = None
    """A measure under its own name, of the same subject, that needs no published model."""
    by_pairs: bool = False
    """The mean over clips weighs each clip by its pairs of frames, as VBench does here."""
    scale: float = 1.0
    """What the mean over clips is multiplied by: MUSIQ's values stay 0..100 per clip, their mean becomes 0..1."""
    truth: bool = False
    """Each clip's value is written as true or false."""


DIMENSIONS = {
    "subject_consistency": Dimension("subject_consistency.vbench", "picture_similarity.from_first", by_pairs=True),
    "background_consistency": Dimension("background_consistency.vbench", by_pairs=True),
    "temporal_flickering": Dimension("temporal_flickering.vbench"),
    "motion_smoothness": Dimension("motion_smoothness.vbench", "dis_motion_smoothness.score"),
    "dynamic_degree": Dimension("dynamic_degree.vbench", "dis_dynamic_degree.moves", truth=True),
    "aesthetic_quality": Dimension("aesthetic_quality.vbench"),
    "imaging_quality": Dimension("imaging_quality.vbench", scale=0.01),
    "overall_consistency": Dimension("overall_consistency.vbench"),
}
"""The dimensions that can be judged on any clip, by VBench's names."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""VBench writes a single name without the list around it."""


class Asked(BaseModel):
    """One entry of full_info.json: a prompt, the dimensions that it serves, and its clips. Other keys pass unread."""

    model_config = ConfigDict(frozen=True)
    prompt_en: str = ""
    dimension: Names
    video_list: Names = ()


@dataclass(frozen=True)
class Job:
    """One clip to be measured: its path as it will be written, the prompt if there is one, the dimensions."""

    path: str
    prompt: str | None
    dimensions: tuple[str, ...]


class Result(BaseModel):
    """What one dimension came to on one clip. ``value`` is None exactly when ``reason`` says why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    video_path: str
    prompt: str | None = None
    value: float | None = None
    reason: str | None = None
    evidence: str | None = Field(None, description="id of the evidence")
    pairs: int | None = Field(None, description="pairs of frames that the value was read from")
    stand_in: dict[str, float | str] | None = Field(None, description="a measure of its own name: its value or reason")


class Details(BaseModel):
    """One dimension over all clips."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    dimension: str
    mean: float | None = Field(description="as VBench takes it, over the clips that have a value")
    clips: int = Field(description="that have a value")
    of: int = Field(description="clips that were asked for")
    results: tuple[Result, ...]


# reading


def read_full_info(path: Path) -> list[Asked]:
    """The entries of a full_info.json. Raises UsageError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[Asked]).validate_python(raw)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: {where or 'top'}: {first['msg']}; it holds [{{prompt_en, dimension}}]") from error
    except ValueError as error:
        raise UsageError(f"{path}: this is not JSON: {error}") from error


def clips_in(folder: Path) -> list[Path]:
    """The clips of a folder by name, or the one clip that ``folder`` is. Raises UsageError when there are none."""
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder")
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    if not found:
        raise UsageError(f"{folder}: no clips in it ({', '.join(sorted(SUFFIXES))})")
    return found


def prompt_of(path: Path) -> str | None:
    """The prompt in a name like ``a cat on a roof-3.mp4``; None for any other name."""
    match = re.fullmatch(r"(.+)-\d+", path.stem)
    return match.group(1) if match else None


def jobs(clips: Iterable[Path], dimensions: Sequence[str]) -> list[Job]:
    """Every clip on every dimension; the prompt comes from the name if it is of VBench's form."""
    return [Job(str(path), prompt_of(path), tuple(dimensions)) for path in clips]


def jobs_asked(asked: Sequence[Asked], folder: Path, dimensions: Sequence[str]) -> tuple[list[Job], list[str]]:
    """The clips that a full_info.json asks for, and notes on what it does not fit.

    A clip is one of the entry's ``video_list`` (a path as it stands, or a name in ``folder``), or else a file
    ``{prompt}-{number}`` in ``folder``. A clip that several entries name is measured once per prompt.
    """
    named: dict[str, list[Path]] = {}
    there = clips_in(folder)
    for path in there:
        named.setdefault(prompt_of(path) or "", []).append(path)
    found: dict[tuple[str, str], Job] = {}
    without = 0
    for entry in asked:
        wanted = tuple(d for d in dimensions if d in entry.dimension)
        if not wanted:
            continue
        paths = [_placed(name, folder) for name in entry.video_list] or named.get(entry.prompt_en, [])
        without += not paths
        for path in paths:
            key = str(path), entry.prompt_en
            before = found[key].dimensions if key in found else ()
            both = tuple(d for d in dimensions if d in before or d in wanted)
            found[key] = Job(str(path), entry.prompt_en or None, both)
    notes = [f"{without} prompts have no clip in {folder}"] if without else []
    known = {Path(job.path).name for job in found.values()}
    idle = sum(path.name not in known for path in there)
    return list(found.values()), notes + ([f"{idle} clips belong to no prompt that was asked for"] if idle else [])


def _placed(name: str, folder: Path) -> Path:
    """Where a listed clip lies; the name in the folder if the path itself leads nowhere."""
    path = Path(name)
    places = (path, folder / path, folder / path.name)
    return next((place for place in places if place.exists()), path)


# results


def result(job: Job, dimension: str, evidence: Iterable[Evidence]) -> Result:
    """What the evidence of a clip says of one dimension."""
    spec = DIMENSIONS[dimension]
    whole = {e.measure: e for e in evidence if e.scope is Scope.CLIP}
    found = whole.get(spec.measure)
    if found is None:
        return failure(job, f"nothing came of {spec.measure}", None)
    pairs = found.data.get("pairs")
    return Result(
        video_path=job.path,
        prompt=job.prompt,
        value=found.value,
        reason=found.unmeasured,
        evidence=found.id,
        pairs=int(pairs) if pairs is not None else None,
        stand_in=_stand_in(whole.get(spec.stand_in or "")),
    )


def failure(job: Job, reason: str, stand_in: dict[str, float | str] | None = None) -> Result:
    """A clip that could not be measured."""
    return Result(video_path=job.path, prompt=job.prompt, reason=reason, stand_in=stand_in)


def details(dimension: str, results: Sequence[Result]) -> Details:
    """One dimension over its clips, with VBench's mean."""
    spec = DIMENSIONS[dimension]
    counted = [(r.value, (r.pairs or 1) if spec.by_pairs else 1) for r in results if r.value is not None]
    weight = sum(w for _, w in counted)
    mean = spec.scale * sum(v * w for v, w in counted) / weight if counted else None
    return Details(dimension=dimension, mean=mean, clips=len(counted), of=len(results), results=tuple(results))


def eval_results(found: Iterable[Details]) -> dict[str, list[Any]]:
    """VBench's form; clips and dimensions without a value are not in it."""
    return {
        one.dimension: [
            one.mean,
            [
                {"video_path": r.video_path, "video_results": bool(r.value) if _truth(one) else r.value}
                for r in one.results
                if r.value is not None
            ],
        ]
        for one in found
        if one.mean is not None
    }


def full_info(asked: Iterable[Job]) -> list[dict[str, Any]]:
    """VBench's list of prompts and clips for what was measured."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for job in asked:
        groups.setdefault((job.prompt or "", job.dimensions), []).append(job.path)
    return [{"prompt_en": p, "dimension": list(d), "video_list": paths} for (p, d), paths in groups.items()]


def write_results(
    found: Sequence[Details], asked: Sequence[Job], out: Path, name: str = "evalverse"
) -> tuple[Path, ...]:
    """Writes the three files; returns their paths: results, details, full_info. Raises UsageError."""
    content = {
        f"{name}_eval_results.json": eval_results(found),
        f"{name}_details.json": [one.model_dump(mode="json") for one in found],
        f"{name}_full_info.json": full_info(asked),
    }
    try:
        for file, value in content.items():
            put_text(out / file, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    except OSError as error:
        raise UsageError(f"{out}: the results cannot be written: {error.strerror or error}") from error
    return tuple(out / file for file in content)


def _truth(one: Details) -> bool:
    return DIMENSIONS[one.dimension].truth


def _stand_in(found: Evidence | None) -> dict[str, float | str] | None:
    if found is None:
        return None
    if found.value is None:
        return {"measure": found.measure, "reason": str(found.unmeasured)}
    return {"measure": found.measure, "value": found.value}
