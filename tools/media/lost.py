"""What a decoder could not deliver, counted while it runs, so that nobody mistakes half a clip for the whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Lost:
    """Counts of one pass over a stream; true when something is missing or was damaged.

    Filled while the stream is read; complete when it has been read to the end.
    """

    decoded: int = 0
    """Frames delivered (blocks of samples for sound)."""
    errors: int = 0
    """Packets that the reader or the decoder refused."""
    damaged: int = 0
    """Frames that were delivered, but that the decoder had to patch."""
    absent: int = 0
    """Coded frames in the file of which no picture came out; counted only by a pass over the whole clip."""
    retimed: int = 0
    """Frames whose time stamp was missing or did not advance, and was made up."""
    missing_seconds: float = 0.0
    """Seconds at the end of the stream that the header promises, or that are in the file, but never came."""
    gave_up: bool = False
    """Too many errors in a row: reading stopped early."""

    def __bool__(self) -> bool:
        return bool(self.errors or self.damaged or self.absent or self.missing_seconds or self.gave_up)

    @property
    def words(self) -> str:
        """One sentence for a report; empty when nothing was lost."""
        parts = []
        if self.errors:
            parts.append(f"{self.errors} {'packet' if self.errors == 1 else 'packets'} could not be decoded")
        if self.damaged:
            parts.append(f"{self.damaged} of {self.decoded} frames are damaged")
        if self.absent:
            parts.append(f"of {self.absent} coded {'frame' if self.absent == 1 else 'frames'} no picture came out")
        if self.missing_seconds:
            parts.append(f"the last {self.missing_seconds:.2f} s are missing")
        if self.gave_up:
            parts.append("reading stopped after too many errors in a row")
        return "; ".join(parts)
