"""Cut lists of editing tools, and the shot cutter that follows them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from evalverse.errors import UsageError
from evalverse.tools.operator import Wishes
from evalverse.tools.shots.cut_list import read_cuts
from evalverse.tools.shots.shot_cutter import ShotCutter, ShotSettings, shots_from
from tests.tools.shots._films import cutter, edit, shot

PAL = Fraction(25)

EDL = """TITLE: REEL
FCM: NON-DROP FRAME

001  AX       V     C        00:00:00:00 00:00:03:01 01:00:00:00 01:00:03:01
* FROM CLIP NAME: A
002  AX       A     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00
003  AX       V     C        00:00:03:01 00:00:03:01 01:00:03:01 01:00:03:01
003  BX       V     D    010 00:00:00:00 00:00:02:00 01:00:03:01 01:00:05:01
004  CX       AA/V  C        00:00:00:00 00:00:02:00 01:00:05:01 01:00:07:01
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_edl_counts_from_its_first_event_and_dissolves_from_their_middle(tmp_path: Path) -> None:
    assert read_cuts(write(tmp_path, "a.edl", EDL), PAL) == pytest.approx((3.04 + 0.2, 5.04))


def test_drop_frame_times_keep_up_with_the_clock(tmp_path: Path) -> None:
    lines = "1 AX V C 00:00:00;00 00:01:00;02 00:00:00;00 00:01:00;02\n"
    lines += "2 AX V C 00:00:00;00 00:00:10;00 00:01:00;02 00:01:10;02\n"
    assert read_cuts(write(tmp_path, "a.edl", lines), Fraction(30000, 1001)) == pytest.approx((1800 * 1.001 / 30,))


@pytest.mark.parametrize(
    "text",
    [
        "3.04\n00:04.840\n",
        "shot,start\n1,0\n2,00:00:03:01\n3,0:00:04.84\n",
        "Timecode List:,00:00:03.040,00:00:04.840\nScene Number,Start Frame,Start Timecode,Start Time (seconds)\n"
        "1,1,00:00:00.000,0.000\n2,77,00:00:03.040,3.040\n3,122,00:00:04.840,4.840\n",
    ],
)
def test_csv_of_three_kinds(tmp_path: Path, text: str) -> None:
    assert read_cuts(write(tmp_path, "a.csv", text), PAL) == pytest.approx((3.04, 4.84))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "start\nsoon\n", "line 2"),
        ("a.edl", "hello\n", "no event"),
        ("a.edl", "1 AX V C 00:00:00:00 00:00:01:00 00:00:00:00\n", "four timecodes"),
        ("a.edl", "1 AX V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:31\n", "00 to 24"),
    ],
)
def test_what_is_no_cut_list_says_where(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        read_cuts(write(tmp_path, name, text), PAL)
    assert str(error.value).startswith(str(tmp_path / name))


def test_a_timeline_of_opentimelineio(tmp_path: Path) -> None:
    otio = pytest.importorskip("opentimelineio")
    span = otio.opentime.TimeRange(duration=otio.opentime.RationalTime(50, 25))
    timeline = otio.schema.Timeline("reel")
    timeline.tracks.append(otio.schema.Track(kind=otio.schema.TrackKind.Video))
    timeline.tracks[0].extend([otio.schema.Clip(name, source_range=span) for name in "abc"])
    otio.adapters.write_to_file(timeline, str(tmp_path / "a.otio"))
    assert read_cuts(tmp_path / "a.otio", PAL) == (2.0, 4.0)
    with pytest.raises(UsageError, match="timeline"):
        read_cuts(write(tmp_path, "b.otio", "{}"), PAL)


def test_the_user_has_the_last_word(tmp_path: Path) -> None:
    film, _ = edit([shot(1, 40), shot(2, 40), shot(3, 60)], [("cut", 0), ("dissolve", 16)])
    wanted = ShotCutter.tune(Wishes(cuts=(0.8, 2.92, 99.0)))
    assert isinstance(wanted, ShotSettings)
    found = shots_from(cutter(tmp_path, film, settings=wanted))
    assert [(round(s.span.start * 25), s.begins_with) for s in found] == [(0, "start"), (20, "cut"), (73, "dissolve")]
    assert all(s.confidence == 1 for s in found)
    one = shots_from(cutter(tmp_path, film, settings=ShotSettings(cuts=())))
    assert len(one) == 1 and ShotCutter.tune(Wishes()) is None
