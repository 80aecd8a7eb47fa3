"""lab run: every clip of a laboratory measured by all operators and, with a judge, judged."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evalverse.agent.budget import Budget
from evalverse.agent.case import tuning
from evalverse.agent.judged import judged
from evalverse.agent.judges.base import Judge
from evalverse.agent.judges.make import make_judge
from evalverse.calibration.faults.lab import Order, Row, read_manifest
from evalverse.calibration.laboratory.judgements import answer_rows, slug, verdict_rows, write_judgements
from evalverse.calibration.laboratory.readings import rows_of, write_readings
from evalverse.calibration.laboratory.work import Done, Item, spread
from evalverse.errors import UsageError
from evalverse.prompts import version as prompts_version
from evalverse.report.brief import Brief
from evalverse.settings import Settings
from evalverse.taxonomy import load
from evalverse.tools.ledger import Ledger, write_file
from evalverse.tools.media import VERSION as MEDIA
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import operators
from evalverse.tools.schedule import measure

Progress = Callable[[str, int, int], None]
"""Called with (what is done, done, in all)."""


class Pass(BaseModel):
    """One pass over the clips, as it is noted in run.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    clips: int
    failed: dict[str, str] = Field(default_factory=dict, description="clip: why")
    worked: int = Field(description="clips of this call; the others were kept from earlier ones")
    seconds: float = Field(description="of this call, by the clock")
    workers: int
    seconds_per_clip: float = Field(description="of one worker, mean over all clips, whenever they were worked on")


class Run(BaseModel):
    """What the tables of a laboratory come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    judge: str | None = None
    calibration: str | None = None
    taxonomy: str
    prompts: str
    operators: dict[str, str] = Field(description="name: version")
    passes: dict[str, Pass]


@dataclass(frozen=True)
class Measuring:
    """Measures a clip with every operator that needs no request."""

    settings: Settings

    @cached_property
    def stamp(self) -> str:
        return json.dumps([MEDIA, versions()])

    def __call__(self, item: Item) -> dict[str, Any]:
        clip, ledger = probe(item.clip, self.settings), Ledger(self.settings.cache_dir)
        found = measure(clip, versions(), ledger, settings=self.settings, tuned=tuning(_brief(item)))
        return {"readings": rows_of(e for rows in found.evidence.values() for e in rows)}


@dataclass(frozen=True)
class Judging:
    """Judges a clip as a critique would; ``told`` is id and calibration of the judge that ``spec`` makes."""

    spec: str
    told: tuple[str, str]
    settings: Settings

    @cached_property
    def stamp(self) -> str:
        return json.dumps([self.spec, self.told, load().version, prompts_version(), MEDIA, versions()])

    def __call__(self, item: Item) -> dict[str, Any]:
        judge = _judge(self.spec, self.settings.model_dump_json())
        found = judged(item.clip, judge, self.settings, _brief(item))
        return {"answers": answer_rows(found.answers), "verdicts": verdict_rows(found.verdicts)}


def _brief(item: Item) -> Brief:
    return Brief.make(item.id, prompt=item.prompt) if item.prompt else Brief()


@cache
def _judge(spec: str, settings: str) -> Judge:
    """One judge per process, whose settings come as JSON: a model is loaded once."""
    return make_judge(spec, Settings.model_validate_json(settings), Budget())


@cache
def versions() -> dict[str, str]:
    """Version by name of all operators that need no request."""
    return {name: kind.version for name, kind in operators().items() if not kind.on_request}


def run(
    lab: Path,
    judge: str | None = None,
    families: Sequence[str] = (),
    workers: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Run:
    """Measures the clips of ``lab`` and, with a ``judge``, has them judged; writes the tables.

    It goes on where it was stopped. Readings lie in the evidence cache of ``settings``, so that only what changed is
    measured again. Nothing of the truth in the manifest is handed in but what was asked for, as a brief would say it.

    Raises:
        UsageError: ``lab`` holds no clips, or the judge's words are wrong.
        MissingExtra: pyarrow is absent.
        JudgeError: the judge cannot be reached; the same call goes on from there.
    """
    settings = settings or Settings.load()
    one = settings.model_copy(update={"workers": 1, "credibility": False})  # what is measured must not be withheld
    several = workers or settings.workers
    items, tell = items_of(lab, families), progress or (lambda *_: None)
    told = id_of(judge, one) if judge else None
    passes: dict[str, Pass] = {}

    def go(what: str, work: Measuring | Judging, log: Path) -> dict[str, Done]:
        begun, counts = time.perf_counter(), []

        def count(done: int, total: int) -> None:
            counts.append(done)
            tell(what, done, total)

        found = spread(work, items, log, several, count)
        seconds = time.perf_counter() - begun
        passes[what] = Pass(
            clips=len(found),
            failed={key: done.failed for key, done in found.items() if done.failed is not None},
            worked=len(found) - counts[0],
            seconds=round(seconds, 1),
            workers=several,
            seconds_per_clip=round(sum(d.seconds for d in found.values()) / len(found), 2),
        )
        return found

    write_readings(lab, go("measured", Measuring(one), lab / "measured.jsonl"))
    if judge and told:
        write_judgements(lab, judge, go("judged", Judging(judge, told, one), lab / f"judged.{slug(judge)}.jsonl"))
    told_run = Run(
        judge=told and told[0],
        calibration=told and told[1],
        taxonomy=load().version,
        prompts=prompts_version(),
        operators=versions(),
        passes=passes,
    )
    write_file(run_file(lab, judge), (told_run.model_dump_json(indent=1) + "\n").encode())
    return told_run


def run_file(lab: Path, judge: str | None) -> Path:
    """Where a run is noted."""
    return lab / (f"run.{slug(judge)}.json" if judge else "run.json")


def items_of(lab: Path, families: Sequence[str] = ()) -> list[Item]:
    """The clips of a laboratory: the faulted ones of ``families`` (all when none are named) and their clean ones.

    Raises:
        UsageError: there are none. UnknownName: no such family.
    """
    chosen = {fault.name for fault in Order(families=tuple(families)).chosen()}
    rows = [row for row in read_manifest(lab) if row.clip]
    faulted = [row for row in rows if row.family in chosen]
    needed = {row.clean for row in faulted}
    kept = [row for row in rows if row.family is None and (row.clip in needed or not families)] + faulted
    if not faulted:
        raise UsageError(f"{lab} holds no clips with known faults; make them with: evalverse lab make CLIPS_DIR {lab}")
    return [_item(lab, row) for row in kept]


def _item(lab: Path, row: Row) -> Item:
    assert row.clip is not None
    truth = {"source": row.source_sha256, "strength": row.strength, "seed": row.seed, "span": row.span}
    return Item(id=row.id, clip=lab / row.clip, prompt=row.prompt, truth=json.dumps(truth))


def id_of(judge: str, settings: Settings) -> tuple[str, str]:
    """Id and calibration of the judge: words that are wrong should not cost a run first."""
    made = make_judge(judge, settings, Budget())
    return made.id, made.calibration
