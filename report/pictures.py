"""Stored pictures as ``data:`` addresses, so that a page needs no other file."""

from __future__ import annotations

from base64 import b64encode

from evalverse.tools.evidence import Blob
from evalverse.tools.ledger import Ledger

WIDEST = 640
"""Pixels: twice the width of a card, for dense screens."""


class Pictures:
    """Pictures of one ledger, each read once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[str, str | None] = {}

    def uri(self, blob: Blob | None) -> str | None:
        """The picture, made smaller if it is wide; None if there is none or its file is gone or damaged."""
        if blob is None:
            return None
        if blob.sha256 not in self._seen:
            self._seen[blob.sha256] = self._read(blob)
        return self._seen[blob.sha256]

    def _read(self, blob: Blob) -> str | None:
        try:
            content = _small(self._ledger.get(blob))
        except FileNotFoundError:
            return None
        return None if content is None else f"data:image/jpeg;base64,{b64encode(content).decode('ascii')}"


def _small(content: bytes) -> bytes | None:
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None:
        return None
    if picture.shape[1] > WIDEST:
        height = max(1, round(picture.shape[0] * WIDEST / picture.shape[1]))
        picture = cv2.resize(picture, (WIDEST, height), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 84])[1])
