"""From answers to findings: severity, order, one finding per fault, and where to look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.agent.findings import MOST_STRENGTHS, findings, severity
from evalverse.report.model import Answer, Severity, State, Step
from evalverse.taxonomy import Kind, load
from evalverse.tools.evidence import Blob, Span
from evalverse.tools.media.probe import probe
from tests.agent._case import case, reading
from tests.synth import write_clip

TREE = load()
RIGHT = [c for c in TREE.checks() if c.kind is Kind.RIGHT]
GOOD = [c for c in TREE.checks() if c.kind is Kind.GOOD]
FAULTS = [reading("exposure.clipped_high", float(n)) for n in range(40)]
CASE = case(*FAULTS)


def answer(path: str, value: float, fault: int, span: Span | None = None) -> Answer:
    steps = (Step(text="Seen.", evidence=(FAULTS[-1].id,)), Step(text="So.", evidence=(FAULTS[fault].id,)))
    return Answer(check=path, state=State.SCORED, value=value, steps=steps, span=span, judge="t")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.0, Kind.RIGHT, Severity.CRITICAL),
        (0.2, Kind.RIGHT, Severity.MAJOR),
        (0.5, Kind.RIGHT, Severity.MINOR),
        (0.0, Kind.GOOD, Severity.MINOR),
        (0.5, Kind.GOOD, Severity.NOTE),
    ],
)
def test_a_broken_right_costs_more_than_a_missed_good(value: float, kind: Kind, expected: Severity) -> None:
    assert severity(value, kind) is expected


def test_worst_first_and_strengths_last() -> None:
    given = [
        answer(GOOD[0].path, 1.0, 0),
        answer(RIGHT[0].path, 0.5, 1),
        answer(RIGHT[1].path, 0.0, 2),
        answer(RIGHT[2].path, 0.25, 3),
        answer(RIGHT[3].path, 0.7, 4),
        answer(RIGHT[4].path, 1.0, 5),
    ]
    found = findings(given, CASE, TREE)
    assert [f.check for f in found] == [RIGHT[1].path, RIGHT[2].path, RIGHT[0].path, GOOD[0].path]
    assert found[-1].kind == "strength"
    assert all(f.fix and f.prompt_patch for f in found[:-1])


def test_one_fault_is_one_finding_worded_by_the_clearest_check() -> None:
    found = findings([answer(RIGHT[0].path, 0.4, 1), answer(RIGHT[1].path, 0.1, 1)], CASE, TREE)
    assert [f.check for f in found] == [RIGHT[1].path]


def test_the_place_becomes_timecode_and_shot() -> None:
    (found,) = findings([answer(RIGHT[0].path, 0.0, 1, Span(start=5.0, end=6.5))], CASE, TREE)
    assert (found.timecode, found.shot) == ("00:05.000 – 00:06.500", 1)
    (whole,) = findings([answer(RIGHT[0].path, 0.0, 1)], CASE, TREE)
    assert (whole.timecode, whole.shot) == ("whole clip", None)


def test_faults_that_were_seen_in_the_same_frames_stay_apart() -> None:
    frame = reading("frame_sampler.frame", 1.0, span=(1.0, 1.0), data={"seconds": 1.0})
    step = Step(text="So.", evidence=(frame.id,))
    given = [Answer(check=c.path, state=State.SCORED, value=0.2, steps=(step,), judge="t") for c in RIGHT[:3]]
    assert len(findings(given, case(frame), TREE)) == 3


def test_praise_is_short() -> None:
    found = findings([answer(c.path, 1.0, n) for n, c in enumerate(GOOD[:30])], CASE, TREE)
    assert len(found) == MOST_STRENGTHS


def test_what_was_not_answered_is_no_finding() -> None:
    silent = Answer(check=RIGHT[0].path, state=State.NOT_ASSESSABLE, why="no face", judge="t")
    assert findings([silent], CASE, TREE) == []


def test_a_moment_is_shown_by_its_own_picture() -> None:
    shown = Blob(sha256="0" * 64, media_type="image/jpeg", caption="here")
    moment = reading("exposure.clipped_high", 40.0, span=(1.5, 1.5), picture=shown)
    steps = (Step(text="Here.", evidence=(moment.id,)), Step(text="So.", evidence=(FAULTS[0].id,)))
    place = Span(start=1.5, end=1.5)
    given = Answer(check=RIGHT[0].path, state=State.SCORED, value=0.0, steps=steps, span=place, judge="t")
    (found,) = findings([given], case(moment, FAULTS[0]), TREE)
    assert found.picture == shown


def test_where_no_evidence_shows_it_the_frame_of_that_moment_does(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [np.full((90, 160, 3), 5 * i, np.uint8) for i in range(50)], rate=25)
    subject = replace(case(*FAULTS, root=tmp_path), clip=probe(path))
    (found,) = findings([answer(RIGHT[0].path, 0.0, 1, Span(start=1.0, end=1.2))], subject, TREE)
    assert found.picture is not None and found.picture.caption == "00:01.100"
    assert cv2.imdecode(
        np.frombuffer(subject.ledger.get(found.picture), np.uint8), cv2.IMREAD_COLOR
    ).mean() == pytest.approx(5 * 27, abs=4)
    path.unlink()
    (found,) = findings([answer(RIGHT[0].path, 0.0, 1, Span(start=1.0, end=1.2))], subject, TREE)
    assert found.picture is None
