"""What a brief asks for in shots, and what is missing or was never asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.continuity import asked_shots
from evalverse.tools.continuity._asked import aligned, asked_for
from evalverse.tools.continuity.asked_shots import AskedSettings, AskedShots
from evalverse.tools.evidence import Scope
from evalverse.tools.operator import Wishes
from tests.synth import RGB
from tests.tools.continuity._film import BLUE, RED, film, read, value, view, whole


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Shot 1: a dog. Shot 2: a cat\n[Shot 3] a bird.", (3, ("a dog", "a cat", "a bird"))),
        ("**Shot 1:** rain\n**Shot 2:** sun", (2, ("rain", "sun"))),
        ("Shot 2: only the second", (None, ())),
        ("A film in three wide shots of a dog", (3, ())),
        ("one continuous take through a house", (1, ())),
        ("A house, no cuts.", (1, ())),
        ("a wide shot of a dog", (None, ())),
        ("he cut 3 trees", (None, ())),
        (None, (None, ())),
    ],
)
def test_what_a_prompt_asks_for(prompt: str | None, expected: tuple[int | None, tuple[str, ...]]) -> None:
    assert asked_for(prompt, ()) == expected


def test_the_list_of_the_brief_wins() -> None:
    assert asked_for("no cuts", ("a", "b")) == (2, ("a", "b"))
    assert AskedShots.tune(Wishes(shots=("a", "b"))) == AskedSettings(expected=2, texts=("a", "b"))
    assert AskedShots.tune(Wishes(prompt="a dog")) is None


def test_alignment_keeps_the_order_and_leaves_out_what_fits_nothing() -> None:
    assert aligned(np.array([[0.9, 0.1, 0.1], [0.05, 0.1, 0.8]]), 0.25) == [(0, 0), (1, 2)]
    assert aligned(np.array([[0.9, 0.1], [0.1, 0.2], [0.1, 0.8]]), 0.25) == [(0, 0), (2, 1)]
    assert aligned(np.array([[0.1, 0.9], [0.9, 0.1]]), 0.25) == [(0, 1)], "order is not given up"
    assert aligned(np.zeros((2, 2)), 0.25) == []


def test_numbers_alone(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [view(1, RED), view(2, BLUE), view(3, RED)])
    for asked, missing, extra in ((3, 0, 0), (5, 2, 0), (2, 0, 1)):
        found = read(path, 3, ["asked_shots"], tmp_path, asked_shots=AskedSettings(expected=asked))
        assert (value(found, "asked_shots.missing"), value(found, "asked_shots.extra")) == (missing, extra)
    assert whole(found, "asked_shots.missing").confidence < 0.7, "numbers say little"
    one = read(path, 3, ["asked_shots"], tmp_path, asked_shots=AskedSettings(expected=1))
    moments = [e for e in one["asked_shots.extra"] if e.scope is Scope.MOMENT]
    assert value(one, "asked_shots.extra") == 2 and len(moments) == 2 and all(e.picture for e in moments)
    silent = read(path, 3, ["asked_shots"], tmp_path)
    assert "says how many" in str(whole(silent, "asked_shots.missing").unmeasured)


class RedOrBlue:
    """Stands in for CLIP: tells red from blue, in texts and in pictures."""

    scale = 20.0

    @staticmethod
    def lacks() -> None:
        return None

    def texts(self, texts: tuple[str, ...]) -> np.ndarray:
        return np.array([["red" in text, "blue" in text] for text in texts], float)

    def pictures(self, pictures: list[RGB]) -> np.ndarray:
        means = np.stack([p.reshape(-1, 3).mean(axis=0)[[0, 2]] for p in pictures])
        return means / np.linalg.norm(means, axis=1, keepdims=True)


def test_texts_find_their_shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_shots, "CLIP", RedOrBlue)
    monkeypatch.setattr(asked_shots, "load", lambda _: RedOrBlue())
    path = film(tmp_path / "a.mp4", [view(1, RED), view(2, RED), view(3, BLUE)])
    wanted = AskedSettings(expected=2, texts=("red hills", "a blue sea"))
    found = read(path, 3, ["asked_shots"], tmp_path, asked_shots=wanted)
    assert (value(found, "asked_shots.missing"), value(found, "asked_shots.extra")) == (0, 1)
    assert {row["asked"] for row in whole(found, "asked_shots.extra").data["aligned"]} == {1, 2}
    wanted = AskedSettings(expected=3, texts=("a blue sea", "red hills", "blue sky"))
    found = read(path, 3, ["asked_shots"], tmp_path, asked_shots=wanted)
    assert (value(found, "asked_shots.missing"), value(found, "asked_shots.extra")) == (1, 1)
    (moment,) = [e for e in found["asked_shots.extra"] if e.scope is Scope.MOMENT]
    assert moment.shot in (0, 1), "one of the two red shots is too many"
