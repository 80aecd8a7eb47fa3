"""The laboratory's first half: clips with one known fault each, their clean counterparts, and a manifest of the truth.

Everything follows from the seed. Faulted and clean clips go through the same two generations of coding, so that only
the fault tells them apart.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, is_dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evalverse.calibration.faults.bases import Base, Bases, Source, base_for, clips_in, survey
from evalverse.calibration.faults.fault import LEVELS, Fault, Medium, Needs, Unfit, fault_named, faults
from evalverse.calibration.faults.footage import HEIGHT, render
from evalverse.calibration.faults.take import Take, conform
from evalverse.errors import MissingExtra, UsageError
from evalverse.settings import Settings
from evalverse.taxonomy import Need, load
from evalverse.tools.ledger import write_file

VERSION = "2"
"""Of the way clips are made: raised when the same order would make other clips."""

LONGER = 0.2
"""Seconds by which a source must be longer than a base for the whole of it to be a clip of its own."""
MANIFEST, ORDER = "manifest.jsonl", "order.json"


class Order(BaseModel):
    """What is to be made. The same order makes the same clips."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seed: int = Field(0, ge=0)
    families: tuple[str, ...] = Field((), description="names of families or groups; none means all")
    strengths: tuple[float | str, ...] = Field(LEVELS, min_length=1, description="faint, medium, strong, or 0..1")
    per_family: int = Field(4, ge=1, description="sources per family, each at every strength")
    seconds: float = Field(5.0, ge=1.5, description="length of a base; scenes of a film may be twice as long")
    height: int = Field(HEIGHT, ge=144, le=HEIGHT, description="pixels, at most")

    def chosen(self) -> list[Fault]:
        """The families. Raises UnknownName."""
        groups = {f.group for f in faults().values()} | set(Medium)
        wanted = {f.name for f in faults().values() if {f.group, f.medium} & set(self.families)}
        wanted |= {fault_named(n).name for n in self.families if n not in groups}
        return [f for f in faults().values() if f.name in wanted or not self.families]

    def levels(self) -> list[float | str]:
        """The strengths in order. Raises UsageError for a level that is not known."""
        for level in self.strengths:
            if not (level in LEVELS or (isinstance(level, float) and 0 < level <= 1)):
                raise UsageError(f"a strength is {', '.join(LEVELS)} or a number above 0 and up to 1, not {level}")
        return list(dict.fromkeys(self.strengths))


ONE_TAKE = "One continuous take, no cuts."


class Row(BaseModel):
    """One line of the manifest: a clip and the truth about it, or why a family could not be put into a source."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    clip: str | None = Field(None, description="path below the laboratory's folder; None when unfit")
    clean: str | None = Field(None, description="its clean counterpart; of a clean clip, itself")
    source: str = Field(description="name of the clip it was made from: cross-validate by it")
    source_sha256: str
    base: Base
    family: str | None = Field(None, description="None for a clean clip")
    medium: Medium | None = None
    level: str | None = Field(None, description="faint, medium, strong, or the strength as it was ordered")
    strength: float = 0.0
    amount: float = Field(0.0, description="in ``unit``")
    unit: str = ""
    span: tuple[float, float] | None = Field(None, description="seconds of the clean clip")
    checks: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    truth: dict[str, Any] = Field(default_factory=dict, description="what the fault really did")
    cuts: tuple[float, ...] = Field((), description="seconds at which shots begin")
    seconds: float = 0.0
    seed: int = 0
    unfit: str | None = None

    @property
    def prompt(self) -> str | None:
        """What was asked for, as a brief says it: only where one take was can a cut be one that nobody asked for."""
        return ONE_TAKE if self.base is Base.SHOT else None


@dataclass(frozen=True)
class Ladder:
    """One family on one source (the first fit one of several), at every strength."""

    family: str
    number: int
    sources: tuple[Source, ...]
    others: tuple[Source, ...]


Progress = Callable[[str, int, int], None]
"""Called with (what, done, in all)."""


def make(
    folder: Path, out: Path, order: Order, settings: Settings | None = None, progress: Progress | None = None
) -> Path:
    """Makes the clips that ``order`` asks for below ``out`` and returns the manifest. Goes on where it was stopped.

    Raises:
        UsageError: no clip of ``folder`` can serve, or ``out`` holds clips of another order.
        UnknownName: no such family.
    """
    settings, tell = settings or Settings.load(), progress or (lambda *_: None)
    chosen, levels, names = order.chosen(), order.levels(), clips_in(folder)
    _same_order(out, order)
    sources = []
    for number, source in enumerate(survey(folder, names, out, settings), start=1):
        tell(f"looking at {source.name}", number, len(names))
        sources.append(source)
    fit = [s for s in sources if s.unfit is None]
    if not fit:
        raise UsageError(f"no clip of {folder} can serve: " + "; ".join(f"{s.name} {s.unfit}" for s in sources[:3]))
    rows = {row.id: row for row in read_manifest(out)}
    ladders = [ladder for fault in chosen for ladder in _ladders(fault, fit, order)]
    todo = [ladder for ladder in ladders if not _done(ladder, rows, levels, out)]
    longer = [s for s in fit if _longer(s, order, rows, out)]
    done = len(ladders) - len(todo)
    manifest = out / MANIFEST
    with (
        ProcessPoolExecutor(settings.workers, get_context("spawn"), _alone) as workers,
        manifest.open("a", encoding="utf-8") as lines,
    ):
        running = {workers.submit(climb, folder, out, order, ladder): ladder.family for ladder in todo}
        running |= {workers.submit(whole, folder, out, order, source): source.name for source in longer}
        for number, finished in enumerate(as_completed(running), start=done + 1):
            for row in finished.result():
                if row.id not in rows:
                    rows[row.id] = row
                    lines.write(row.model_dump_json() + "\n")
            lines.flush()
            tell(f"made {running[finished]}", number, len(ladders) + len(longer))
    text = "".join(rows[key].model_dump_json() + "\n" for key in sorted(rows))
    write_file(manifest, text.encode())
    return manifest


def read_manifest(out: Path) -> list[Row]:
    """The rows of the manifest in ``out``; none when there is none. A line that was cut short is passed over."""
    manifest = out / MANIFEST
    if not manifest.is_file():
        return []
    lines = manifest.read_text(encoding="utf-8").splitlines()
    return [Row.model_validate_json(line) for line in lines if line.endswith("}")]


def _same_order(out: Path, order: Order) -> None:
    """Clips of one folder share what all clips depend on; families and strengths may be added."""
    shared = {"version": VERSION, **order.model_dump(include={"seed", "seconds", "height", "per_family"})}
    note = out / ORDER
    text = json_line(shared)
    if note.is_file() and note.read_text(encoding="utf-8") != text:
        raise UsageError(
            f"{out} holds clips of another order ({note.read_text(encoding='utf-8').strip()}); name another folder"
        )
    write_file(note, text.encode())


def json_line(values: dict[str, Any]) -> str:
    import json

    return json.dumps(values, sort_keys=True) + "\n"


def _ladders(fault: Fault, sources: Sequence[Source], order: Order) -> Iterator[Ladder]:
    """Each tries sources that no other ladder of its family tries."""
    rng = np.random.default_rng((order.seed, zlib.crc32(fault.name.encode())))
    mixed = [sources[k] for k in rng.permutation(len(sources))]
    likely = sorted(mixed, key=lambda s: _unlikely(fault, s))
    for number in range(min(order.per_family, len(likely))):
        yield Ladder(fault.name, number, tuple(likely[number :: order.per_family]), tuple(sources))


def _unlikely(fault: Fault, source: Source) -> bool:
    """Sources that the survey speaks against come last."""
    faceless = bool(fault.needs & {Needs.FACE, Needs.PERSON}) and source.face is False
    return faceless or (Needs.SPEECH in fault.needs and not source.speech)


def _done(ladder: Ladder, rows: dict[str, Row], levels: list[float | str], out: Path) -> bool:
    mine = [rows.get(f"{ladder.family}-{ladder.number}-{level}") for level in levels]
    return all(row and all((out / clip).is_file() for clip in (row.clip, row.clean) if clip) for row in mine)


def _alone() -> None:
    """A worker computes on one core: there is one worker per core."""
    import cv2

    cv2.setNumThreads(1)


def _longer(source: Source, order: Order, rows: dict[str, Row], out: Path) -> bool:
    """Whether the whole of a source is more than its bases show, and is still to be made."""
    row = rows.get(f"clean-{source.key}-{Base.WHOLE}")
    made = row is not None and row.clip is not None and (out / row.clip).is_file()
    return source.seconds > order.seconds + LONGER and not made


def whole(folder: Path, out: Path, order: Order, source: Source) -> list[Row]:
    """The whole of a source as a clean clip, which no fault is put into; its row."""
    take = Bases(folder, out, order.seed, order.seconds, order.height).take(source, Base.WHOLE)
    clean = render(take, out / "clean" / f"{source.key}-{Base.WHOLE}.mp4")
    return [_clean(source, Base.WHOLE, take, str(clean.relative_to(out)))]


def _clean(source: Source, kind: Base, take: Take, clip: str) -> Row:
    common = {"source": source.name, "source_sha256": source.sha256, "base": kind}
    return Row(id=f"clean-{source.key}-{kind}", clip=clip, clean=clip, **_facts(take), **common)


def climb(folder: Path, out: Path, order: Order, ladder: Ladder) -> list[Row]:
    """Makes the clips of one ladder; their rows, and that of the clean clip."""
    fault, levels = fault_named(ladder.family), order.levels()
    bases = Bases(folder, out, order.seed, order.seconds, order.height)
    reasons = []
    for source in ladder.sources:
        try:
            return _climbed(fault, ladder, source, bases, out, order)
        except (Unfit, MissingExtra) as error:
            reasons.append(f"{source.name}: {error}")
    last = ladder.sources[-1]
    common = {"source": last.name, "source_sha256": last.sha256, "base": base_for(fault), "family": fault.name}
    return [
        Row(id=f"{fault.name}-{ladder.number}-{level}", level=str(level), unfit="; ".join(reasons), **common)
        for level in levels
    ]


def _climbed(fault: Fault, ladder: Ladder, source: Source, bases: Bases, out: Path, order: Order) -> list[Row]:
    kind = base_for(fault)
    seed = zlib.crc32(f"{order.seed} {fault.name} {source.sha256}".encode())
    take = bases.take(source, kind)
    if reason := fault.unfit(replace(take, spare=take)):
        raise Unfit(f"{fault.name} {reason}")
    take = replace(take, spare=_spare(fault, ladder, source, take, bases, seed))
    span = _span(fault, take, seed)
    clean = out / "clean" / f"{source.key}-{kind}.mp4"
    where = {"source": source.name, "source_sha256": source.sha256, "base": kind, "clean": str(clean.relative_to(out))}
    rows = [_clean(source, kind, take, where["clean"])]
    for level in order.levels():
        strength = fault.amount.strengths()[level] if isinstance(level, str) else level
        faulted = fault.apply(take, strength, np.random.default_rng(seed), span)
        clip = render(faulted, out / "faults" / fault.name / f"{source.key}-{kind}-{level}.mp4")
        rows.append(
            Row(
                id=f"{fault.name}-{ladder.number}-{level}",
                clip=str(clip.relative_to(out)),
                family=fault.name,
                medium=fault.medium,
                level=str(level),
                strength=strength,
                amount=round(fault.amount.at(strength), 6),
                unit=fault.amount.unit,
                span=span,
                checks=about(fault, faulted),
                measures=fault.measures,
                truth={name: _plain(value) for name, value in faulted.truth.items()},
                seed=seed,
                **_facts(faulted),
                **where,
            )
        )
    if not clean.is_file():
        render(take, clean)
    return rows


def about(fault: Fault, take: Take) -> tuple[str, ...]:
    """The checks that the fault is about in this very clip: a single shot has no joins, and no light over cuts."""
    needs = {check.path: check.needs for tree in (load("film"), load("rightness")) for check in tree.checks()}
    return tuple(c for c in fault.checks if take.cuts or Need.SEVERAL_SHOTS not in needs[c])


def _facts(take: Take) -> dict[str, Any]:
    return {"cuts": tuple(round(float(c / take.rate), 6) for c in take.cuts), "seconds": round(take.seconds, 6)}


def _spare(fault: Fault, ladder: Ladder, source: Source, take: Take, bases: Bases, seed: int) -> Take | None:
    """Other footage of the same kind: with a face where this one has one, with a voice where one is needed."""
    others = [s for s in ladder.others if s.sha256 != source.sha256]
    if Needs.SPEECH in fault.needs:
        others = [s for s in others if s.speech]
    others = [s for s in others if s.face == source.face] or others
    if not others:
        return None
    return conform(bases.take(others[seed % len(others)], Base.SHOT), take)


def _span(fault: Fault, take: Take, seed: int) -> tuple[float, float]:
    """The stretch of the take that the fault fills: all of it, or its usual share, somewhere."""
    start = np.random.default_rng((seed, 1)).uniform(0, 1 - fault.share) * take.seconds
    return round(start, 3), round(start + fault.share * take.seconds, 3)


def _plain(value: Any) -> Any:
    """Numbers, strings, lists and dictionaries of what a fault tells."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: round(part, 4) for name, part in asdict(value).items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return round(value, 6) if isinstance(value, float) else value
