"""Colour against values that the standards give."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from evalverse.tools.media.clip import PictureStream
from evalverse.tools.media.colour import KNEE, paint, tone_map
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from tests.synth import write_clip


def sheet(width: int, height: int, **how: Any) -> PictureStream:
    known: dict[str, Any] = {
        "index": 0,
        "codec": "rawvideo",
        "coded_width": width,
        "coded_height": height,
        "width": width,
        "height": height,
        "pixel_format": "yuv444p",
        "bit_depth": 8,
        "alpha": False,
        "rate": Fraction(25),
        "start": 0.0,
        "duration": 1.0,
    }
    return PictureStream(**{**known, **how})


def painted(yuv: tuple[int, int, int], matrix: int, value_range: int, size: tuple[int, int] = (32, 32)) -> list[int]:
    width, height = size
    planes = np.stack([np.full((height, width), value, np.uint8) for value in yuv])
    frame = av.VideoFrame.from_ndarray(planes, format="yuv444p")
    frame.colorspace, frame.color_range = matrix, value_range
    return [int(v) for v in paint(frame, sheet(width, height), width, height)[height // 2, width // 2]]


# ITU-R BT.709 and BT.601 (BT.470BG) codes of full red
RED_709, RED_601, RED_709_FULL = (63, 102, 240), (81, 90, 240), (54, 99, 255)


@pytest.mark.parametrize(
    ("yuv", "matrix", "value_range", "size"),
    [
        (RED_709, 1, 1, (32, 32)),
        (RED_601, 5, 1, (32, 32)),
        (RED_601, 6, 1, (32, 32)),
        (RED_709_FULL, 1, 2, (32, 32)),
        (RED_601, 2, 0, (320, 240)),  # untagged and small
        (RED_709, 2, 0, (1280, 720)),  # untagged and large
        (RED_709, 2, 0, (720, 1280)),
        (RED_709, 14, 1, (1280, 720)),  # a matrix that is not supported must still give a picture
    ],
)
def test_red_is_red_whatever_the_matrix_and_range(
    yuv: tuple[int, int, int], matrix: int, value_range: int, size: tuple[int, int]
) -> None:
    assert painted(yuv, matrix, value_range, size) == pytest.approx([255, 0, 0], abs=3)


@pytest.mark.parametrize(("code", "value_range", "grey"), [(16, 1, 0), (235, 1, 255), (0, 2, 0), (255, 2, 255)])
def test_limited_and_full_range(code: int, value_range: int, grey: int) -> None:
    assert painted((code, 128, 128), 1, value_range) == pytest.approx([grey] * 3, abs=1)


def test_a_palette_gives_its_colours() -> None:
    palette = np.zeros((256, 4), np.uint8)
    palette[1], palette[2] = (255, 255, 0, 0), (255, 0, 0, 255)  # alpha, red, green, blue
    indices = np.repeat(np.array([[1, 2]], np.uint8), 16, axis=1).repeat(32, axis=0)
    frame = av.VideoFrame.from_ndarray((indices, palette), format="pal8")  # type: ignore[arg-type]
    shown = paint(frame, sheet(32, 32, alpha=True), 32, 32)
    assert shown[5, 5].tolist() == [255, 0, 0] and shown[5, 25].tolist() == [0, 0, 255]


def test_a_matrix_that_is_not_supported_is_declared(tmp_path: Path) -> None:
    def tune(stream: Any) -> None:
        stream.codec_context.colorspace = 8  # YCgCo

    clip = probe(write_clip(tmp_path / "a.mp4", [np.full((64, 96, 3), 90, np.uint8)] * 2, tune=tune))
    assert any("matrix" in note for note in clip.notes)


# high dynamic range


def pq(nits: float) -> float:
    """SMPTE ST 2084 code in [0, 1], from the inverse EOTF as the standard prints it."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    y = (nits / 10000) ** m1
    return float(((c1 + c2 * y) / (1 + c3 * y)) ** m2)


def grey_of(code: float, transfer: str) -> int:
    mapped = tone_map(np.full((2, 2, 3), round(code * 65535), np.uint16), transfer)
    assert np.ptp(mapped) <= 1, "grey must stay grey"
    return int(mapped[0, 0, 0])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, KNEE])
def test_pq_below_the_knee_looks_as_bright_as_on_the_reference_display(share: float) -> None:
    assert grey_of(pq(203 * share), "pq") == pytest.approx(255 * share ** (1 / 2.4), abs=1)


def test_hlg_matches_pq_at_the_reference_points() -> None:
    # BT.2408: diffuse white of 203 cd/m2 is 75 % HLG and 58 % PQ
    assert grey_of(0.75, "hlg") == pytest.approx(grey_of(pq(203), "pq"), abs=2)
    assert pq(203) == pytest.approx(0.58, abs=0.005)
    assert grey_of(0, "hlg") == 0


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_tone_mapping_rises_without_a_step_and_never_overflows(transfer: str) -> None:
    ramp = np.repeat(np.arange(0, 65536, 16, dtype=np.uint16)[None, :, None], 3, axis=2)
    mapped = tone_map(ramp, transfer)[0, :, 1].astype(int)
    assert (np.diff(mapped) >= 0).all() and np.diff(mapped).max() <= 3
    assert mapped[0] == 0 and 250 <= mapped[-1] <= 255


def test_a_bright_colour_keeps_its_hue() -> None:
    coded = np.array([[[pq(1000), pq(500), pq(500)], [pq(100), pq(50), pq(50)]]]) * 65535
    (bright, dim) = tone_map(coded.astype(np.uint16), "pq")[0].astype(float)
    assert bright[0] > dim[0]
    light_b, light_d = (bright / 255) ** 2.4, (dim / 255) ** 2.4
    assert light_b[1] / light_b[0] == pytest.approx(light_d[1] / light_d[0], abs=0.03)


@pytest.mark.parametrize(("transfer", "name"), [(16, "pq"), (18, "hlg")])
def test_an_hdr_clip_is_shown_as_sdr_and_says_so(tmp_path: Path, transfer: int, name: str) -> None:
    def tune(stream: Any) -> None:
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries, context.color_range = 9, transfer, 9, 1

    grey = np.full((64, 96, 3), 128, np.uint8)
    clip = probe(write_clip(tmp_path / "a.mp4", [grey] * 3, pixel_format="yuv420p10le", tune=tune))
    assert clip.picture is not None and clip.picture.hdr == name and clip.picture.bit_depth == 10
    assert any(name.upper() in note for note in clip.notes)
    shown = next(frames(clip)).rgb(32)
    assert shown.dtype == np.uint8
    assert float(shown.mean()) == pytest.approx(grey_of(128 / 255, name), abs=3)


# transparency


def see_through(alpha: int) -> list[np.ndarray[Any, Any]]:
    return [np.full((64, 96, 4), (200, 100, 50, alpha), np.uint8)] * 3


@pytest.mark.parametrize(("codec", "pixels"), [("qtrle", "argb"), ("png", "rgba"), ("prores_ks", "yuva444p10le")])
@pytest.mark.parametrize("alpha", [0, 128, 255])
def test_transparency_is_shown_over_black(tmp_path: Path, codec: str, pixels: str, alpha: int) -> None:
    clip = probe(write_clip(tmp_path / "a.mov", see_through(alpha), codec=codec, pixel_format=pixels))
    assert clip.picture is not None and clip.picture.alpha
    assert any("transparency" in note for note in clip.notes) == (alpha < 255)
    for height in (None, 32):
        shown = next(frames(clip)).rgb(height).reshape(-1, 3).mean(axis=0)
        assert shown == pytest.approx(np.array([200, 100, 50]) * alpha / 255, abs=3)


def test_hidden_colours_do_not_bleed_into_a_small_picture(tmp_path: Path) -> None:
    picture = np.zeros((64, 96, 4), np.uint8)
    picture[:, :47] = (255, 255, 255, 0)  # white that nobody sees
    picture[:, 47:] = (0, 0, 0, 255)
    clip = probe(write_clip(tmp_path / "a.mov", [picture] * 2, codec="png", pixel_format="rgba"))
    assert next(frames(clip)).rgb(10).max() == 0


def test_transparency_that_is_not_decoded_is_declared(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.webm", see_through(128), codec="libvpx-vp9", pixel_format="yuva420p")
    assert any("not decoded" in note for note in probe(path).notes)
