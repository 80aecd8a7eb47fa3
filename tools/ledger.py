"""The ledger: all evidence of one critique, content-addressed on disk, and the cache that makes a second run cheap.

Layout below its root:

    blobs/ab/ab12...            curves (npz) and pictures (jpeg, png), named by sha256
    readings/<key>.json         what one operator read off one clip; the key hashes clip, operator, version, settings

Writes go to a temporary name first and are then renamed, so that a killed run never leaves half a file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any

from evalverse.tools.evidence import Blob, Evidence
from evalverse.tools.media import VERSION as MEDIA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REMEMBERED = 512
"""Readings that one ledger keeps in memory: every node of a critique asks for them all."""

SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "application/x-npz": ".npz", "application/jsonl": ".jsonl"}


class Ledger:
    """Evidence store rooted at ``root``. Safe for several threads and processes: same content, same file."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._read: OrderedDict[str, list[Evidence]] = OrderedDict()
        self._lock = Lock()

    # blobs

    def put(self, content: bytes, media_type: str, caption: str = "") -> Blob:
        """Stores bytes under their hash."""
        digest = hashlib.sha256(content).hexdigest()
        blob = Blob(sha256=digest, media_type=media_type, caption=caption)
        path = self.path(blob)
        if not path.exists():
            write_file(path, content)
        return blob

    def put_picture(self, rgb: NDArray[np.uint8], caption: str = "", quality: int = 88) -> Blob:
        """Stores an (H, W, 3) uint8 RGB picture as JPEG."""
        import cv2

        ok, encoded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not ok:
            raise ValueError(f"a picture of shape {rgb.shape} could not be encoded")
        return self.put(encoded.tobytes(), "image/jpeg", caption)

    def put_curve(self, t: NDArray[np.floating], y: NDArray[np.floating], caption: str = "") -> Blob:
        """Stores a curve: ``t`` (N,) seconds, ``y`` (N,) values."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez(buffer, t=np.asarray(t, np.float64), y=np.asarray(y, np.float32))
        return self.put(buffer.getvalue(), "application/x-npz", caption)

    def get(self, blob: Blob) -> bytes:
        """The bytes of a blob. Raises FileNotFoundError when the store was cleared meanwhile."""
        return self.path(blob).read_bytes()

    def get_curve(self, blob: Blob) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """The two arrays of a stored curve."""
        import numpy as np

        with np.load(io.BytesIO(self.get(blob))) as stored:
            return stored["t"], stored["y"]

    def path(self, blob: Blob) -> Path:
        """Where a blob lies."""
        return self.root / "blobs" / blob.sha256[:2] / (blob.sha256 + SUFFIX[blob.media_type])

    # readings

    def save(self, key: str, evidence: Iterable[Evidence]) -> None:
        """Keeps what an operator read under ``key`` (see :func:`reading_key`)."""
        evidence = list(evidence)
        rows = [e.model_dump(mode="json") for e in evidence]
        self._remember(key, evidence)
        write_file(self._reading(key), json.dumps(rows, indent=1, sort_keys=True).encode())

    def load(self, key: str) -> list[Evidence] | None:
        """What was read under ``key``, or None if it was not, or if a picture or curve of it has gone."""
        path = self._reading(key)
        if not path.exists():
            return None
        with self._lock:
            remembered = self._read.get(key)
        if remembered is not None:
            return list(remembered)
        try:
            found = [Evidence.model_validate(row) for row in json.loads(path.read_text(encoding="utf-8"))]
        except ValueError:  # written by an older version, or damaged: measure again
            return None
        blobs = [b for e in found for b in (e.curve, e.picture) if b is not None]
        if not all(self.path(b).exists() for b in blobs):
            return None
        self._remember(key, found)
        return found

    def copy_to(self, target: Ledger, evidence: Iterable[Evidence]) -> None:
        """Copies the blobs that ``evidence`` names, so that a report folder stands alone."""
        for item in evidence:
            for blob in (item.curve, item.picture):
                if blob is not None and not target.path(blob).exists():
                    write_file(target.path(blob), self.get(blob))

    def _remember(self, key: str, evidence: list[Evidence]) -> None:
        with self._lock:
            self._read[key] = list(evidence)
            while len(self._read) > REMEMBERED:
                self._read.popitem(last=False)

    def _reading(self, key: str) -> Path:
        return self.root / "readings" / f"{key}.json"


def reading_key(clip_sha256: str, operator: str, version: str, settings: dict[str, Any], after: Iterable[str]) -> str:
    """The cache key of one operator's reading: changes with the clip, the operator, its settings and what it reads."""
    parts = json.dumps([clip_sha256, MEDIA, operator, version, settings, sorted(after)], sort_keys=True, default=str)
    return f"{operator}-{hashlib.sha256(parts.encode()).hexdigest()[:24]}"


def write_file(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{os.getpid()}-{get_ident()}-{path.name}")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
