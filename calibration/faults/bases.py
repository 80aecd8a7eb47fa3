"""Clean bases for faults, made from any folder of clips: what each source offers, and the excerpts cut from it.

A base is a **shot** (one continuous take), a **scene** (several shots: the film's own, or set-ups made of one take), a
**score** (set-ups cut on the beats of a score) or the **whole** clip, which bears no fault.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from evalverse.calibration.faults.fault import Fault, Needs
from evalverse.calibration.faults.footage import read_take, render, set_ups, set_ups_on_beats, without_bars
from evalverse.calibration.faults.take import Take, Trait
from evalverse.errors import EvalVerseError, UsageError
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger, write_file
from evalverse.tools.media.probe import probe
from evalverse.tools.schedule import measure
from evalverse.tools.shots.shot_cutter import shots_from

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mxf", ".ts"}
SHORTEST, LOWEST = 1.5, 144
"""Seconds and pixels: below, faults cannot unfold or cannot be seen."""
SPOKEN = 0.35
"""Share of the sound in which somebody speaks, from which on a source with a face counts as somebody speaking."""
LONGEST = 30.0
"""Seconds of a whole clip that are kept."""
SHOTS = 5
"""Set-ups of a scene that is made of one take; three when it is short."""


class Base(StrEnum):
    """What kind of clean footage a fault is put into."""

    SHOT = "shot"
    SCENE = "scene"
    SCORE = "score"
    WHOLE = "whole"
    """The clip as it is, up to LONGEST: what is at its worst somewhere is worse in a longer clip."""


def base_for(fault: Fault) -> Base:
    """The kind of base that a family needs."""
    if Needs.SCORE in fault.needs:
        return Base.SCORE
    return Base.SCENE if fault.needs & {Needs.CUT, Needs.INNER_SHOT} else Base.SHOT


class Source(BaseModel):
    """One clip of the folder and what was found in it; ``unfit`` says why it cannot serve."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    sha256: str = ""
    seconds: float = 0.0
    shots: tuple[tuple[float, float], ...] = ()
    """Seconds from the first frame on."""
    speech: bool = False
    face: bool | None = None
    """None: not looked for, since the extra ``faces`` is missing."""
    unfit: str | None = None

    @property
    def key(self) -> str:
        """Short, unique and fit for a file name."""
        stem = "".join(c if c.isalnum() else "-" for c in Path(self.name).stem)[:40]
        return f"{stem}-{self.sha256[:6]}"


def clips_in(folder: Path) -> list[str]:
    """Names of the clips below ``folder``, sorted. Raises UsageError when there is none."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder of clips")
    found = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise UsageError(f"no clips in {folder} (looked for {', '.join(sorted(SUFFIXES))})")
    return found


def survey(folder: Path, names: list[str], out: Path, settings: Settings) -> Iterator[Source]:
    """Each source, looked at once and remembered in ``out``/sources.jsonl."""
    memory = out / "sources.jsonl"
    lines = memory.read_text(encoding="utf-8").splitlines() if memory.is_file() else []
    known = {s.name: s for s in map(Source.model_validate_json, lines)}
    for name in names:
        if name not in known:
            known[name] = _look(folder, name, settings)
            text = "".join(known[n].model_dump_json() + "\n" for n in names if n in known)
            write_file(memory, text.encode())
        yield known[name]


def _look(folder: Path, name: str, settings: Settings) -> Source:
    try:
        clip = probe(folder / name, settings)
    except EvalVerseError as error:
        return Source(name=name, unfit=str(error))
    picture = clip.picture
    if picture is None or picture.duration < SHORTEST or picture.height < LOWEST:
        why = "has no picture" if picture is None else f"is shorter than {SHORTEST} s or lower than {LOWEST} pixels"
        return Source(name=name, sha256=clip.sha256, unfit=why)
    readings = measure(clip, ["shot_cutter", "speech_activity"], Ledger(settings.cache_dir), settings=settings).evidence
    shots = shots_from(readings["shot_cutter"])
    spans = tuple((max(0.0, s.span.start - picture.start), s.span.end - picture.start) for s in shots)
    face = _face(folder / name, settings)
    spoken = _value(readings["speech_activity"], "speech_activity.share")
    return Source(
        name=name,
        sha256=clip.sha256,
        seconds=picture.duration,
        shots=spans or ((0.0, picture.duration),),
        speech=bool(face) and spoken is not None and spoken >= SPOKEN,
        face=face,
    )


def _value(readings: list[Evidence], measure_name: str) -> float | None:
    return next((e.value for e in readings if e.measure == measure_name and e.scope == "clip"), None)


def _face(path: Path, settings: Settings) -> bool | None:
    from evalverse.calibration.faults._people import has_face
    from evalverse.errors import MissingExtra

    try:
        return has_face(read_take(path, settings=settings))
    except MissingExtra:
        return None


class Bases:
    """The clean bases below ``out``/bases, made when first asked for; the same seed makes the same ones."""

    def __init__(self, folder: Path, out: Path, seed: int, seconds: float, height: int) -> None:
        self.folder, self.out = folder, out / "bases"
        self.seed, self.seconds, self.height = seed, seconds, height

    def take(self, source: Source, kind: Base) -> Take:
        """The base of this kind, read from its own file."""
        path = self.out / f"{source.key}-{kind}.mp4"
        facts = path.with_suffix(".json")
        if not (path.is_file() and facts.is_file()):
            take = self._made(source, kind)
            render(take, path)
            told = {"cuts": take.cuts, "traits": sorted(take.traits), "beat_seconds": take.truth.get("beat_seconds")}
            write_file(facts, json.dumps(told).encode())
        known = json.loads(facts.read_text(encoding="utf-8"))
        take = read_take(path, height=self.height, traits=frozenset(map(Trait, known["traits"])))
        return _with_cuts(take, known["cuts"])

    def _made(self, source: Source, kind: Base) -> Take:
        rng = np.random.default_rng((self.seed, zlib.crc32(source.sha256.encode()), list(Base).index(kind)))
        if kind is Base.WHOLE:
            return self._excerpt(source, 0.0, min(source.seconds, LONGEST))
        if kind is Base.SCENE and len(source.shots) > 2:
            return self._excerpt(source, *_busiest(source, 2 * self.seconds))
        first, last = max(source.shots, key=lambda s: s[1] - s[0])
        length = min(last - first, self.seconds)
        start = first + float(rng.uniform(0, last - first - length))
        shot = self._excerpt(source, start, length)
        if kind is Base.SHOT:
            return shot
        return set_ups(shot, rng, SHOTS if length > 3 else 3) if kind is Base.SCENE else set_ups_on_beats(shot, rng)

    def _excerpt(self, source: Source, start: float, seconds: float) -> Take:
        cuts = tuple(first for first, _ in source.shots[1:])
        traits = frozenset({Trait.SPEECH}) if source.speech else frozenset[Trait]()
        path = self.folder / source.name
        return without_bars(read_take(path, start, seconds, height=self.height, cuts=cuts, traits=traits))


def _busiest(source: Source, seconds: float) -> tuple[float, float]:
    """Start and length of the stretch, begun with a shot and at most ``seconds`` long, that holds most shots."""
    starts = [first for first, _ in source.shots]
    best = max(starts, key=lambda s: (sum(s < t < s + seconds for t in starts), -s))
    return best, min(seconds, source.seconds - best)


def _with_cuts(take: Take, cuts: list[int]) -> Take:
    return replace(take, cuts=tuple(c for c in cuts if 0 < c < take.length))
