"""Single faults against what their amount promises, measured by other means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalverse.calibration.faults.fault import Place, fault_named
from evalverse.calibration.faults.take import RGB, Samples, Take
from tests.calibration.faults._takes import Seen, lag, scene
from tests.synth import noise, tone


def applied(name: str, amount: float, take: Take, seed: int = 3, place: Place | None = None) -> Seen:
    fault = fault_named(name)
    return Seen(fault.apply(take, amount / fault.amount.most, np.random.default_rng(seed), place=place))


def grey(code: int = 100) -> Take:
    flat = np.full((72, 128, 3), code, np.uint8)
    return replace(scene(cuts=()), pictures=lambda: iter([flat] * 75))


def sounding(samples: Samples) -> Take:
    return replace(scene(), sound=samples, sound_rate=16000)


def light(pictures: RGB) -> np.ndarray:
    """Linear light by the definition of sRGB."""
    code = pictures / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def stops(after: RGB, before: RGB) -> np.ndarray:
    return np.log2(light(after).mean(axis=(1, 2, 3)) / light(before).mean(axis=(1, 2, 3)))


def test_exposure_is_in_stops_of_linear_light() -> None:
    take = grey()
    before = Seen(take).pictures
    assert stops(applied("underexposure", 2.0, take).pictures, before) == pytest.approx(-2, abs=0.05)
    assert np.ptp(stops(applied("exposure-pumping", 0.5, take).pictures, before)) == pytest.approx(1.0, abs=0.05)
    assert np.abs(stops(applied("exposure-drift", 0.9, take).pictures, before)[-1]) == pytest.approx(0.9, abs=0.03)
    assert stops(applied("flicker", 0.2, take).pictures, before).std() == pytest.approx(0.2, abs=0.04)


def test_noise_has_the_ordered_deviation() -> None:
    after = applied("noise", 12, grey(128)).pictures.astype(float) - 128
    assert after.std() == pytest.approx(12, rel=0.05)
    assert np.corrcoef(after[10].ravel(), after[11].ravel())[0, 1] < 0.2  # other grain in each frame


def test_a_cast_keeps_the_light_and_parts_the_channels() -> None:
    before, after = light(Seen(grey()).pictures[0, 0, 0]), light(applied("colour-cast", 0.8, grey()).pictures[0, 0, 0])
    assert np.ptp(np.log2(after / before)) == pytest.approx(0.8, abs=0.05)
    assert np.log2(after / before) @ [0.2126, 0.7152, 0.0722] == pytest.approx(0, abs=0.03)


def test_the_clock_tells_which_frames_are_shown() -> None:
    take = scene(cuts=())
    frozen = applied("frozen-frames", 400, take).clock
    assert (np.abs(np.diff(frozen)) < 0.2).sum() == 10
    assert np.diff(frozen).max() == pytest.approx(11, abs=0.2)  # and then jumps to where time has gone on
    twos = applied("judder", 1.0, take).clock
    assert twos == pytest.approx(np.arange(75) // 2 * 2, abs=0.2)
    slow = applied("slowed-down", 50, take).clock
    assert slow == pytest.approx(np.arange(75) / 2, abs=0.35)
    fast = applied("sped-up", 100, take)
    assert fast.clock == pytest.approx(np.arange(0, 75, 2), abs=0.35)
    looped = applied("loop", 60, take).clock
    assert looped == pytest.approx(np.arange(75) % 30, abs=0.2)


def test_a_jump_cut_takes_out_what_was_ordered_from_picture_and_sound() -> None:
    after = applied("jump-cut", 800, scene(cuts=()))
    assert after.length == 55
    assert np.diff(after.clock).max() == pytest.approx(21, abs=0.2)
    assert after.cuts == (int(np.argmax(np.diff(after.clock))) + 1,)
    assert len(after.sound) == 55 * 640


def test_an_overlong_shot_goes_on_without_a_cut_or_a_leap() -> None:
    after = applied("overlong-shot", 3.0, scene(cuts=()))
    assert (after.length, after.cuts) == (150, ())
    assert np.abs(np.diff(after.clock)).max() == pytest.approx(1, abs=0.2)


def test_monotone_cutting_makes_all_shots_alike() -> None:
    after = applied("monotone-cutting", 100, scene())
    assert set(np.diff([0, *after.cuts, after.length])) == {11}


def test_a_dissolve_mixes_the_shots_for_as_long_as_ordered() -> None:
    take = scene(cuts=(37,))
    after, before = applied("unasked-dissolve", 400, take), Seen(take)
    assert (after.length, after.cuts) == (65, ())
    assert np.array_equal(after.pictures[:27], before.pictures[:27])
    assert np.array_equal(after.pictures[37:], before.pictures[47:])
    middle = (before.pictures[31].astype(float) + before.pictures[41]) / 2
    assert np.abs(after.pictures[31] - middle).mean() < 3


def test_the_grade_jumps_in_every_other_shot_only() -> None:
    take = scene()
    changed = (
        np.abs(applied("grade-jump", 1.0, take).pictures.astype(int) - Seen(take).pictures).mean(axis=(1, 2, 3)) > 1
    )
    assert [set(changed[list(shot)]) for shot in take.shots] == [{False}, {True}, {False}, {True}, {False}]


def test_crossing_the_line_mirrors_whole_shots() -> None:
    take = scene()
    after, before = applied("line-crossed", 50, take), Seen(take)
    crossed = [np.array_equal(after.pictures[k], before.pictures[k][:, ::-1]) for k in range(75)]
    assert [all(crossed[k] for k in shot) for shot in take.shots] == [n in after.truth["shots"] for n in range(5)]
    assert len(after.truth["shots"]) == 2


def test_a_swap_shows_the_spare_footage() -> None:
    take = replace(scene(), spare=scene(20, cuts=()))
    after, spare = applied("identity-swap", 100, take), Seen(scene(20, cuts=()))
    assert np.array_equal(after.pictures[16:], spare.pictures[16:])


def test_something_vanishes_where_it_is_said_to() -> None:
    take = scene(cuts=(), height=180)
    place = Place(0.6, 0.5, 0.2, 0.3)
    after, before = applied("vanishing-object", 20, take, place=place), Seen(take)
    changed = np.abs(after.pictures.astype(int) - before.pictures).max(axis=(0, 3)) > 3
    rows, columns = np.nonzero(changed)
    assert columns.min() >= 0.6 * 320 - 2
    assert columns.max() <= 0.8 * 320 + 2
    assert rows.min() >= 0.5 * 180 - 2


def test_the_voice_comes_as_late_as_it_says() -> None:
    take = scene()
    after = applied("voice-offset", 200, take)
    assert lag(after.sound, Seen(take).sound) / 16 == pytest.approx(after.truth["offset_ms"], abs=1)
    assert abs(after.truth["offset_ms"]) == pytest.approx(200)


def test_hiss_and_hum_have_the_ordered_level() -> None:
    take = sounding(noise(1, 3.0, 16000, level=-20))
    hiss = applied("hiss", 10, take).sound - take.sound  # type: ignore[operator]
    assert 20 * np.log10(np.std(hiss)) == pytest.approx(-40, abs=0.5)
    heard = applied("hum", 50, take)
    hum = heard.sound - take.sound  # type: ignore[operator]
    assert 20 * np.log10(np.std(hum)) == pytest.approx(-26, abs=0.5)
    spectrum = np.abs(np.fft.rfft(hum[:, 0]))
    assert np.argmax(spectrum) / 3.0 == pytest.approx(heard.truth["mains_hz"], abs=0.4)


def test_a_changed_voice_has_another_pitch() -> None:
    after = applied("changed-voice", 5, sounding(tone(440, 3.0, 16000)))
    late = after.sound[-20000:, 0] * np.hanning(20000)
    pitch = np.argmax(np.abs(np.fft.rfft(late))) * 16000 / 20000
    assert pitch == pytest.approx(440 * 2 ** (after.truth["semitones"] / 12), rel=0.01)


def test_a_muffled_sound_loses_its_top() -> None:
    take = sounding(noise(1, 3.0, 16000, level=-20))
    power = np.abs(np.fft.rfft(applied("muffled-sound", 3, take).sound[:, 0])) ** 2
    hertz = np.fft.rfftfreq(48000, 1 / 16000)
    assert power[(hertz > 3000)].sum() < 0.01 * power.sum()
    assert power[(hertz > 200) & (hertz < 800)].sum() > 0.3 * power.sum()


def test_a_clipped_sound_is_squared_off() -> None:
    after = np.abs(applied("clipped-sound", 20, sounding(tone(440, 3.0, 16000, level=-6))).sound)
    assert (after > 0.999 * after.max()).mean() > 0.8


def test_a_hole_is_digital_silence_as_long_as_ordered() -> None:
    after = applied("ambience-hole", 500, sounding(noise(1, 3.0, 16000)))
    assert (after.sound == 0).sum() == 8000


def test_the_beat_lies_beside_the_cuts_as_far_as_ordered() -> None:
    from evalverse.calibration.faults.footage import set_ups_on_beats

    take = set_ups_on_beats(scene(cuts=()), np.random.default_rng(4))
    after = applied("beat-blind-cutting", 100, take)
    assert lag(after.sound, Seen(take).sound) == pytest.approx(1600, abs=2)
    assert all(c % 12 == 0 for c in take.cuts)
