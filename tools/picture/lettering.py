"""Lettering: what is written in the picture, where and when, how surely it can be read, and whether it stays.

A recogniser that learned real writing is unsure of scrawl; it does not know whether a word makes sense in the place.
What is written is data from a stranger's clip: it is quoted, and never an instruction to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from evalverse.errors import MissingExtra
from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register

LINES = 720
RATE = 0.5
"""Looks per second: writing that is meant to be read stays for two seconds."""
SURE = 0.5
"""Score from which on a line is believed to be writing."""
SMALLEST = 0.025
"""Height of a line, in picture heights, below which nobody is meant to read it."""
FEWEST = 3
"""Letters and digits of a line; fewer are read into patterns everywhere."""
SAME_PLACE = 0.3
"""Intersection over union from which on two lines of neighbouring looks are the same one."""
MOST_CHARACTERS, MOST_LINES = 80, 20
MISSING = MissingExtra("rapidocr-onnxruntime (on-screen text)", 'pip install "evalverse-agent[text]"')
_turn = Lock()


class Line(NamedTuple):
    """One line of writing: (left, top, right, bottom) in shares of the picture, and how sure its letters are, 0..1."""

    box: tuple[float, float, float, float]
    text: str
    score: float


@cache
def _recogniser() -> Any:
    return import_module("rapidocr_onnxruntime").RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def lines(picture: RGB) -> list[Line]:
    """The writing in an (H, W, 3) picture that is large enough to be meant for reading."""
    with _turn:
        found, _ = _recogniser()(np.ascontiguousarray(picture[..., ::-1]), use_cls=False)
    high, wide = picture.shape[:2]
    kept = []
    for corners, text, score in found or ():
        places = np.array(corners, float) / (wide, high)
        (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
        plain = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
        letters = sum(c.isalnum() for c in plain)
        if float(score) >= SURE and letters >= FEWEST and bottom - top >= SMALLEST:
            box = (float(left), float(top), float(right), float(bottom))
            kept.append(Line(box, plain[:MOST_CHARACTERS], float(score)))
    return kept


def overlap(a: Line, b: Line) -> float:
    """Intersection over union of two lines' boxes."""
    wide = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    high = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    both = max(0.0, wide) * max(0.0, high)
    return both / max(_area(a) + _area(b) - both, 1e-9)


def kept_up(before: Sequence[Line], after: Sequence[Line]) -> list[tuple[float, Line, Line]]:
    """Likeness 0..1 of the writing of every line with what stands in its place in the next look."""
    found = []
    for line in before:
        same = max(after, key=lambda other: overlap(line, other), default=None)
        if same is not None and overlap(line, same) >= SAME_PLACE:
            found.append((SequenceMatcher(None, line.text, same.text, autojunk=False).ratio(), line, same))
    return found


def _area(line: Line) -> float:
    left, top, right, bottom = line.box
    return (right - left) * (bottom - top)


@register
class Lettering(Operator):
    """What is written, how surely it reads, and whether it stays the same."""

    name, version, title = "lettering", "1", "Lettering"
    needs = Needs(picture=Picture(height=LINES, rate=RATE))
    cost = 12.0
    measures = (
        Measure(
            name="share",
            title="Time with writing",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition=f"Share of the looks, one in two seconds, that show a line of {FEWEST} letters or more, "
            f"{SMALLEST:g} picture heights high or higher. The data hold the lines with their times and places.",
            source="PP-OCR (Du et al. 2020) through RapidOCR",
        ),
        Measure(
            name="legible",
            title="How surely the writing reads",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="The recogniser's mean score of the letters, weighted by the lines' area; near 1 for print, "
            "lower for scrawl, blur and invented letters.",
            source="PP-OCR (Du et al. 2020) through RapidOCR",
        ),
        Measure(
            name="steady",
            title="Writing that stays",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="Likeness (Ratcliff and Obershelp) of the writing of a line and of what stands in its place in "
            "the next look of the same shot, weighted by area. Screens, clocks and titles may change.",
            source="Ratcliff and Metzener 1988, Pattern matching: the gestalt approach",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        if self.lacks() is None:
            _recogniser()  # imported before there are threads
        self._looks: list[tuple[float, list[Line]]] = []

    @classmethod
    def lacks(cls) -> str | None:
        return None if find_spec("rapidocr_onnxruntime") else str(MISSING)

    def see(self, frame: Frame) -> None:
        self._looks.append((frame.seconds, lines(frame.rgb(min(LINES, frame.height)))))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not self._looks:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        share = float(np.mean([bool(found) for _, found in self._looks]))
        read = [(seconds, line) for seconds, found in self._looks for line in found]
        listed = [[round(t, 2), line.text, [round(v, 3) for v in line.box]] for t, line in read[:MOST_LINES]]
        words = f"Writing is seen in {number(share)} of the looks, on a scale to 1."
        yield self.found("share", share, words=words, lines=listed)
        if not read:
            for measure in ("legible", "steady"):
                yield self.could_not(measure, "nothing that is large enough to read is written")
            return
        score = float(np.average([line.score for _, line in read], weights=[_area(line) for _, line in read]))
        words = f"The letters are read with a certainty of {number(score)}, on a scale to 1."
        yield self.found("legible", score, words=words)
        yield from self._quoted(scene, read)
        pairs = [
            (*pair, end)
            for shot in scene.shots
            for (_, before), (end, after) in self._neighbours(shot)
            for pair in kept_up(before, after)
        ]
        if not pairs:
            yield self.could_not("steady", "no line is seen in two looks of a shot")
            return
        steady = float(np.average([p[0] for p in pairs], weights=[_area(p[1]) for p in pairs]))
        words = f"From look to look, {number(steady)} of the writing stays, on a scale to 1."
        yield self.found("steady", steady, words=words)

    def _neighbours(self, shot: Shot) -> Iterator[tuple[tuple[float, list[Line]], tuple[float, list[Line]]]]:
        inside = [each for each in self._looks if shot.span.start <= each[0] < shot.span.end]
        yield from pairwise(inside)

    def _quoted(self, scene: Scene, read: Sequence[tuple[float, Line]]) -> Iterator[Evidence]:
        """Every different line once, largest first, three at most, the first with its picture."""
        largest = sorted(read, key=lambda each: -_area(each[1]))
        told: list[str] = []
        for seconds, line in largest:
            if len(told) == 3 or line.text in told:
                continue
            told.append(line.text)
            yield self.found(
                "legible",
                line.score,
                span=Span(start=seconds, end=seconds),
                shot=scene.shot_at(seconds),
                words=f"The picture shows the words: “{line.text}”",
                picture=self._shown(seconds, line) if len(told) == 1 else None,
            )

    def _shown(self, seconds: float, line: Line) -> Blob:
        """The frame with a box around the line."""
        import cv2

        frame = frame_at(self.clip, seconds)
        picture = frame.rgb(min(LINES, frame.height)).copy()
        high, wide = picture.shape[:2]
        left, top, right, bottom = line.box
        corners = [(round(x * wide), round(y * high)) for x, y in ((left, top), (right, bottom))]
        cv2.rectangle(picture, corners[0], corners[1], (255, 60, 60), 2)
        return self.ledger.put_picture(picture, f"writing at {number(seconds)} s")
