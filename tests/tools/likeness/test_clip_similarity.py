"""CLIP's operator on a tiny CLIP with random weights, against cosines taken straight from open_clip."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.likeness._attributes import attributes, label_vectors, shares, texts
from evalverse.tools.likeness._batch import Batches
from evalverse.tools.likeness._open_clip import squares
from evalverse.tools.likeness._phrases import lists, others, phrases
from evalverse.tools.likeness.clip_similarity import ClipSettings, ClipSimilarity, standing
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Wishes
from evalverse.tools.schedule import measure
from tests.synth import gradient_noise, write_clip

PROMPT = "A red house behind a tall tree, and a man smoking; 4k"
SIZE = (90, 160)
A, B = gradient_noise(1, *SIZE), gradient_noise(2, *SIZE)
CLOSE = 2e-3
"""Vectors are kept as half floats."""


def test_squares_cover_the_picture() -> None:
    wide = np.arange(6 * 13 * 3, dtype=np.uint8).reshape(6, 13, 3)
    crops = squares(wide)
    assert [c.shape for c in crops] == [(6, 6, 3)] * 3
    assert (crops[0] == wide[:, :6]).all() and (crops[-1] == wide[:, -6:]).all()
    tall = squares(wide.transpose(1, 0, 2))
    assert all((a == b.transpose(1, 0, 2)).all() for a, b in zip(tall, crops, strict=True))
    assert len(squares(wide[:, :6])) == 1 and len(squares(np.zeros((2, 90, 3), np.uint8))) == 4


def test_batches_keep_the_order_and_leave_nothing_behind() -> None:
    sizes: list[int] = []

    def encode(items: Any) -> np.ndarray:
        sizes.append(len(items))
        return np.array(items, np.float32)[:, None]

    batches: Batches[int] = Batches(encode, 3)
    batches.add(0, 1)
    batches.add(2, 3, 4, 5)
    batches.add(6)
    assert batches.rows().ravel().tolist() == list(range(7)) and sizes == [3, 3, 1]


def test_a_phrase_stands_where_it_is_best_seen() -> None:
    pictures = np.eye(3, dtype=np.float32)
    named = np.array([[0.0, 0.6, 0.0], [0.1, 0.0, 0.0]], np.float32)
    foils = np.array([[0.0, 0.5, 0.0], [0.0, 0.7, 0.0], [0.0, 0.1, 0.0], [0.3, 0.2, 0.0]], np.float32)
    best, place = standing(pictures, named, foils)
    assert place.tolist() == [1, 0]
    assert best.tolist() == [0.75, 0.75]


def test_shares_are_a_softmax_of_scaled_cosines() -> None:
    labels = np.array([[1.0, 0.0], [0.6, 0.8]], np.float32)
    told = shares(np.array([1.0, 0.0], np.float32), labels, 10)
    assert told.sum() == pytest.approx(1)
    assert told[0] / told[1] == pytest.approx(np.exp(10 * 0.4), rel=1e-5)


def test_every_label_gets_the_mean_of_its_own_texts() -> None:
    vectors = np.eye(len(texts()), dtype=np.float32)
    found = label_vectors(vectors)
    place = 0
    for attribute in attributes():
        for row, label in zip(found[attribute.id], attribute.labels.values(), strict=True):
            assert np.flatnonzero(row).tolist() == list(range(place, place + len(label)))
            assert np.linalg.norm(row) == pytest.approx(1)
            place += len(label)
    assert place == len(texts())


# the whole operator, on a tiny model


class Reference:
    """Vectors by open_clip's own calls."""

    def __init__(self, folder: Path) -> None:
        import open_clip
        import torch

        self.torch = torch
        self.model, self.prepare = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
        self.model.eval()
        self.tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")

    def unit(self, vectors: Any) -> Any:
        return self.torch.nn.functional.normalize(vectors, dim=-1)

    def pictures(self, pictures: Iterable[np.ndarray]) -> Any:
        from PIL import Image

        with self.torch.no_grad():
            batch = self.torch.stack([self.prepare(Image.fromarray(p)) for p in pictures])
            return self.unit(self.model.encode_image(batch))

    def texts(self, *texts: str) -> Any:
        with self.torch.no_grad():
            return self.unit(self.model.encode_text(self.tokenizer(list(texts))))

    def frame(self, picture: np.ndarray) -> tuple[Any, Any]:
        """The mean direction of the two squares that cover a 16:9 picture, and the two."""
        side = picture.shape[0]
        both = self.pictures([np.ascontiguousarray(p) for p in (picture[:, :side], picture[:, -side:])])
        return self.unit(both.sum(0)), both


@pytest.fixture
def reference(tiny_clip: Path, no_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Reference:
    monkeypatch.setenv("EVALVERSE_CLIP", str(tiny_clip))
    return Reference(tiny_clip)


def read(path: Path, prompt: str | None, ledger: Path) -> dict[str, list[Evidence]]:
    settings = ClipSimilarity.tune(Wishes(prompt=prompt))
    tuned = {"clip_similarity": settings} if settings else {}
    told = measure(probe(path), ["clip_similarity"], Ledger(ledger), tuned=tuned).evidence["clip_similarity"]
    found: dict[str, list[Evidence]] = {}
    for item in told:
        found.setdefault(item.measure.split(".")[1], []).append(item)
    return found


def two_shots(folder: Path) -> Path:
    return write_clip(folder / "clip.mp4", chain(repeat(A, 50), repeat(B, 50)))


def seen(path: Path, rate: float = 2) -> list[np.ndarray]:
    """The pictures that the operator is shown."""
    ticks: dict[int, np.ndarray] = {}
    for frame in frames(probe(path)):
        ticks.setdefault(int(frame.seconds * rate + 1e-9), frame.rgb(270))
    return list(ticks.values())


def test_the_prompt_against_every_picture(reference: Reference, tmp_path: Path) -> None:
    path = two_shots(tmp_path)
    clip, *shots = read(path, PROMPT, tmp_path / "ledger")["prompt_frame"]
    text = reference.texts(PROMPT)[0]
    expected = [float(reference.frame(p)[0] @ text) for p in seen(path)]
    assert len(expected) == 8 and clip.curve is not None
    t, y = Ledger(tmp_path / "ledger").get_curve(clip.curve)
    assert y == pytest.approx(expected, abs=CLOSE)
    assert t == pytest.approx(np.arange(8) / 2, abs=0.04)  # the next of 25 frames
    assert clip.value == pytest.approx(np.mean(expected), abs=CLOSE)
    assert [s.value for s in shots] == pytest.approx([np.mean(expected[:4]), np.mean(expected[4:])], abs=CLOSE)
    assert clip.data["lowest"]["seconds"] == pytest.approx(t[np.argmin(y)])


def test_a_long_prompt_is_the_mean_of_its_sentences(reference: Reference, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", repeat(A, 2))
    parts = ["A red house stands behind a very tall old tree.", "A man in a long coat smokes and looks at the sea."]
    (clip,) = read(path, " ".join(parts), tmp_path / "ledger")["prompt_frame"]
    text = reference.texts(*parts).mean(0)
    vector, _ = reference.frame(seen(path)[0])
    assert clip.data["sentences"] == 2
    assert clip.value == pytest.approx(float(vector @ text / text.norm()), abs=CLOSE)


def test_phrases_stand_among_what_the_prompt_does_not_speak_of(reference: Reference, tmp_path: Path) -> None:
    path = two_shots(tmp_path)
    clip, *moments = read(path, PROMPT, tmp_path / "ledger")["phrase"]
    crops = reference.torch.cat([reference.frame(p)[1] for p in seen(path)])
    foils = reference.texts(*[lists().others[i] for i in others(PROMPT)])
    expected, margin = {}, {}
    for phrase in phrases(PROMPT):
        cosines = crops @ reference.texts(phrase)[0]
        place = int(cosines.argmax())
        gaps = cosines[place] - foils @ crops[place]
        expected[phrase] = (float((gaps > 0).float().mean()), place >= 8)  # of 16 squares, 8 are of the second shot
        margin[phrase] = int((gaps.abs() < CLOSE).sum()) / len(foils)  # foils too near to call
    assert set(expected) == {"red house", "tall tree", "man smoking"}
    told = {entry["phrase"]: entry for entry in clip.data["phrases"]}
    for phrase, (value, in_second) in expected.items():
        assert abs(told[phrase]["standing"] - value) <= margin[phrase] + 1e-3
        assert (told[phrase]["seconds"] >= 2) == in_second
    assert clip.value == pytest.approx(min(e["standing"] for e in told.values()), abs=1e-3)
    assert clip.picture is not None and len(moments) == 3 and all(m.picture and m.span for m in moments)


def test_cuts_are_no_change_of_content_and_shots_are_compared(reference: Reference, tmp_path: Path) -> None:
    path = two_shots(tmp_path)
    found = read(path, None, tmp_path / "ledger")
    assert found["frame_frame"][0].value == pytest.approx(1, abs=CLOSE)
    first, *_, last = seen(path)
    expected = float(reference.frame(first)[0] @ reference.frame(last)[0])
    assert found["shot_shot"][0].value == pytest.approx(expected, abs=CLOSE)
    assert expected < 0.99


def test_attributes_get_their_share_by_shot(reference: Reference, tmp_path: Path) -> None:
    path = two_shots(tmp_path)
    found = read(path, None, tmp_path / "ledger")
    scale = float(reference.model.logit_scale.detach().exp())
    pictures = seen(path)
    ends = [reference.frame(picture)[0] for picture in (pictures[0], pictures[-1])]
    for attribute in attributes()[:2]:
        clip, *shots = found[attribute.id]
        means = reference.unit(reference.torch.stack([reference.texts(*t).mean(0) for t in attribute.labels.values()]))
        expected = [(scale * means @ vector).softmax(0).numpy() for vector in ends]
        for shot, values in zip(shots, expected, strict=True):
            assert list(shot.data["shares"].values()) == pytest.approx(values, abs=0.01)
            assert shot.value == pytest.approx(max(shot.data["shares"].values()), abs=1e-3)
            assert f"“{shot.data['label']}”" in shot.words
        assert list(clip.data["shares"].values()) == pytest.approx(np.mean(expected, 0), abs=0.01)
        top, second = sorted(clip.data["shares"].values(), reverse=True)[:2]
        assert clip.data["margin"] == pytest.approx(top - second, abs=2e-4)


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        (None, "the brief has no prompt"),
        ("  ", "the brief has no prompt"),
        ("一只猫在沙发上", "the prompt is not in Latin letters, and these weights read English"),
    ],
)
def test_without_a_readable_prompt_the_rest_is_measured(
    prompt: str | None, reason: str, reference: Reference, tmp_path: Path
) -> None:
    found = read(write_clip(tmp_path / "clip.mp4", repeat(A, 25)), prompt, tmp_path / "ledger")
    assert [found[name][0].unmeasured for name in ("prompt_frame", "phrase")] == [reason, reason]
    assert found["frame_frame"][0].value is not None and found["mood"][0].value is not None


def test_a_prompt_that_names_nothing_to_be_seen(reference: Reference, tmp_path: Path) -> None:
    found = read(write_clip(tmp_path / "clip.mp4", repeat(A, 2)), "slow zoom, 4k", tmp_path / "ledger")
    assert found["phrase"][0].unmeasured == "the prompt names nothing that a still could show"
    assert found["prompt_frame"][0].value is not None
    assert found["frame_frame"][0].unmeasured == "no shot shows two pictures"


def test_without_weights_nothing_is_said_until_they_come(
    tiny_clip: Path, no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.mp4", repeat(A, 10))
    before = [e for items in read(path, PROMPT, tmp_path / "ledger").values() for e in items]
    assert {e.measure.split(".")[1] for e in before} == {m.name for m in ClipSimilarity.measures}
    assert all(e.value is None and "run: hf download laion/" in (e.unmeasured or "") for e in before)
    assert "hf download" in (ClipSimilarity.lacks() or "")
    monkeypatch.setenv("EVALVERSE_CLIP", str(tiny_clip))
    assert read(path, PROMPT, tmp_path / "ledger")["prompt_frame"][0].value is not None


def test_the_shots_asked_for_stand_in_for_a_prompt() -> None:
    tuned = ClipSimilarity.tune(Wishes(shots=("a house", "a tree")))
    assert tuned == ClipSettings(prompt="a house. a tree")
    assert ClipSimilarity.tune(Wishes(prompt=" ")) is None


def test_another_prompt_is_another_reading(reference: Reference, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", repeat(A, 2))
    values = [read(path, p, tmp_path / "ledger")["prompt_frame"][0].value for p in (PROMPT, "a dog", PROMPT)]
    assert values[0] == values[2] != values[1]


def test_real_footage_passes(reference: Reference, shared: Path, tmp_path: Path) -> None:
    found = read(shared / "rated" / "001_real.mp4", "a horse race is happening", tmp_path / "ledger")
    assert found["prompt_frame"][0].value is not None
    assert not [e for e in found["frame_frame"] if e.scope is Scope.MOMENT]
