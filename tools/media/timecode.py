"""Times as film people write them: SMPTE timecode (ST 12-1), frame numbers, and a clock for reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering

from evalverse.errors import UsageError

_SMPTE = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)([:;.])(\d{2,3})")


@total_ordering
@dataclass(frozen=True)
class Timecode:
    """The frame ``frame`` (0-based) of a running time at ``rate`` frames per second.

    With ``drop``, two labels (four at 59.94) are left out at the start of every minute that does not divide by ten,
    so that the label keeps up with the clock at 29.97 and 59.94. Labels are dropped, never frames. Timecodes of
    different rates compare by their time; only equal rates make equal timecodes.

    Raises:
        UsageError: a negative frame, a rate that is not positive, or ``drop`` at a rate that has no drop-frame.
    """

    frame: int
    rate: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise UsageError(f"a frame rate must be positive, not {self.rate}")
        if self.frame < 0:
            raise UsageError(f"a timecode cannot be negative (frame {self.frame})")
        if self.drop and self.rate not in (Fraction(30000, 1001), Fraction(60000, 1001)):
            raise UsageError(f"drop-frame timecode exists for 29.97 and 59.94 frames per second, not for {self.rate}")

    @classmethod
    def at(cls, seconds: Fraction | float, rate: Fraction, drop: bool = False) -> Timecode:
        """The frame that is on screen at ``seconds``; a time within a thousandth of a frame counts as reached."""
        return cls(int(Fraction(seconds) * rate + Fraction(1, 1000)), rate, drop)

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> Timecode:
        """Reads "HH:MM:SS:FF", or "HH:MM:SS;FF" for drop-frame.

        Raises:
            UsageError: not a timecode, a frame number beyond the rate, or a label that drop-frame leaves out.
        """
        match = _SMPTE.fullmatch(text.strip())
        if match is None:
            raise UsageError(f"{text!r} is not a timecode like 00:01:02:03 (00:01:02;03 for drop-frame)")
        hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
        drop, base = match[4] != ":", nominal(rate)
        if frames >= base:
            raise UsageError(f"{text!r}: there are only frames 00 to {base - 1:02d} at {float(rate):g} per second")
        number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
        if drop:
            skipped = _skipped_per_minute(rate)
            if seconds == 0 and frames < skipped and minutes % 10:
                raise UsageError(f"{text!r} does not exist: drop-frame leaves this label out")
            total = hours * 60 + minutes
            number -= skipped * (total - total // 10)
        return cls(number, rate, drop)

    @property
    def seconds(self) -> Fraction:
        """Exact presentation time of the frame."""
        return self.frame / self.rate

    def __str__(self) -> str:
        base, label = nominal(self.rate), self.frame
        if self.drop:
            skipped = _skipped_per_minute(self.rate)
            per_minute = 60 * base - skipped
            per_ten = 10 * per_minute + skipped
            tens, rest = divmod(label, per_ten)
            # the first minute of each ten keeps all its labels
            label += skipped * (9 * tens + max(0, (rest - skipped) // per_minute))
        total, frames = divmod(label, base)
        separator, digits = ";" if self.drop else ":", max(2, len(str(base - 1)))
        return f"{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}{separator}{frames:0{digits}d}"

    def __lt__(self, other: Timecode) -> bool:
        return (self.seconds, self.rate, self.drop) < (other.seconds, other.rate, other.drop)


def nominal(rate: Fraction) -> int:
    """The whole number of labels per second: 24 for 23.976, 30 for 29.97."""
    return max(1, round(rate))


def clock(seconds: float | Fraction) -> str:
    """ "MM:SS.mmm" for reports ("00:12.480"), with hours in front from one hour on; "-" before negative times."""
    total = round(abs(Fraction(seconds)) * 1000)
    hours, rest = divmod(total, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    sign = "-" if seconds < 0 and total else ""
    ahead = f"{hours}:" if hours else ""
    return f"{sign}{ahead}{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _skipped_per_minute(rate: Fraction) -> int:
    return 4 if nominal(rate) == 60 else 2
