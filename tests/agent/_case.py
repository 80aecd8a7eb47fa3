"""Cases and evidence made by hand, for tests that need no clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from evalverse.agent.facts import facts
from evalverse.agent.judges.base import Case
from evalverse.report.brief import Brief
from evalverse.tools.evidence import Direction, Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip, PictureStream, SoundStream
from evalverse.tools.operator import Shot

PICTURE = PictureStream(
    index=0,
    codec="h264",
    coded_width=640,
    coded_height=360,
    width=640,
    height=360,
    pixel_format="yuv420p",
    bit_depth=8,
    alpha=False,
    rate=Fraction(24),
    start=0.0,
    duration=10.0,
)
SOUND = SoundStream(index=1, codec="aac", rate=48000, channels=2, layout="stereo", start=0.0, duration=10.0)


def clip(picture: bool = True, sound: bool = True) -> Clip:
    """A 10 s clip on paper; no file is behind it."""
    return Clip(
        path=Path("clip.mp4"),
        sha256="0" * 64,
        bytes=1,
        container="mp4",
        duration=10.0,
        picture=PICTURE if picture else None,
        sound=SOUND if sound else None,
    )


def reading(measure: str, value: float | None, **fields: Any) -> Evidence:
    """One reading; clip-level unless a span or shot is given."""
    span = fields.pop("span", None)
    return Evidence(
        operator=measure.split(".")[0],
        version="1",
        measure=measure,
        title=fields.pop("title", measure.split(".")[1].replace("_", " ").capitalize()),
        value=value,
        unit=fields.pop("unit", "%"),
        direction=fields.pop("direction", Direction.LOWER),
        scope=fields.pop("scope", Scope.MOMENT if span else Scope.CLIP),
        span=Span(start=span[0], end=span[1]) if span else None,
        **fields,
    ).with_id()


def case(*evidence: Evidence, root: Path = Path("unused"), brief: Brief | None = None, **streams: bool) -> Case:
    """A case of two shots, 0-4 s and 4-10 s, with the given evidence."""
    subject, brief = clip(**streams), brief or Brief()
    shots = (Shot(0, Span(start=0.0, end=4.0)), Shot(1, Span(start=4.0, end=10.0), "cut"))
    return Case(
        clip=subject,
        brief=brief,
        facts=facts(subject, brief, evidence),
        shots=shots if subject.picture else (),
        ledger=Ledger(root),
        evidence={e.id: e for e in evidence},
    )
