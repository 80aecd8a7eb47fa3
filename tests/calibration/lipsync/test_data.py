"""Examples cut, moved and dubbed; variants that keep lips and voice in step; the floor that finds how late they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.lipsync.augment import Pair, pair
from evalverse.calibration.lipsync.data import Voice, data_hash, examples
from evalverse.calibration.lipsync.judge import Trial, area_under_curve, fitted_belongs, windows
from evalverse.calibration.lipsync.ridge import centred, own_lateness
from evalverse.errors import UsageError
from evalverse.tools.evidence import Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.features import RATE, SOUND_RATE
from evalverse.tools.lipsync.reading import likelihood
from tests.calibration.lipsync._made_up import talking_head


def lateness(one: Pair) -> float:
    """Milliseconds by which loudness follows the mouth's opening, by plain correlation."""
    opening, loud = one.lips[:, 0], one.voice.mean(axis=1)
    opening, loud = (x - x.mean() for x in (opening, loud))
    lags = np.arange(-20, 21)
    n = len(loud)
    scores = [(opening[max(0, -k) : n - max(0, k)] * loud[max(0, k) : n - max(0, -k)]).sum() for k in lags]
    return float(1000 * lags[int(np.argmax(scores))] / RATE)


def test_a_pair_is_put_in_step_by_what_is_known_of_it() -> None:
    example = talking_head(1, late=0.2)
    assert lateness(pair(example, 0.0)) == pytest.approx(200, abs=25)
    assert lateness(pair(example, 0.2)) == pytest.approx(0, abs=25)


@pytest.mark.parametrize("seed", range(8))
def test_variants_stay_in_step(seed: int) -> None:
    one = pair(talking_head(2, late=0.1), 0.1, np.random.default_rng(seed))
    assert abs(lateness(one)) <= 40
    assert np.isfinite(one.lips).all() and np.isfinite(one.voice).all()


def test_variants_differ() -> None:
    example = talking_head(3)
    a, b = (pair(example, 0.0, np.random.default_rng(seed)) for seed in (1, 2))
    assert len(a.lips) != len(b.lips) or not np.allclose(a.voice, b.voice)


def test_a_sound_is_moved_and_cut_where_the_picture_ends() -> None:
    example = talking_head(4, seconds=5.0)
    for moved in (-0.4, 0.4):
        other = example.shifted(moved)
        assert lateness(pair(other, 0.0)) == pytest.approx(1000 * moved, abs=25)
        assert other.start + len(other.samples) / SOUND_RATE <= 5.0
        assert other.speech[0].start == pytest.approx(moved)


def test_a_cut_is_a_clip_of_its_own() -> None:
    part = talking_head(5).cut(2.0, 4.0)
    assert part.t[0] >= 2.0 and part.t[-1] < 4.0 and part.start == 2.0
    assert len(part.samples) == 2 * SOUND_RATE
    assert part.speech == (Span(start=2.0, end=4.0),)
    assert len(windows(talking_head(5), 4.0)) == 9


def test_a_foreign_voice_replaces_sound_and_speech() -> None:
    voice = Voice("other", np.zeros(SOUND_RATE, np.float32), (Span(start=0.1, end=0.6),))
    dubbed = talking_head(6).dubbed(voice)
    assert dubbed.voice.speech == voice.speech and len(dubbed.samples) == SOUND_RATE


def test_the_floor_finds_how_late_each_voice_is_against_the_median() -> None:
    heads = [talking_head(seed, late) for seed, late in ((11, 0.0), (12, 0.0), (13, 0.12), (14, 0.0), (15, -0.08))]
    late = own_lateness(heads)
    assert [late[h.name] for h in heads] == pytest.approx([0.0, 0.0, 0.12, 0.0, -0.08], abs=0.041)


def test_two_clips_of_one_speaker_count_once_towards_the_median() -> None:
    found = centred({"a": 0.0, "b": 0.1, "c": 0.3, "d": 0.3}, {"a": "a", "b": "b", "c": "c", "d": "c"})
    assert found["b"] == pytest.approx(0.0)


def test_own_and_foreign_voices_are_told_apart_by_agreement_and_time() -> None:
    rng = np.random.default_rng(1)
    told = [
        Trial("x", own, 4.0, seconds, (0.34 if own else 0.5 / np.sqrt(seconds)) + rng.normal(0, 0.03))
        for own in (True, False)
        for seconds in rng.uniform(3, 20, 60)
    ]
    weights = fitted_belongs(told)
    assert np.mean([(likelihood(t.agreement, t.seconds, weights) > 0.5) == t.own for t in told]) > 0.9
    assert likelihood(0.3, 4, weights) < likelihood(0.3, 16, weights) < likelihood(0.4, 16, weights)


def test_the_area_under_the_curve() -> None:
    assert area_under_curve([2, 3], [0, 1]) == 1
    assert area_under_curve([1], [1]) == 0.5


def test_data_are_named_by_their_content_whatever_their_order() -> None:
    a, b = talking_head(1), talking_head(2)
    assert data_hash([a, b]) == data_hash([b, a]) != data_hash([a])


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="three speakers"):
        examples(tmp_path, Ledger(tmp_path / "ledger"))
