"""Scores the shot cutter on films of known structure that are cut from real footage, as TRECVID scores.

    python -m evalverse.calibration.shot_films FOOTAGE --films 200

FOOTAGE is a folder of clips; each must be one shot, or its cuts must be in FOOTAGE/cuts.json (first frames). Every
film joins three to six pieces by cuts, dissolves, fades and wipes; pieces may be panned over, sped up, slowed down or
lit by flashes, none of which is a transition. A transition counts as found when one of the same class (hard or
gradual) overlaps it, one to one; hard cuts may be off by one frame.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Scene
from evalverse.tools.shots.shot_cutter import ShotCutter

Film = NDArray[np.uint8]
SIZE = (256, 144)
RATE = 25
SHORTEST, LONGEST = 20, 70
"""Frames of a piece between its transitions."""
MOST = 250
"""Frames that are taken from one shot of the footage."""


@dataclass(frozen=True)
class Transition:
    """``start``: first frame that is not the old picture alone; ``end``: first of the new picture alone."""

    kind: str
    start: int
    end: int

    @property
    def hard(self) -> bool:
        return self.kind == "cut"


def footage(folder: Path, only: Sequence[str] = ()) -> dict[str, Film]:
    """Shots of the clips in ``folder``, or in its folders ``only``, as (N, 144, 256, 3), by name; too short ones are
    left out.
    """
    import cv2

    stated = folder / "cuts.json"
    cuts = json.loads(stated.read_text(encoding="utf-8")) if stated.exists() else {}
    found: dict[str, Film] = {}
    for path in sorted(folder.rglob("*.mp4")):
        if only and path.parent.name not in only:
            continue
        clip = probe(path)
        edges = [0, *cuts.get(path.relative_to(folder).as_posix(), {}).get("cuts", [])]
        shots: list[list[Any]] = [[] for _ in edges]
        for frame in frames(clip):
            at = int(np.searchsorted(edges, frame.index, side="right")) - 1
            if len(shots[at]) < MOST:
                shots[at].append(cv2.resize(_filled(frame.rgb(240)), SIZE, interpolation=cv2.INTER_AREA))
        for number, shot in enumerate(shots):
            if len(shot) >= SHORTEST:
                found[f"{path.stem}/{number}"] = np.stack(shot)
    return found


def _filled(picture: Film) -> Film:
    """The middle of the picture in the shape of the films."""
    height, width = picture.shape[:2]
    high, wide = min(height, width * SIZE[1] // SIZE[0]), min(width, height * SIZE[0] // SIZE[1])
    y, x = (height - high) // 2, (width - wide) // 2
    return picture[y : y + high, x : x + wide]


def piece(shot: Film, length: int, rng: np.random.Generator) -> tuple[Film, list[str]]:
    """``length`` frames of a shot, perhaps treated; and how."""
    import cv2

    speed = float(rng.choice([1, 1, 1, 0.5, 2]))
    length = min(length, int(len(shot) / speed))
    first = int(rng.integers(0, max(1, len(shot) - int(length * speed) + 1)))
    made = shot[np.minimum(first + (np.arange(length) * speed).astype(int), len(shot) - 1)].copy()
    how = [] if speed == 1 else ["speed"]
    treatment = rng.choice(["none", "none", "pan", "whip", "flash"])
    if treatment in ("pan", "whip") and length > 16:
        how.append(str(treatment))
        large = [cv2.resize(p, (SIZE[0] * 2, SIZE[1] * 2)) for p in made]
        if treatment == "pan":
            x = np.linspace(0, SIZE[0] * 0.8, length)
        else:  # across the picture within six frames
            begin = int(rng.integers(5, length - 10))
            x = np.clip((np.arange(length) - begin) / 6, 0, 1) * SIZE[0]
        made = np.stack([p[40 : 40 + SIZE[1], int(at) : int(at) + SIZE[0]] for p, at in zip(large, x, strict=True)])
    elif treatment == "flash" and length > 16:
        how.append("flash")
        begin, long = int(rng.integers(6, length - 8)), int(rng.integers(1, 4))
        made[begin : begin + long] = made[begin : begin + long] // 4 + 190
    return made, how


def joined(before: Film, after: Film, kind: str, count: int) -> tuple[Film, Film, Film]:
    """(what stays of the old shot, the frames of the transition, what stays of the new one)."""
    if kind == "cut":
        return before, before[:0], after
    share = (np.arange(1, count + 1) / (count + 1))[:, None, None, None]
    old, new = before[-count:].astype(np.float32), after[:count].astype(np.float32)
    if kind == "dissolve":
        mixed = old * (1 - share) + new * share
    elif kind == "wipe":
        edge = share * SIZE[0]
        mixed = np.where(np.arange(SIZE[0])[None, None, :, None] < edge, new, old)
    else:
        mixed = np.concatenate([old * (1 - share), np.zeros_like(old[:3]), new * share])
    return before[:-count], mixed.astype(np.uint8), after[count:]


def film(shots: dict[str, Film], rng: np.random.Generator) -> tuple[Film, list[Transition], list[str]]:
    """A film, its transitions, and what was done to its pieces. Neighbours come from different clips."""
    names = sorted(shots)
    made, previous, treated = np.zeros((0, SIZE[1], SIZE[0], 3), np.uint8), "", []
    truth: list[Transition] = []
    for number in range(int(rng.integers(3, 7))):
        name = str(rng.choice([n for n in names if n.split("/")[0].split("_")[0] != previous]))
        previous = name.split("/")[0].split("_")[0]
        new, how = piece(shots[name], int(rng.integers(SHORTEST + 20, LONGEST)), rng)
        treated += how
        if number == 0:
            made = new
            continue
        kind = str(rng.choice(["cut", "dissolve", "fade", "wipe"], p=[0.55, 0.2, 0.15, 0.1]))
        count = min(int(rng.integers(6, 21)), len(new) // 3, len(made) // 3)
        old, mixed, rest = joined(made, new, kind, count)
        truth.append(Transition(kind, len(old), len(old) + len(mixed)))
        made = np.concatenate([old, mixed, rest])
    return made, truth, treated


def cutter(film: Film, folder: Path) -> list[Transition]:
    """What the operator finds in the frames."""
    clip = _clip(len(film))
    subject = ShotCutter(clip, Ledger(folder))
    for index, picture in enumerate(film):
        subject.see(Frame(index, Fraction(index, RATE), SIZE, lambda w, h, p=picture: p))  # type: ignore[misc]
    found: list[Evidence] = [e for e in subject.finish(Scene(clip, Ledger(folder))) if e.scope is Scope.MOMENT]
    return [
        Transition(e.data["kind"], round(e.span.start * RATE), round(e.span.end * RATE))
        for e in found
        if e.span is not None
    ]


def _clip(count: int) -> Clip:
    """The fact sheet of a film that is not on disk."""
    picture = dict(
        **dict(index=0, codec="none", coded_width=SIZE[0], coded_height=SIZE[1], width=SIZE[0], height=SIZE[1]),
        **dict(pixel_format="rgb24", bit_depth=8, alpha=False, rate=RATE, start=0.0, duration=count / RATE),
    )
    fields = dict(path="film", sha256="0" * 64, bytes=0, container="none", duration=count / RATE, sound=None)
    return Clip.model_validate({**fields, "picture": picture})


def match(found: Sequence[Transition], truth: Sequence[Transition]) -> list[tuple[Transition, Transition]]:
    """Pairs (true, found) of one class that overlap, one to one, in order."""
    left, pairs = list(found), []
    for true in truth:
        slack = 1 if true.hard else 0
        for other in left:
            if other.hard == true.hard and other.start <= true.end + slack and other.end >= true.start - slack:
                pairs.append((true, other))
                left.remove(other)
                break
    return pairs


def score(shots: dict[str, Film], films: int, seed: int) -> Iterator[tuple[str, int, int, int]]:
    """(class or kind, hits, true ones, found ones) over all films; then false alarms by treatment."""
    hits, true, said, alarms = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    with TemporaryDirectory() as folder:
        for number in range(films):
            made, truth, treated = film(shots, np.random.default_rng([seed, number]))
            found = cutter(made, Path(folder))
            pairs = match(found, truth)
            for t in truth:
                true.update(["hard" if t.hard else "gradual", t.kind])
            for f in found:
                said["hard" if f.hard else "gradual"] += 1
            for t, _ in pairs:
                hits.update(["hard" if t.hard else "gradual", t.kind])
            if len(found) > len(pairs):
                alarms.update(treated or ["untreated"])
    for name in ("hard", "gradual"):
        yield name, hits[name], true[name], said[name]
    for name in ("dissolve", "fade", "wipe"):
        yield name, hits[name], true[name], -1
    for name, count in sorted(alarms.items()):
        yield f"false alarms in films with {name}", count, 0, -1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("footage", type=Path)
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=(), metavar="FOLDER", help="sub-folders to take footage from")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    shots = footage(given.footage, given.only)
    print(f"{len(shots)} shots of footage, {given.films} films, seed {given.seed}")
    for name, hits, true, said in score(shots, given.films, given.seed):
        if said >= 0:
            recall, precision = hits / max(true, 1), hits / max(said, 1)
            f1 = 2 * hits / max(true + said, 1)
            print(f"| {name} | {true} | {said} | {hits} | {recall:.3f} | {precision:.3f} | {f1:.3f} |")
        elif true:
            print(f"| {name} | {true} | | {hits} | {hits / true:.3f} | | |")
        else:
            print(f"{name}: {hits}")


if __name__ == "__main__":
    main()
