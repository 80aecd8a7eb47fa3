"""Lettering: what is written is read back, scrawl and writing that changes are told, and pictures without any pass."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.lettering import Lettering, Line, kept_up, overlap
from tests.synth import RGB, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real

SIGNS = ("GRAND HOTEL", "MARKET HALL", "NORTH STATION")


def line(text: str, x: float = 0.1) -> Line:
    return Line((x, 0.4, x + 0.5, 0.5), text, 0.9)


def sign(text: str) -> RGB:
    picture = (gradient_noise(2, 360, 640, coarsest=90, octaves=2) * 0.3).astype(np.uint8)
    cv2.putText(picture, text, (80, 190), cv2.FONT_HERSHEY_DUPLEX, 1.6, (235, 235, 225), 3, cv2.LINE_AA)
    return picture


def test_lines_are_compared_where_they_stand() -> None:
    assert overlap(line("a"), line("a")) == pytest.approx(1)
    assert overlap(line("a"), line("a", 0.7)) == 0
    same, _, _ = kept_up([line("GRAND HOTEL")], [line("GRAND HOTEL"), line("OTHER", 0.7)])[0]
    other, _, _ = kept_up([line("GRAND HOTEL")], [line("QWXZ PFFT")])[0]
    assert same == 1 > 0.4 > other
    assert kept_up([line("GRAND HOTEL")], [line("GRAND HOTEL", 0.7)]) == []


def test_without_the_package_there_is_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalverse.tools.picture.lettering.find_spec", lambda _: None)
    assert "[text]" in (Lettering.lacks() or "")


@pytest.mark.skipif(Lettering.lacks() is not None, reason="needs rapidocr-onnxruntime")
class TestRead:
    def test_a_sign_is_read_and_stays(self, tmp_path: Path) -> None:
        found = evidence("lettering", [sign(SIGNS[0])] * 44, tmp_path, rate=10)
        told = of_clip(found)
        assert told["share"].value == 1
        assert (told["legible"].value or 0) > 0.8
        assert (told["steady"].value or 0) > 0.95
        assert told["share"].data["lines"][0][1].replace(" ", "") == SIGNS[0].replace(" ", "")
        quoted = [e for e in found if e.scope is Scope.MOMENT]
        assert len(quoted) == 1
        assert quoted[0].picture is not None

    def test_a_sign_that_is_written_anew_does_not_stay(self, tmp_path: Path) -> None:
        frames = [sign(SIGNS[i // 20 % 3]) for i in range(60)]
        assert (of_clip(evidence("lettering", frames, tmp_path, rate=10))["steady"].value or 1) < 0.6

    def test_nothing_written_is_a_reason(self, tmp_path: Path) -> None:
        bare = [gradient_noise(3, 180, 320, coarsest=40)] * 10
        told = of_clip(evidence("lettering", bare, tmp_path, rate=10))
        assert told["share"].value == 0
        assert "large enough to read" in (told["legible"].unmeasured or "")

    def test_footage_without_writing_has_none(self, shared: Path, tmp_path: Path) -> None:
        for name in ("speech/retalk_1.mp4", "rated/079_real.mp4"):
            assert real("lettering", shared / name, tmp_path)["share"] == 0, name
