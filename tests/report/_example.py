"""A report with everything in it: shots, curves, pictures, all states, doubts, and text that means harm."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from evalverse.report.brief import Brief
from evalverse.report.model import (
    Answer,
    Finding,
    Interval,
    Manifest,
    Report,
    Severity,
    ShotRow,
    Skip,
    State,
    Step,
    Verdict,
    Verification,
)
from evalverse.taxonomy import Stage
from evalverse.tools.evidence import Blob, Direction, Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip, PictureStream, SoundStream
from evalverse.tools.media.timecode import clock

SCRIPT = "<script>alert('x')</script>"
HOSTILE = (
    f'{SCRIPT} "quoted" & <img src=http://example.org/x.png onerror=alert(1)> | `tick` [a](http://b) \x1b[31m \u202eRTL'
)
ARABIC = "رجل يمشي تحت المطر في شارع مظلم"
LONG = "unbroken" * 60
SILENT = "nobody speaks in the clip"
SECONDS = 12.0
CUTS = (0.0, 3.2, 4.0, 9.5, SECONDS)


@dataclass(frozen=True)
class Example:
    report: Report
    ledger: Ledger


def picture(ledger: Ledger, seed: int, caption: str = "", width: int = 480) -> Blob:
    """A small landscape: sky, a disc and ground, coloured by ``seed``."""
    rng = np.random.default_rng(seed)
    height = width * 9 // 16
    y, x = np.mgrid[0:height, 0:width] / height
    sky, ground = rng.integers(40, 220, 3), rng.integers(20, 120, 3)
    rgb = np.where((y < 0.62)[..., None], sky * (1.1 - 0.6 * y[..., None]), ground * (0.5 + y[..., None]))
    disc = (x - rng.uniform(0.3, 1.4)) ** 2 + (y - 0.35) ** 2 < 0.02
    rgb[disc] = (250, 230, 190)
    return ledger.put_picture(np.clip(rgb, 0, 255).astype(np.uint8), caption)


def evidence(ledger: Ledger, picture_stream: bool = True, sound: bool = True) -> dict[str, Evidence]:
    """By a short name."""
    t = np.arange(0, SECONDS, 1 / 24)
    found: dict[str, Evidence] = {}

    def add(key: str, measure: str, title: str, value: float | None, unit: str = "", **more: Any) -> None:
        fields = {"direction": Direction.LOWER, "scope": Scope.CLIP, "low": 0.0, "high": 1.0, **more}
        item = Evidence(
            operator=measure.split(".")[0], version="1", measure=measure, title=title, value=value, unit=unit, **fields
        )
        found[key] = item.with_id()

    if picture_stream:
        flicker = np.where((t > 5) & (t < 6.5), 0.45 + 0.4 * np.sin(40 * t), 0.05 + 0.02 * np.sin(3 * t))
        gap = np.where((t > 3.2) & (t < 4.0), np.nan, 0.6 + 0.3 * np.sin(t))
        curves = {
            "flicker": ledger.put_curve(t, flicker),
            "sharp": ledger.put_curve(t, gap),
            "level": ledger.put_curve(t, np.full(len(t), 0.41)),
        }
        add(
            "flicker",
            "exposure.flicker",
            "Flicker of brightness",
            0.31,
            "%",
            high=100.0,
            curve=curves["flicker"],
            words="Brightness jumps by up to 0.85 % between frames.",
            picture=picture(ledger, 3, "frame at 00:05.400"),
        )
        add(
            "burst",
            "exposure.flicker",
            "Flicker of brightness",
            0.85,
            "%",
            high=100.0,
            scope=Scope.MOMENT,
            shot=2,
            span=Span(start=5.0, end=6.5),
            words="The worst stretch.",
            picture=picture(ledger, 9),
        )
        add(
            "sharp",
            "focus.sharpness",
            "Sharpness of the subject",
            0.62,
            direction=Direction.HIGHER,
            curve=curves["sharp"],
            words="Sharp throughout but for the second shot.",
            confidence=0.7,
        )
        add("level", "exposure.level", "Mean brightness", 0.41, direction=Direction.NEUTRAL, curve=curves["level"])
        add(
            "faces",
            "face_identity.drift",
            "Drift of the face",
            None,
            unmeasured="no face stays in view for a second",
            direction=Direction.LOWER,
        )
        add("hostile", "hostile.words", HOSTILE, 1234.5, "<b>", low=None, high=None, words=HOSTILE)
    if sound:
        rms = -30 + 10 * np.sin(t) + np.where(t > 9.5, -25, 0)
        add(
            "loud",
            "loudness.momentary",
            "Loudness",
            -23.4,
            "LUFS",
            low=-70.0,
            high=5.0,
            direction=Direction.NEUTRAL,
            curve=ledger.put_curve(t, rms),
            words="The last shot is nearly silent.",
        )
    return found


def make(root: Path, picture_stream: bool = True, sound: bool = True, **changes: Any) -> Example:
    """A report and its ledger. ``changes`` replace fields of the report."""
    ledger = Ledger(root / "ledger")
    found = evidence(ledger, picture_stream, sound)
    ids = {key: item.id for key, item in found.items()}
    clip = Clip(
        path=Path('night <b>"rain" & \u202egpj.exe walk take 07.mp4'),
        sha256="ab" * 32,
        bytes=1_234_567,
        container="mov,mp4",
        duration=SECONDS,
        picture=_stream() if picture_stream else None,
        sound=SoundStream(index=1, codec="aac", rate=48000, channels=2, layout="stereo", start=0, duration=SECONDS)
        if sound
        else None,
        metadata={"title": HOSTILE, "comment": ARABIC},
    )
    fields: dict[str, Any] = {
        "clip": clip,
        "brief": Brief(prompt=f"{HOSTILE}\n{ARABIC}", intent="Loneliness after the argument.", shots=("wide", "close")),
        "shots": _shots(ledger) if picture_stream else (),
        "verdicts": _verdicts(ids),
        "findings": _findings(ids, ledger) if picture_stream else (),
        "skipped": _skipped(sound),
        "evidence": tuple(found.values()),
        "notes": ("0.4 s at the end of the file could not be decoded.",),
        "verification": Verification(claims=9, marked=1, dropped=2),
        "manifest": _manifest(),
    }
    return Example(Report(**{**fields, **changes}), ledger)


def _stream() -> PictureStream:
    return PictureStream(
        index=0,
        codec="h264",
        coded_width=1280,
        coded_height=720,
        width=1280,
        height=720,
        pixel_format="yuv420p",
        bit_depth=8,
        alpha=False,
        rate=Fraction(24000, 1001),
        frames=288,
        start=0,
        duration=SECONDS,
    )


def _shots(ledger: Ledger) -> tuple[ShotRow, ...]:
    begins = ("start", "cut", "dissolve", "cut")
    return tuple(
        ShotRow(
            index=i,
            span=Span(start=a, end=b),
            begins_with=begins[i],
            confidence=0.95 if i != 2 else 0.55,
            timecode=clock(a),
            thumbnail=picture(ledger, i),
        )
        for i, (a, b) in enumerate(pairwise(CUTS))
    )


def _verdicts(ids: dict[str, str]) -> tuple[Verdict, ...]:
    judge, flicker = "evidence", "cinematography/lens/exposure/no-flicker"
    steps = (
        Step(
            text="Brightness jumps between frames in the third shot.",
            evidence=tuple(ids[k] for k in ("flicker", "burst") if k in ids),
        ),
        Step(
            text="The jump is 7 times the usual.", evidence=("gone.measure:00000000",), doubt="7 is not in the ledger"
        ),
    )
    answers = (
        Answer(
            check=flicker,
            state=State.SCORED,
            value=0.15,
            interval=Interval(low=0.05, high=0.3),
            steps=steps,
            span=Span(start=5.0, end=6.5),
            judge=judge,
        ),
        Answer(
            check="cinematography/lens/exposure/subject-placed-on-the-scale",
            state=State.NOT_ASSESSABLE,
            why="no face was found",
            judge=judge,
        ),
    )

    def scored(path: str, name: str, stage: Stage, score: float, low: float, high: float, **more: Any) -> Verdict:
        return Verdict(
            path=path,
            name=name,
            stage=stage,
            state=State.SCORED,
            score=score,
            interval=Interval(low=low, high=high),
            why="Mean of the answered checks.",
            applicable=5,
            answered=2,
            **more,
        )

    def unscored(path: str, name: str, stage: Stage, state: State, why: str) -> Verdict:
        return Verdict(path=path, name=name, stage=stage, state=state, why=why, applicable=3)

    return (
        scored(
            "cinematography/lens/exposure",
            "Exposure",
            Stage.PRODUCTION,
            0.22,
            0.1,
            0.64,
            answers=answers,
            credibility="Spearman 0.61 with 4 experts on 120 clips",
        ),
        scored("cinematography/lens/focus", "Focus", Stage.PRODUCTION, 0.81, 0.6, 0.9),
        scored("multi-shot/rhythm/cut-motivation", "Cut Motivation", Stage.POST_PRODUCTION, 0.5, 0.5, 0.5),
        scored(
            "visual-concept-design/scene/genre-distinctiveness",
            f"Palette {HOSTILE}",
            Stage.PRE_PRODUCTION,
            1.0,
            0.93,
            1.0,
        ),
        scored("visual-concept-design/character/costume-rationality", LONG, Stage.PRE_PRODUCTION, 0.0, 0.0, 0.4),
        unscored("sound-design/vocal/lip-sync", "Lip-Sync", Stage.POST_PRODUCTION, State.NOT_APPLICABLE, SILENT),
        unscored(
            "sound-design/vocal/acoustic-quality",
            "Acoustic Quality",
            Stage.POST_PRODUCTION,
            State.NOT_APPLICABLE,
            SILENT,
        ),
        unscored(
            "affectivity/grounding/tonal-identifiability",
            "Tonal Identifiability",
            Stage.PRODUCTION,
            State.NOT_ASSESSABLE,
            "the evidence judge has no eyes for meaning",
        ),
    )


def _findings(ids: dict[str, str], ledger: Ledger) -> tuple[Finding, ...]:
    doubt = "7 is not in the ledger"
    return (
        Finding(
            id="f2",
            kind="problem",
            severity=Severity.MINOR,
            check="multi-shot/rhythm/cut-motivation/cut-on-the-right-frame",
            title="The second shot is cut before it is read",
            stage=Stage.POST_PRODUCTION,
            span=Span(start=3.2, end=4.0),
            timecode="00:03.200",
            shot=1,
            score=0.2,
            steps=(Step(text="It lasts 0.8 s.", evidence=(ids["sharp"],)),),
            fix="Hold it a second longer.",
            prompt_patch="",
            picture=picture(ledger, 1),
        ),
        Finding(
            id="f1",
            kind="problem",
            severity=Severity.CRITICAL,
            check="cinematography/lens/exposure/no-flicker",
            title="Brightness flickers through the walk",
            stage=Stage.PRODUCTION,
            span=Span(start=5.0, end=6.5),
            timecode="00:05.000",
            shot=2,
            score=0.15,
            steps=(
                Step(text="Brightness jumps by 0.85 % from frame to frame.", evidence=(ids["flicker"], ids["burst"])),
                Step(text="Nothing in the scene explains it: 7 lamps are on.", evidence=("gone:0",), doubt=doubt),
            ),
            fix="Lock the exposure, or deflicker before grading.",
            prompt_patch="constant exposure, steady practical lights, no flicker",
            picture=picture(ledger, 3, "frame at 00:05.400"),
        ),
        Finding(
            id="f3",
            kind="problem",
            severity=Severity.MAJOR,
            check="visual-concept-design/character/costume-rationality/hostile",
            title=HOSTILE,
            stage=Stage.PRE_PRODUCTION,
            span=None,
            score=0.3,
            steps=(Step(text=f"{HOSTILE} {LONG}", evidence=(ids["hostile"],)),),
            fix=HOSTILE,
            prompt_patch=HOSTILE,
        ),
        Finding(
            id="f4",
            kind="strength",
            severity=Severity.NOTE,
            check="cinematography/lens/focus/key-point-sharp",
            title=f"The subject stays sharp {ARABIC}",
            stage=Stage.PRODUCTION,
            span=Span(start=9.5, end=9.5),
            timecode="00:09.500",
            shot=3,
            score=0.92,
            steps=(Step(text="Sharpness 0.62.", evidence=(ids["sharp"],)),),
            fix="Keep the focus pull.",
            prompt_patch="",
            picture=picture(ledger, 5),
        ),
    )


def _skipped(sound: bool) -> tuple[Skip, ...]:
    rows = [
        Skip(what="sound-design/vocal/lip-sync", state=State.NOT_APPLICABLE, why=SILENT),
        Skip(
            what="affectivity/grounding/tonal-identifiability",
            state=State.NOT_ASSESSABLE,
            why="the evidence judge has no eyes for meaning",
            enable="choose a judge that sees: --judge local",
        ),
        Skip(
            what="text_likeness",
            state=State.NOT_ASSESSABLE,
            why="the weights are absent",
            enable="pip install 'evalverse-agent[neural]'",
        ),
    ]
    if not sound:
        rows.append(Skip(what="loudness", state=State.NOT_APPLICABLE, why="the clip has no sound"))
    return tuple(rows)


def _manifest() -> Manifest:
    return Manifest(
        evalverse="0.1.0",
        taxonomy="film-1234abcd",
        prompts="99ffee00",
        judge="evidence",
        calibration="none",
        operators={"focus": "1", "exposure": "2"},
        packages={"numpy": "2.4.6"},
        settings={"workers": 2, "cache_dir": HOSTILE},
        seconds={"probe": 0.4, "gather": 3.25},
        created="2026-11-22T12:00:00Z",
    )
