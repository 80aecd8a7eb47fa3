"""From a decoder's pixels to upright 8-bit RGB: matrix, range, transparency, high dynamic range, rotation.

Values are display-referred as coded (BT.1886-like), not linear light. The matrix is the tagged one; untagged YUV is
taken for BT.709 from 720 lines or 1280 columns on and for BT.601 below, as players do.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.clip import PictureStream
from evalverse.tools.media.frame import RGB

Linear = NDArray[np.float32]

REFERENCE_WHITE = 203.0
"""cd/m2 of diffuse white in HDR (ITU-R BT.2408), shown as full white's knee below."""

KNEE = 0.75
"""Share of reference white up to which tone mapping changes nothing."""

_SCALING = 0x20 | 0x2000 | 0x40000
"""swscale's AREA, FULL_CHR_H_INT and ACCURATE_RND: without the latter two a flat grey comes out 1 or 2 levels low."""

_UNTAGGED = 2
_MATRIX = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""libav's tag for the YUV matrix (ITU-T H.273 MatrixCoefficients) -> swscale's name for it."""

_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
"""Linear BT.2020 RGB -> linear BT.709 RGB (ITU-R BT.2087)."""

HDR_TRANSFERS = {16: "pq", 18: "hlg"}
"""H.273 TransferCharacteristics of SMPTE ST 2084 and of ITU-R BT.2100 HLG."""

_MATRIX_NAMES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"} | {
    9: "bt2020nc",
    10: "bt2020c",
    14: "ictcp",
}
_TRANSFER_NAMES = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 8: "linear", 13: "srgb"} | {
    14: "bt2020-10",
    15: "bt2020-12",
    16: "pq",
    18: "hlg",
}


def colour_words(matrix: int, transfer: int, value_range: int) -> str:
    """The tags as "matrix / transfer / range", for instance "bt709 / bt709 / tv"."""
    names = (_MATRIX_NAMES.get(matrix), _TRANSFER_NAMES.get(transfer), {1: "tv", 2: "pc"}.get(value_range))
    return " / ".join(name or "untagged" for name in names)


def orientation(frame: av.VideoFrame) -> tuple[int, bool]:
    """(degrees clockwise to turn, whether to mirror left-right afterwards) from the frame's display matrix."""
    side: Any = frame.side_data.get("DISPLAYMATRIX")
    if side is None:
        return 0, False
    a, b, _, c, d = struct.unpack("=5i", bytes(side)[:20])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, c = -a, -c
    return round(float(np.degrees(np.arctan2(b, a))) / 90) * 90 % 360, mirrored


def paint(frame: av.VideoFrame, picture: PictureStream, width: int, height: int) -> RGB:
    """(height, width, 3) uint8 RGB, upright and with square pixels. Thread-safe for one frame per thread."""
    size = (height, width) if picture.rotation in (90, 270) else (width, height)
    if picture.hdr:
        rgb = tone_map(_pixels(frame, size, "rgb48le"), picture.hdr)
    else:
        rgb = _pixels(_over_black(frame) if picture.alpha else frame, size, "rgb24")
    if picture.rotation:
        rgb = np.rot90(rgb, -picture.rotation // 90)
    if picture.mirrored:
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(rgb)


def tone_map(coded: NDArray[np.uint16], transfer: str) -> RGB:
    """(h, w, 3) uint16 full-range BT.2100 RGB, coded with ``transfer`` ("pq" or "hlg") -> uint8 BT.709 RGB.

    Linear light in units of reference white, BT.709 primaries, then a shoulder on the largest of R, G and B, scaling
    all three: untouched up to ``KNEE``, then bent exponentially towards 1. Coded again with BT.1886 (gamma 2.4).
    HLG is shown as on a display of 1000 cd/m2 (system gamma 1.2).
    """
    light = _eotf(transfer)[coded]
    if transfer == "hlg":
        luminance = light @ np.array([0.2627, 0.6780, 0.0593], np.float32)
        light *= (1000 / REFERENCE_WHITE * np.power(luminance, 0.2))[..., None]
    light = np.maximum(light @ _TO_BT709.T, 0)
    peak = light.max(axis=2)
    bent = np.where(peak > KNEE, 1 - (1 - KNEE) * np.exp(-(peak - KNEE) / (1 - KNEE)), peak)
    light *= (bent / np.maximum(peak, 1e-9))[..., None]
    return np.asarray(np.rint(255 * np.power(light, 1 / 2.4)), np.uint8)


@cache
def _eotf(transfer: str) -> Linear:
    """(65536,) light of each 16-bit code: in units of reference white for PQ, scene light in [0, 1] for HLG."""
    code = np.arange(65536) / 65535
    if transfer == "pq":  # SMPTE ST 2084
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = np.power(code, 1 / m2)
        light = 10000 / REFERENCE_WHITE * np.power(np.maximum(root - c1, 0) / (c2 - c3 * root), 1 / m1)
    else:  # ITU-R BT.2100, inverse OETF of HLG
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return light.astype(np.float32)


def _pixels(frame: av.VideoFrame, size: tuple[int, int], pixel_format: str) -> Any:
    matrix = None
    if not frame.format.is_rgb:
        matrix = _MATRIX.get(int(frame.colorspace), 1 if frame.height >= 720 or frame.width >= 1280 else 5)
    # one thread: swscale's own threads cost more than they save, and do not always give the same pixels
    return frame.reformat(
        *size, format=pixel_format, src_colorspace=matrix, interpolation=_SCALING, threads=1
    ).to_ndarray()


def known_matrix(frame: av.VideoFrame) -> bool:
    """Whether the frame's colours can be told: RGB, an untagged matrix, or one that swscale converts."""
    return frame.format.is_rgb or int(frame.colorspace) in (0, _UNTAGGED, *_MATRIX)


def transparent(frame: av.VideoFrame) -> bool:
    """Whether any pixel of a frame with an alpha channel is not opaque."""
    return bool(_rgba(frame)[..., 3].min() < 255)


def _rgba(frame: av.VideoFrame) -> Any:
    return _pixels(frame, (frame.width, frame.height), "rgba")


def _over_black(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame without transparency. Composited at full size: scaling first would let hidden colours bleed in."""
    rgba = _rgba(frame)
    if rgba[..., 3].min() == 255:
        return frame
    rgb = (rgba[..., :3] * rgba[..., 3:].astype(np.uint16) + 127) // 255
    return av.VideoFrame.from_ndarray(rgb.astype(np.uint8), format="rgb24")
