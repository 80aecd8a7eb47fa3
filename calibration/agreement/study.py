"""Reads rated clips with all picture operators and writes how far each measure agrees with the people who rated them.

    python -m evalverse.calibration.agreement.study CLIPS_DIR > docs/agreement.md

CLIPS_DIR holds clips and scores.csv (clip, prompt_id, source, and per target the ratings of three people). Every clip
is read twice: brought to one size, since generators differ in size and a measure that sees it would tell them apart,
and as it is. Readings are kept in the evidence cache under the clip's content, so a second run only reads what changed.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.agreement.rank import Clips
from evalverse.calibration.credibility.rank import Values
from evalverse.errors import UsageError
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import FOLDERS, Operator, operator, operators
from evalverse.tools.schedule import measure

SIZE = (160, 120)
"""Width and height of the smallest of the clips: none is enlarged."""
SEEN = ("picture", "image", "composition", "people", "likeness")
"""Folders of the operators that are studied."""
TARGETS = ("temporal_quality", "static_quality", "alignment")
REAL = "real"


@dataclass(frozen=True)
class Study:
    """Ratings and readings of the same N clips."""

    clips: Clips
    ratings: dict[str, NDArray[np.float64]]
    """By target (N, raters)."""
    readings: dict[str, Values]
    """By measure (N,), all clips of one size; nan where it could not be measured."""
    own_size: dict[str, Values]
    """The same of the clips as they are."""

    def where(self, chosen: NDArray[np.bool_]) -> Study:
        """The study of some of the clips."""
        index = np.flatnonzero(chosen)
        return Study(
            self.clips[index],
            *({k: v[index] for k, v in table.items()} for table in (self.ratings, self.readings, self.own_size)),
        )


def read(folder: Path) -> Study:
    """Measures every clip of ``folder``. Raises UsageError for missing or malformed ratings and for missing clips."""
    table = folder / "scores.csv"
    if not table.is_file():
        raise UsageError(f"{folder} holds no scores.csv; name the folder of the rated clips")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lacking = {"clip", "prompt_id", "source", *TARGETS} - set(rows[0] if rows else ())
    if lacking:
        raise UsageError(f"{table} has no column {', '.join(sorted(lacking))}" if rows else f"{table} lists no clip")
    ratings = {t: _ratings(table, t, [row[t] for row in rows]) for t in TARGETS}
    ledger = Ledger(Settings.load().cache_dir / "agreement")
    own = [_measured(folder / row["clip"], ledger) for row in rows]
    with TemporaryDirectory() as small:
        alike = [
            _measured(resized(folder / row["clip"], Path(small) / f"{i}.mkv"), ledger) for i, row in enumerate(rows)
        ]
    return Study(
        Clips(np.array([r["source"] for r in rows]), np.array([r["prompt_id"] for r in rows])),
        ratings,
        _columns(alike),
        _columns(own),
    )


def _ratings(table: Path, target: str, cells: list[str]) -> NDArray[np.float64]:
    """(N, raters) of cells such as "3 4 4"."""
    try:
        found = np.array([[float(v) for v in cell.split()] for cell in cells])
    except ValueError as error:
        raise UsageError(f"{table}: {target} must hold as many numbers in every row, one a rater ({error})") from error
    if not found.shape[1] or not np.isfinite(found).all():
        raise UsageError(f"{table}: {target} holds no ratings, or some that are no numbers")
    return found


def _columns(found: list[dict[str, float]]) -> dict[str, Values]:
    return {n: np.array([f.get(n, np.nan) for f in found]) for n in sorted(set().union(*found))}


def _measured(path: Path, ledger: Ledger) -> dict[str, float]:
    """The clip's values by measure."""
    names = [n for n, kind in operators().items() if _seen(kind) and kind.lacks() is None]
    told = measure(probe(path), names, ledger).evidence
    values: dict[str, float] = {}
    for item in (e for name in names for e in told[name] if e.scope == Scope.CLIP):
        if item.value is not None:
            values[item.measure] = float(item.value)
        values |= _parts(item)
    return values


def _parts(item: Evidence) -> dict[str, float]:
    """What persistence was made of."""
    if item.operator != "persistence" or item.value is None:
        return {}
    told = {**item.data["parts"], **{name: item.data[name] for name in ("speed", "worst")}}
    return {f"persistence.{name}": float(value) for name, value in told.items()}


def _seen(kind: type[Operator]) -> bool:
    """Whether an operator belongs to the study: one that looks only, and always in the same way."""
    folder = next((f for f in FOLDERS if f".tools.{f}." in kind.__module__), "")
    hears = any(k.needs.sound for k in (kind, *map(operator, kind.needs.after)))
    return folder in SEEN and not kind.on_request and not hears


def resized(source: Path, target: Path, size: tuple[int, int] = SIZE) -> Path:
    """The picture of a clip at ``size`` (width and height), without further loss and without its sound.

    The same clip gives the same file, so that readings of it are found again.
    """
    clip = probe(source)
    with av.open(str(target), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("ffv1", rate=clip.picture.rate if clip.picture else 10)
        stream.width, stream.height, stream.pix_fmt = *size, "bgr0"
        for index, picture in enumerate(_pictures(source, size)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target


def _pictures(source: Path, size: tuple[int, int]) -> Iterator[RGB]:
    import cv2

    for frame in frames(probe(source)):
        yield np.asarray(cv2.resize(frame.rgb(), size, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    """Prints the page."""
    from evalverse.calibration.agreement.page import page

    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(page(read(Path(sys.argv[1]))), end="")


if __name__ == "__main__":
    main()
