"""A cut list that somebody hands in: EDL (CMX 3600), CSV or OpenTimelineIO, as seconds at which shots begin.

The first shot begins with the clip; an EDL's or a timeline's own start time is taken off. Of a dissolve the middle
counts, as our own detector has it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

from evalverse.errors import MissingExtra, UsageError
from evalverse.tools.media.timecode import Timecode

_EVENT = re.compile(r"\d+\s+\S+\s+(?P<track>\S+)\s+(?P<how>C|D|W\S+|K\S*)(?:\s+(?P<frames>\d+))?\s+(?P<times>.*)")
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")
_COLUMNS = ("start time (seconds)", "seconds", "start", "start timecode", "timecode", "time", "cut")
"""Names of the column that is read, the surest first; the first is PySceneDetect's."""


def read_cuts(path: Path, rate: Fraction) -> tuple[float, ...]:
    """Seconds at which shots begin, in order, the first left out.

    Args:
        path: .edl, .csv or .txt; anything else goes to OpenTimelineIO.
        rate: frames per second of the clip, for what counts in frames.

    Raises:
        UsageError: the file cannot be read, or holds something else; the message names the line.
        MissingExtra: OpenTimelineIO is needed and not installed.
    """
    read = {".edl": _edl, ".csv": _csv, ".txt": _csv}.get(path.suffix.lower())
    try:
        starts = _otio(path) if read is None else list(read(path.read_text(encoding="utf-8-sig"), rate))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the cut list cannot be read: {error}") from error
    except MissingExtra:
        raise
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    return tuple(sorted({float(s) for s in starts if s > 0}))


def _edl(text: str, rate: Fraction) -> Iterator[Fraction]:
    """Record times of the picture's events. Two lines of one number are a transition; the later holds it."""
    found: list[tuple[Fraction, Fraction]] = []
    for line, number in _lines(text):
        event = _EVENT.match(line)
        if event is None or not set("VB") & set(event["track"].upper()):
            continue
        times = event["times"].split()
        if len(times) < 4:
            raise UsageError(f"line {number}: an event needs four timecodes")
        begin, end = (Timecode.parse(t, rate).seconds for t in times[2:4])
        if end > begin:  # a line without length only names what a dissolve comes from
            found.append((begin, begin + Fraction(int(event["frames"] or 0)) / rate / 2))
    if not found:
        raise UsageError("holds no event of a picture track")
    first = min(begin for begin, _ in found)
    yield from (at - first for begin, at in found if begin > first)


def _csv(text: str, rate: Fraction) -> Iterator[Fraction]:
    """One shot a row: the column that a header names, else the first. Seconds, clock times or timecodes."""
    column: int | None = None
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        names = [cell.lower() for cell in cells]
        named = [names.index(name) for name in _COLUMNS if name in names]
        if named:
            column = named[0]
        elif column is None and names[0].startswith("timecode list"):  # PySceneDetect's line before its header
            continue
        else:
            try:
                yield _time(cells[column or 0], rate)
            except (IndexError, UsageError) as error:
                raise UsageError(f"line {number}: no time such as 12.48, 00:12.48 or 00:00:12:12") from error


def _time(text: str, rate: Fraction) -> Fraction:
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return Timecode.parse(text, rate).seconds
    hours, minutes, seconds = (Fraction(part or 0) for part in clock.groups())
    return hours * 3600 + minutes * 60 + seconds


def _otio(path: Path) -> list[Fraction]:
    try:
        import opentimelineio as otio
    except ImportError as error:
        raise MissingExtra("opentimelineio", "pip install 'evalverse-agent[edit]'") from error
    if not path.is_file():
        raise UsageError("there is no such file")
    try:
        timeline = otio.adapters.read_from_file(str(path))
        tracks = timeline.video_tracks()
    except (otio.exceptions.OTIOError, AttributeError, ValueError) as error:
        raise UsageError(f"OpenTimelineIO cannot read it as a timeline: {error}") from error
    if not tracks:
        raise UsageError("the timeline has no picture track")
    return [_seconds(item.range_in_parent().start_time) for item in tracks[0].find_clips()]


def _seconds(time: Any) -> Fraction:
    seconds = time.value / time.rate
    return Fraction(seconds) if isfinite(seconds) else Fraction(0)


def _lines(text: str) -> Iterable[tuple[str, int]]:
    return ((line.strip(), number) for number, line in enumerate(text.splitlines(), 1))
