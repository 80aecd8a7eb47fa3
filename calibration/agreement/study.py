"""Reads rated clips with all picture operators and writes how far each measure agrees with the people who rated them.

    python -m evalverse.calibration.agreement.study CLIPS_DIR > docs/agreement.md

CLIPS_DIR holds clips and scores.csv (clip, prompt_id, source, and per target the ratings of three people). Every clip
is brought to one size first, since generators differ in size and a measure that sees it would tell them apart.
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
from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import FOLDERS, operators
from evalverse.tools.schedule import measure

SIZE = (160, 120)
"""Width and height of the smallest of the clips: none is enlarged."""
TARGETS = ("temporal_quality", "static_quality", "alignment")
REAL = "real"


@dataclass(frozen=True)
class Study:
    """Ratings and readings of the same N clips."""

    clips: Clips
    ratings: dict[str, NDArray[np.float64]]
    """By target (N, raters)."""
    readings: dict[str, Values]
    """By measure (N,); nan where it could not be measured."""

    def where(self, chosen: NDArray[np.bool_]) -> Study:
        """The study of some of the clips."""
        index = np.flatnonzero(chosen)
        return Study(
            self.clips[index],
            {k: v[index] for k, v in self.ratings.items()},
            {k: v[index] for k, v in self.readings.items()},
        )


def read(folder: Path) -> Study:
    """Measures every clip of ``folder``. Raises UsageError without ratings."""
    table = folder / "scores.csv"
    if not table.is_file():
        raise UsageError(f"{folder} holds no scores.csv")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [_measured(folder / row["clip"]) for row in rows]
    names = sorted(set().union(*found))
    return Study(
        Clips(np.array([r["source"] for r in rows]), np.array([r["prompt_id"] for r in rows])),
        {t: np.array([[float(v) for v in r[t].split()] for r in rows]) for t in TARGETS},
        {n: np.array([f.get(n, np.nan) for f in found]) for n in names},
    )


def _measured(path: Path) -> dict[str, float]:
    """The clip's values by measure, at the common size."""
    names = [n for n, kind in operators().items() if _folder(kind) in ("picture", "image") and not kind.on_request]
    with TemporaryDirectory() as folder:
        small = resized(path, Path(folder) / "clip.mkv")
        told = measure(probe(small), names, Ledger(Path(folder) / "ledger")).evidence
    items = [e for name in names for e in told[name] if e.scope == Scope.CLIP and e.value is not None]
    return {e.measure: float(e.value) for e in items if e.value is not None}


def _folder(kind: type) -> str:
    return next((f for f in FOLDERS if f".tools.{f}." in kind.__module__), "")


def resized(source: Path, target: Path, size: tuple[int, int] = SIZE) -> Path:
    """The picture of a clip at ``size`` (width and height), without further loss and without its sound."""
    clip = probe(source)
    with av.open(str(target), "w") as container:
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
