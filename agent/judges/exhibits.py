"""What a model judge is shown of a case: the clip in words, evidence line by line, frames with their times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.chat import Part, picture, video, words
from evalverse.errors import BudgetExhausted, UsageError
from evalverse.prompts import inline
from evalverse.taxonomy import Check
from evalverse.tools.evidence import Evidence, Scope, Span, still_time
from evalverse.tools.media.excerpt import MEDIA_TYPE, excerpt
from evalverse.tools.media.sample import contact_sheet, frames_at
from evalverse.tools.media.timecode import clock
from evalverse.tools.picture.frame_sampler import THUMBNAIL

SAMPLER = "frame_sampler"
"""The operator whose evidence is single frames of the clip."""

MOST_LINES = 120
"""Readings that are listed for one question."""

MOST_SHOTS = 80
"""Shots that are listed."""

AT_ONCE = 16
"""Frames that a bench gives at once."""

SHEET_FRAMES, SHEET_COLUMNS = 12, 4

_ORDER = (Scope.CLIP, Scope.MOMENT, Scope.SHOT)

T = TypeVar("T")


@dataclass(frozen=True)
class Still:
    """One picture to show. ``caption`` says which time and evidence it is of; it is our text."""

    seconds: float
    content: bytes
    media_type: str
    caption: str
    evidence: str = ""
    """Id of the evidence that it is the picture of; empty for a contact sheet."""


def clip_words(case: Case) -> dict[str, Any]:
    """The values of the prompts' part on the clip."""
    clip, brief = case.clip, case.brief
    facts = [f"{clip.duration:.3f} seconds long"]
    if clip.picture:
        p = clip.picture
        facts.append(f"picture of {p.width} x {p.height} pixels at {float(p.rate):.6g} frames per second")
    facts.append(
        f"sound: {clip.sound.channels} channels, which you cannot hear" if clip.sound else "it has no sound track"
    )
    if not clip.picture:
        facts.append("it has no picture")
    said = [(f"brief.{name}", getattr(brief, name)) for name in ("prompt", "intent", "genre", "focus", "dispute")]
    said += [(f"brief.{name}", "\n".join(getattr(brief, name))) for name in ("shots", "dialogue")]
    shots = [
        f"shot {s.index + 1}: {clock(s.span.start)} to {clock(s.span.end)}, begins with: {s.begins_with}"
        for s in case.shots[:MOST_SHOTS]
    ]
    if len(case.shots) > MOST_SHOTS:
        shots.append(f"and {len(case.shots) - MOST_SHOTS} more")
    return {
        "facts": facts,
        "file_name": clip.name,
        "tags": "\n".join(f"{k}: {v}" for k, v in sorted(clip.metadata.items())),
        "brief": [(kind, text) for kind, text in said if text],
        "shots": shots or ["not known yet"],
    }


def relevant(case: Case, checks: Sequence[Check]) -> list[Evidence]:
    """The evidence that speaks to ``checks`` and every other reading of the whole clip; single frames left out.

    Whole clip first, then single moments, then single shots, so that a bound on the number cuts off the least telling.
    """
    near = case.speaking_to(checks)
    known = {e.id for e in near}
    others = (e for e in case.evidence.values() if e.scope is Scope.CLIP and e.id not in known)
    rows = [*near, *sorted(others, key=lambda e: (e.measure, e.id))]
    return sorted((e for e in rows if e.operator != SAMPLER), key=lambda e: _ORDER.index(e.scope))


def lines(evidence: Sequence[Evidence]) -> str:
    """One line per reading, at most :data:`MOST_LINES`, with a note of how many were left out."""
    rows = [_line(e) for e in evidence[:MOST_LINES]]
    if len(evidence) > MOST_LINES:
        rows.append(f"(left out: {len(evidence) - MOST_LINES} more readings)")
    return "\n".join(rows)


def stills(
    case: Case, checks: Sequence[Check], bench: Bench, most: int, phase: float = 0.5, height: int = THUMBNAIL
) -> list[Still]:
    """At most ``most`` pictures in order of time: those of the evidence that speaks to ``checks`` first (at most a
    third), then single frames spread over the clip: those that were sampled, and, where these are too small or none,
    frames off the bench, ``height`` pixels high. Another ``phase`` (0 to 1) takes other frames."""
    if case.clip.picture is None or most < 1:
        return []
    telling = [s for e in case.speaking_to(checks) if e.operator != SAMPLER for s in pictures(case, [e])]
    shown = spread(telling, most // 3, phase)
    sampled = pictures(case, (e for e in case.evidence.values() if e.operator == SAMPLER))
    rest = most - len(shown)
    chosen = spread(sampled, rest, phase)
    if height > THUMBNAIL or not chosen:
        times = {s.seconds for s in chosen} | set(_times(case, rest - len(chosen), phase))
        chosen = look(case, bench, sorted(times), height) or chosen
    shown += chosen
    return sorted(shown, key=lambda s: (s.seconds, s.caption))


def film(case: Case, rate: float, most: int) -> list[Part]:
    """The clip as a small silent film of at most ``most`` frames, after the line that says what it is; nothing where
    ``rate`` (frames per second) is 0 or the picture cannot be read."""
    if case.clip.picture is None or rate <= 0:
        return []
    try:
        content, held = excerpt(case.clip, rate, most)
    except UsageError:
        return []
    told = f"The whole clip as a film at {held:.3g} frames per second, without its sound:"
    return [words(told), video(content, MEDIA_TYPE)]


def cited(case: Case, ids: Iterable[str], most: int) -> list[Still]:
    """The pictures of the evidence in ``ids``, spread over the clip."""
    found = pictures(case, (case.evidence[i] for i in dict.fromkeys(ids) if i in case.evidence))
    return spread(sorted(found, key=lambda s: (s.seconds, s.caption)), most)


def look(case: Case, bench: Bench, seconds: Sequence[float], height: int) -> list[Still]:
    """Frames off the bench; none if it will not give any."""
    parts = [seconds[at : at + AT_ONCE] for at in range(0, len(seconds), AT_ONCE)]
    try:
        return [still for times in parts for still in pictures(case, bench.look(times, height))]
    except (UsageError, BudgetExhausted):
        return []


def sheet(case: Case) -> list[Still]:
    """One contact sheet of the whole clip; nothing for a clip whose picture cannot be read."""
    times = _times(case, SHEET_FRAMES)
    if not times:
        return []
    try:
        frames = frames_at(case.clip, times, 180)
    except UsageError:
        return []
    stamps = [clock(f.seconds) for f in frames]
    blob = case.ledger.put_picture(contact_sheet(frames, SHEET_COLUMNS, stamps), "contact sheet")
    caption = f"Contact sheet of the clip, row by row, at {', '.join(stamps)}:"
    return [Still(0.0, case.ledger.get(blob), blob.media_type, caption)]


def parts(shown: Sequence[Still]) -> list[Part]:
    """Message parts: each picture right after the line that says what it is."""
    return [part for s in shown for part in (words(s.caption), picture(s.content, s.media_type))]


def spread(items: Sequence[T], most: int, phase: float = 0.5) -> list[T]:
    """At most ``most`` of ``items``, evenly out of the whole: of each of ``most`` equal parts the one at ``phase``."""
    if len(items) <= most:
        return list(items)
    return [items[int((i + phase) * len(items) / most)] for i in range(most)]


def _times(case: Case, most: int, phase: float = 0.5) -> list[float]:
    """As many per shot as there is room for, and at least one; for more shots than that, even steps over the clip. Each
    at ``phase`` of its part."""
    if case.clip.picture is None or most < 1:
        return []
    picture = case.clip.picture
    whole = Span(start=picture.start, end=picture.start + picture.duration)
    spans = [shot.span for shot in case.shots] if 0 < len(case.shots) <= most else [whole]
    count = most // len(spans)
    return [span.start + (i + phase) * span.seconds / count for span in spans for i in range(count)]


def pictures(case: Case, evidence: Iterable[Evidence]) -> list[Still]:
    """The pictures of ``evidence`` with their captions; readings without a picture are passed over."""
    found = []
    for e in evidence:
        if e.picture is None:
            continue
        at = still_time(e)
        if at is not None:
            start, caption = at, f"Frame at {_at(at)}"
        elif e.span is not None:
            start, caption = e.span.start, f"Picture from {_at(e.span.start)} to {_at(e.span.end)}"
        else:
            start, caption = 0.0, "Picture of the whole clip"
        note = f" ({inline(e.picture.caption, 'caption')})" if e.picture.caption and at is None else ""
        content = case.ledger.get(e.picture)
        found.append(Still(start, content, e.picture.media_type, f"{caption}, evidence {e.id}{note}:", e.id))
    return found


def _line(e: Evidence) -> str:
    amount = f"{e.title}: {e.value_text()}"
    if e.value is not None and e.scope is not Scope.SHOT:  # a shot's line is read beside that of the whole clip
        limits = " ".join(f"{name} {bound:g}" for name, bound in (("from", e.low), ("to", e.high)) if bound is not None)
        amount += f" ({', '.join(filter(None, (limits, e.direction.value)))})"
    words = "" if e.scope is Scope.SHOT else e.words
    # on one line, whatever an operator says: a line of its own would look like another reading
    return " | ".join(" ".join(part.split()) for part in (e.id, amount, _where(e), words) if part)


def _where(e: Evidence) -> str:
    if e.scope is Scope.CLIP:
        return "whole clip"
    shot = f"shot {e.shot + 1}" if e.shot is not None else ""
    stretch = f"{clock(e.span.start)} to {clock(e.span.end)}" if e.span and e.scope is Scope.MOMENT else ""
    return ", ".join(filter(None, (shot, stretch)))


def _at(seconds: float) -> str:
    return f"{clock(seconds)} ({seconds:.3f} s)"
