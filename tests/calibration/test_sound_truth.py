"""The proof of the sound operators: its faults, its codecs and its table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.faults.fault import faults
from evalverse.calibration.sound_truth import CODECS, ORDER, OWN, coded, faulted, readings, table, taken
from evalverse.tools.ledger import Ledger
from evalverse.tools.operator import operator
from tests.synth import speech_like


def test_every_fault_can_be_made_and_every_measure_is_read() -> None:
    assert set(OWN) <= set(faults()) | set(CODECS)
    read = {f"{name}.{m.name}" for name in ORDER for m in operator(name).measures}
    assert {answer.measure for own in OWN.values() for answer in own} <= read


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_keeps_what_it_is_given_bits_for(codec: str) -> None:
    wave = speech_like(1, 4)[:, 0]
    back = coded(wave, 48000, *CODECS[codec], 128000)
    lag = int(np.argmax(np.correlate(back[48000:96000], wave[48000:90000], "valid")))
    assert abs(len(back) - len(wave)) < 9600
    alike = np.corrcoef(back[48000 + lag : 90000 + lag], wave[48000:90000])[0, 1]
    assert alike > 0.95


def test_the_table_counts_answers_and_tells_the_median() -> None:
    rows = list(table({"hum": [{"noise_floor.hum": 20.0}, {"noise_floor.hum": 2.0, "clicks.count": 0.0}]}))
    cells = rows[2].split(" | ")
    assert cells[:2] == ["| hum", "1 of 2"] and "**+11**" in cells and "0" in cells
    assert list(table({"pumping-level": [{}]}))[2].startswith("| pumping-level | 0 of 0 |")


def test_a_real_voice_is_read_before_and_after(shared: Path, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    take = taken(shared / "speech" / "retalk_2.mp4", ledger)
    assert take is not None
    before, after = readings(take, ledger), readings(faulted(take, "aac-24k", "x"), ledger)
    assert after["musical_noise.scatter"] > before["musical_noise.scatter"] + 1
    assert after["loudness.integrated"] == pytest.approx(before["loudness.integrated"], abs=1.5)
