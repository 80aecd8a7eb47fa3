"""Has a judge look at rated clips and compares what it says with the ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evalverse.calibration.agreement.study import resized
from evalverse.calibration.credibility.rank import Values
from evalverse.calibration.credibility.ratings import Ratings
from evalverse.calibration.credibility.study import Study, study
from evalverse.calibration.laboratory.judgements import slug
from evalverse.calibration.laboratory.run import Judging, Measuring, id_of
from evalverse.calibration.laboratory.work import Done, Item, Tell, spread
from evalverse.settings import Settings
from evalverse.taxonomy import load


def judge_ratings(
    ratings: Ratings,
    judge: str,
    out: Path,
    *,
    size: tuple[int, int] | None = None,
    readings: bool = False,
    workers: int | None = None,
    settings: Settings | None = None,
    tell: Tell | None = None,
) -> Study:
    """Judges all rated clips and compares. What is done is kept in ``out``, and a stopped call goes on from there.

    Args:
        size: width and height that every picture is brought to first, its sound left out; generators differ in size,
            and what only sees it would tell them apart.
        readings: compare every operator's reading of the whole clip as well.

    Raises:
        UsageError: the judge's words are wrong.
        JudgeError: the judge cannot be reached.
    """
    settings = settings or Settings.load()
    one = settings.model_copy(update={"workers": 1, "credibility": False})  # what is measured must not be withheld
    told = id_of(judge, one)
    clips = [_scaled(clip, out / "scaled", size) for clip in ratings.clips] if size else list(ratings.clips)
    items = [
        Item(id=str(n), clip=clip, prompt=prompt, truth=f"{clip} {clip.stat().st_size}")
        for n, (clip, prompt) in enumerate(zip(clips, ratings.prompts, strict=True))
    ]
    log = out / f"judged.{slug(judge)}.jsonl"
    done = spread(Judging(judge, told, one), items, log, workers or settings.workers, tell)
    found = [done[item.id] for item in items]
    failed = {clip.name: d.failed for clip, d in zip(ratings.clips, found, strict=True) if d.failed is not None}
    single: dict[str, Values] = {}
    if readings:
        single = _readings(spread(Measuring(one), items, out / "measured.jsonl", workers or settings.workers, tell))
    return study(ratings, _scores(found), told, failed, single)


def _scaled(clip: Path, folder: Path, size: tuple[int, int]) -> Path:
    folder = folder / f"{size[0]}x{size[1]}"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{clip.stem}.mkv"
    if not target.is_file():
        part = folder / f".part-{clip.stem}.mkv"
        resized(clip, part, size).replace(target)
    return target


def _readings(done: Mapping[str, Done]) -> dict[str, Values]:
    """(N,) readings of the whole clip by measure; nan where there is none."""
    told = [{row["measure"]: row["value"] for row in d.found.get("readings", ())} for d in done.values()]
    names = sorted(set().union(*told))
    return {name: _column(told, name) for name in names}


def _column(told: Sequence[Mapping[str, float | None]], name: str) -> Values:
    return np.array([np.nan if (v := line.get(name)) is None else v for line in told], np.float64)


def _scores(found: list[Done]) -> dict[str, Values]:
    """(N,) scores by sub-dimension; nan where there is none."""
    told = [{v["path"]: v["score"] for v in done.found.get("verdicts", ())} for done in found]
    return {sub.path: _column(told, sub.path) for sub in load().subdimensions()}
