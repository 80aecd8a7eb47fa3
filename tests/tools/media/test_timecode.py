"""Timecode against labels that are known from the standard."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalverse.errors import UsageError
from evalverse.tools.media.timecode import Timecode, clock, nominal

FILM, PAL = Fraction(24000, 1001), Fraction(25)
NTSC, NTSC60 = Fraction(30000, 1001), Fraction(60000, 1001)
RATES = [FILM, Fraction(24), PAL, NTSC, Fraction(30), Fraction(50), NTSC60, Fraction(60), Fraction(10)]


@pytest.mark.parametrize(
    ("frame", "rate", "drop", "label"),
    [
        (0, PAL, False, "00:00:00:00"),
        (24, PAL, False, "00:00:00:24"),
        (25, PAL, False, "00:00:01:00"),
        (90_000, PAL, False, "01:00:00:00"),
        (24, FILM, False, "00:00:01:00"),  # labels run at 24, slower than the clock
        (86_400, FILM, False, "01:00:00:00"),
        (1799, NTSC, True, "00:00:59;29"),
        (1800, NTSC, True, "00:01:00;02"),  # ;00 and ;01 are left out
        (17_981, NTSC, True, "00:09:59;29"),
        (17_982, NTSC, True, "00:10:00;00"),  # but not in every tenth minute
        (19_781, NTSC, True, "00:10:59;29"),
        (19_782, NTSC, True, "00:11:00;02"),
        (107_892, NTSC, True, "01:00:00;00"),  # an hour on the clock is an hour on the label
        (1800, NTSC, False, "00:01:00:00"),
        (3599, NTSC60, True, "00:00:59;59"),
        (3600, NTSC60, True, "00:01:00;04"),
        (35_964, NTSC60, True, "00:10:00;00"),
        (215_784, NTSC60, True, "01:00:00;00"),
    ],
)
def test_known_labels_both_ways(frame: int, rate: Fraction, drop: bool, label: str) -> None:
    assert str(Timecode(frame, rate, drop)) == label
    assert Timecode.parse(label, rate) == Timecode(frame, rate, drop)


@given(st.integers(0, 20_000_000), st.sampled_from(RATES), st.booleans())
def test_label_and_frame_number_round_trip(frame: int, rate: Fraction, drop: bool) -> None:
    code = Timecode(frame, rate, drop and rate in (NTSC, NTSC60))
    if frame / nominal(rate) < 99 * 3600:
        assert Timecode.parse(str(code), rate) == code


@given(st.integers(0, 3_000_000), st.sampled_from([NTSC, NTSC60]))
def test_drop_frame_keeps_up_with_the_clock(frame: int, rate: Fraction) -> None:
    hours, minutes, seconds, frames = (int(x) for x in str(Timecode(frame, rate, True)).replace(";", ":").split(":"))
    told = hours * 3600 + minutes * 60 + seconds + Fraction(frames, nominal(rate))
    # labels stray by less than the two (four) that are dropped at once, and by 86.4 ms in 24 hours (ST 12-1)
    drift = Timecode(frame, rate, True).seconds * Fraction(864, 10**4) / 86400
    assert abs(told - Timecode(frame, rate, True).seconds) < Fraction(2, 30) + drift + Fraction(1, 1000)


@given(st.integers(0, 1_000_000), st.sampled_from(RATES))
def test_time_and_frame_round_trip_even_through_floats(frame: int, rate: Fraction) -> None:
    assert Timecode.at(float(Timecode(frame, rate).seconds), rate).frame == frame


def test_a_time_between_two_frames_means_the_one_on_screen() -> None:
    assert Timecode.at(0.079, PAL).frame == 1
    assert Timecode.at(Fraction(2, 25), PAL).frame == 2


def test_order_follows_time_across_rates() -> None:
    assert Timecode(25, PAL) < Timecode(31, Fraction(30))
    assert Timecode(26, PAL) > Timecode(24, Fraction(24))
    assert sorted([Timecode(3, PAL), Timecode(1, PAL)])[0].frame == 1


@pytest.mark.parametrize("text", ["", "1:2:3", "00:00:60:00", "00:61:00:00", "00:00:00:25", "aa:00:00:00"])
def test_what_is_no_timecode_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Timecode.parse(text, PAL)


@pytest.mark.parametrize("text", ["00:01:00;00", "00:01:00;01", "00:11:00;01"])
def test_labels_that_drop_frame_leaves_out_do_not_parse(text: str) -> None:
    with pytest.raises(UsageError, match="leaves this label out"):
        Timecode.parse(text, NTSC)


@pytest.mark.parametrize(("frame", "rate", "drop"), [(-1, PAL, False), (0, Fraction(0), False), (0, PAL, True)])
def test_impossible_timecodes_are_refused(frame: int, rate: Fraction, drop: bool) -> None:
    with pytest.raises(UsageError):
        Timecode(frame, rate, drop)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "00:00.000"),
        (12.48, "00:12.480"),
        (59.9996, "01:00.000"),
        (3599.9994, "59:59.999"),
        (3600, "1:00:00.000"),
        (-1.5, "-00:01.500"),
        (-0.0001, "00:00.000"),
        (Fraction(1, 3), "00:00.333"),
    ],
)
def test_clock(seconds: float | Fraction, words: str) -> None:
    assert clock(seconds) == words
