"""Speech activity on sounds made to be speech or not, and on real speech against Silero VAD."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._voice import HOP, voice_frames
from evalverse.tools.sound.speech_activity import SpeechActivity, SpeechSettings, segments_from, tidy
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._music import chords
from tests.tools.sound._voices import room

RATE = 16000


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("level", [-60.0, -35.0])
def test_speech_is_found_where_it_is(seed: int, level: float, tmp_path: Path) -> None:
    sound = noise(seed, 9, RATE, level)
    sound[3 * RATE : 7 * RATE] += speech_like(seed, 4, RATE)
    found = listen(SpeechActivity, sounding(sound, RATE, start=0.25), tmp_path)
    spans = segments_from(found)
    assert spans and spans[0].start == pytest.approx(3.25, abs=0.35) and spans[-1].end == pytest.approx(7.25, abs=0.5)
    assert value(found, "share") == pytest.approx(4 / 9, abs=0.12)


@pytest.mark.parametrize(
    "sound",
    [noise(1, 6, RATE, -20), tone(200, 6, RATE), chords(8), chords(8, 240) + noise(1, 8, RATE, -50)[:, 0]],
    ids=["noise", "tone", "chords", "fast chords"],
)
def test_what_is_no_speech_is_not_taken_for_it(sound: Samples, tmp_path: Path) -> None:
    assert value(listen(SpeechActivity, sounding(sound, RATE), tmp_path), "share") < 0.03


def test_music_lowers_the_confidence(tmp_path: Path) -> None:
    music = whole(listen(SpeechActivity, sounding(chords(8), RATE), tmp_path), "share")
    speech = whole(listen(SpeechActivity, sounding(speech_like(1, 8, RATE), RATE), tmp_path), "share")
    assert music.confidence < 0.7 < speech.confidence


def test_pauses_are_bridged_and_scraps_dropped() -> None:
    flags = np.zeros(100, bool)
    flags[10:30] = flags[45:60] = flags[90:95] = True
    assert tidy(flags, HOP).nonzero()[0].tolist() == list(range(10, 60))


def test_pitch_and_voicing_are_right() -> None:
    for hz in (80.0, 130.0, 210.0, 370.0):
        wave = sum(tone(hz * k, 1, RATE, -20 - 3 * k)[:, 0] for k in (1, 2, 3))
        frames = voice_frames(wave)
        assert np.median(frames.pitch[10:-10]) == pytest.approx(hz, rel=0.02)
        assert frames.voiced[10:-10].all()
    assert voice_frames(noise(1, 1, RATE)[:, 0]).voiced.mean() < 0.05


def test_blocks_leave_no_seam() -> None:
    wave = noise(1, 41, RATE)[:, 0]
    whole_run, tail = voice_frames(wave), voice_frames(wave[RATE * 15 :])
    assert np.allclose(whole_run.level[1520:], tail.level[20:], atol=1e-6)


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    assert "0.5 s" in str(whole(listen(SpeechActivity, tone(200, 0.2), tmp_path), "share").unmeasured)
    assert "silence" in str(whole(listen(SpeechActivity, np.zeros(48000), tmp_path), "share").unmeasured)
    assert segments_from([]) == ()


def test_real_speech_and_film_music(shared: Path, tmp_path: Path) -> None:
    def share(name: str) -> Evidence:
        return whole(listen(SpeechActivity, real(shared / name), tmp_path), "share")

    assert (share("speech/retalk_2.mp4").value or 0) > 0.5 < (share("speech/latent_1_foreign.wav").value or 0)
    film = share("film/sintel.mp4")
    assert film.value is not None and film.value < 0.02 and film.confidence < 0.6


@pytest.mark.parametrize("seconds", [0.4, 0.7])
def test_speech_in_a_room_is_still_speech(seconds: float, shared: Path, tmp_path: Path) -> None:
    for name in ("retalk_2.mp4", "hdtf_a.mp4", "latent_1_foreign.wav"):
        wave = np.array(real(shared / "speech" / name).mono(RATE))
        dry, wet = (listen(SpeechActivity, sounding(w, RATE), tmp_path) for w in (wave, room(wave, seconds)))
        assert value(wet, "share") == pytest.approx(value(dry, "share"), abs=0.15), name


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_agrees_with_silero_on_real_clips(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("silero_vad")
    clips = [*sorted((shared / "speech").glob("[hr]*.mp4")), shared / "speech" / "latent_1_foreign.wav"]
    alike = []
    for path in clips:
        sound = real(path)
        flags = []
        for detector in ("own", "silero"):
            found = listen(SpeechActivity, sound, tmp_path, settings=SpeechSettings(detector=detector))  # type: ignore[arg-type]
            speaks = np.zeros(int(sound.seconds / HOP) + 1, bool)
            for span in segments_from(found):
                speaks[round(span.start / HOP) : round(span.end / HOP)] = True
            flags.append(speaks)
        alike.append(float(np.mean(flags[0] == flags[1])))
    assert np.mean(alike) > 0.9 and np.median(alike) > 0.92
