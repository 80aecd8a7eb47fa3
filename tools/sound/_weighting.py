"""The ear's weighting in loudness meters: the K filter of ITU-R BS.1770-4 at any sampling rate."""

from __future__ import annotations

import numpy as np

from evalverse.tools.sound._wave import Series


class KWeighting:
    """A high shelf for the head and a high-pass for the ear's deafness to lows; keeps its state between blocks.

    The standard gives coefficients for 48 kHz; those of other rates come from the same analogue prototypes by the
    bilinear transform (parameters as in libebur128).
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._sections = sections(rate)
        self._state = np.zeros((2, 2, channels))

    def __call__(self, block: Series) -> Series:
        """(n, C) -> (n, C)."""
        from scipy.signal import sosfilt

        out, self._state = sosfilt(self._sections, block, axis=0, zi=self._state)
        return np.asarray(out)


def sections(rate: int) -> Series:
    """(2, 6) second-order sections at ``rate`` Hz."""
    gain, q = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    middle = gain**0.4996667741545416
    k = np.tan(np.pi * 1681.974450955533 / rate)
    norm = 1 + k / q + k * k
    shelf = [
        *((gain + middle * k / q + k * k) / norm, 2 * (k * k - gain) / norm, (gain - middle * k / q + k * k) / norm),
        *(1, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm),
    ]
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    norm = 1 + k / q + k * k
    high_pass = [1, -2, 1, 1, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    return np.array([shelf, high_pass])
