"""Light and colour as numbers: linear light, luminance, CIE Lab and words for directions in it.

Display values are read as sRGB (IEC 61966-2-1), which is near enough to BT.709 with a display's gamma.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CODE = np.arange(256) / 255
_LINEAR = np.where(_CODE <= 0.04045, _CODE / 12.92, ((_CODE + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # BT.709
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
_D65 = _TO_XYZ.sum(1)

HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "violet", "magenta")
_HUE_ANGLES = np.array([25, 65, 95, 145, 205, 295, 318, 335])
"""Hue angles in Lab, in degrees, of what people call so (after the hue circle of CIE Lab)."""


def linear(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Display values (..., 3) or (...) uint8 as linear light, 0..1."""
    import cv2

    return np.asarray(cv2.LUT(rgb, _LINEAR), np.float32)


def luminance(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """BT.709 luminance (...) of linear light (..., 3)."""
    return np.asarray(light @ _LUMINANCE)


def lab(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE L*a*b* (..., 3) under D65 of linear light (..., 3): L* 0..100, a* towards red, b* towards yellow."""
    xyz = light @ (_TO_XYZ / _D65[:, None]).T
    bent = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.asarray(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1), np.float32)


def hue_name(a: float, b: float) -> str:
    """The colour word for a direction in the a*b* plane."""
    angle = np.degrees(np.arctan2(b, a)) % 360
    apart = np.abs((_HUE_ANGLES - angle + 180) % 360 - 180)
    return HUES[int(apart.argmin())]


def hex_of(colour: NDArray[np.floating]) -> str:
    """``#rrggbb`` of one Lab colour (3,), brought into gamut."""
    return "#" + "".join(f"{int(v):02x}" for v in display(np.asarray(colour, np.float64)[None])[0])


def display(colours: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Lab (N, 3) as display RGB (N, 3), clipped to gamut."""
    level = (colours[:, 0] + 16) / 116
    bent = np.stack([level + colours[:, 1] / 500, level, level - colours[:, 2] / 200], -1)
    xyz = np.where(bent**3 > 216 / 24389, bent**3, (116 * bent - 16) * 27 / 24389) * _D65
    light = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(code * 255), np.uint8)
