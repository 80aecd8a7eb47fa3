"""SyncNet as published (Chung and Zisserman, "Out of time", 2016): network, input, measure. Torch, on CPU.

Names and shapes are those of the public checkpoint ``syncnet_v2.model``, which is not part of this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import MissingExtra, UsageError
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.sound import Samples
from evalverse.tools.people.faces import Points, Series

FPS = 25
SIDE = 224
CLIP = 5
"""Frames per lip window; 0.2 s, as are the 20 steps of sound beside it."""
SOUND_STEPS, SOUND_PER_FRAME = 20, 4
REACH = 15
"""Frames of lag that are tried to either side."""
MARGIN = 0.4
AT_ONCE = 16

Features = NDArray[np.float32]


def network() -> Any:
    """The two streams with random weights, as one module whose state has the checkpoint's names."""
    torch = _torch()
    nn = torch.nn

    def conv(kind: str, inputs: int, outputs: int, size: Any, stride: Any = 1, pad: Any = 0) -> list[Any]:
        normal = nn.BatchNorm2d if kind == "2d" else nn.BatchNorm3d
        made = (nn.Conv2d if kind == "2d" else nn.Conv3d)(inputs, outputs, size, stride=stride, padding=pad)
        return [made, normal(outputs), nn.ReLU(inplace=True)]

    def head() -> Any:
        return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024))

    flat = (0, 1, 1)
    return nn.ModuleDict(
        {
            "netcnnaud": nn.Sequential(
                *conv("2d", 1, 64, 3, pad=1),
                nn.MaxPool2d(1, stride=1),
                *conv("2d", 64, 192, 3, pad=1),
                nn.MaxPool2d(3, stride=(1, 2)),
                *conv("2d", 192, 384, 3, pad=1),
                *conv("2d", 384, 256, 3, pad=1),
                *conv("2d", 256, 256, 3, pad=1),
                nn.MaxPool2d(3, stride=2),
                *conv("2d", 256, 512, (5, 4)),
            ),
            "netfcaud": head(),
            "netfclip": head(),
            "netcnnlip": nn.Sequential(
                *conv("3d", 3, 96, (5, 7, 7), (1, 2, 2)),
                nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2)),
                *conv("3d", 96, 256, (1, 5, 5), (1, 2, 2), flat),
                nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=flat),
                *conv("3d", 256, 256, (1, 3, 3), pad=flat),
                *conv("3d", 256, 256, (1, 3, 3), pad=flat),
                *conv("3d", 256, 256, (1, 3, 3), pad=flat),
                nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2)),
                *conv("3d", 256, 512, (1, 6, 6)),
            ),
        }
    ).eval()


def load(path: Path) -> Any:
    """The network with the weights of a checkpoint.

    Raises:
        UsageError: the file is not there, or does not hold this network's weights.
    """
    torch = _torch()
    made = network()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        made.load_state_dict(state)
    except Exception as error:  # torch raises whatever its unpickler met
        raise UsageError(f"{path}: not a SyncNet checkpoint ({type(error).__name__}: {error})") from error
    return made.eval()


def embed_lips(net: Any, crops: NDArray[np.uint8]) -> Features:
    """(N, 224, 224, 3) uint8 RGB faces at 25 fps -> (N - 4, 1024)."""
    torch = _torch()
    bgr = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).permute(3, 0, 1, 2)  # (3, N, H, W)
    found = []
    with torch.inference_mode():
        for first in range(0, len(crops) - CLIP + 1, AT_ONCE):
            last = min(first + AT_ONCE, len(crops) - CLIP + 1)
            batch = torch.stack([bgr[:, i : i + CLIP] for i in range(first, last)]).float()
            found.append(net["netfclip"](net["netcnnlip"](batch).flatten(1)))
    return np.asarray(torch.cat(found).numpy(), np.float32)


def embed_sound(net: Any, coefficients: Features) -> Features:
    """(13, M) MFCCs at 100 Hz -> (windows, 1024), one per video frame."""
    torch = _torch()
    count = max(0, (coefficients.shape[1] - SOUND_STEPS) // SOUND_PER_FRAME + 1)
    found = []
    with torch.inference_mode():
        for first in range(0, count, AT_ONCE):
            at = range(first * SOUND_PER_FRAME, min(first + AT_ONCE, count) * SOUND_PER_FRAME, SOUND_PER_FRAME)
            batch = torch.stack([torch.from_numpy(coefficients[:, i : i + SOUND_STEPS])[None] for i in at]).float()
            found.append(net["netfcaud"](net["netcnnaud"](batch).flatten(1)))
    return np.asarray(torch.cat(found).numpy(), np.float32) if found else np.zeros((0, 1024), np.float32)


@dataclass(frozen=True)
class Measured:
    """What SyncNet's own evaluation prints. ``offset`` in frames, positive when the voice comes before the lips."""

    offset: int
    lse_d: float
    lse_c: float
    distances: NDArray[np.float64]


def measured(lips: Features, sound: Features) -> Measured:
    """Mean distance (31,) of lips (N, 1024) to sound (M, 1024) at lags of -15..15 frames; zeros lie outside the sound.

    LSE-D is the least of them, LSE-C how far it lies below the median (Prajwal et al. 2020).
    """
    n = min(len(lips), len(sound))
    padded = np.pad(sound[:n], ((REACH, REACH), (0, 0)))
    distances = np.array(
        [np.linalg.norm(lips[:n] - padded[lag : lag + n], axis=1).mean() for lag in range(2 * REACH + 1)], np.float64
    )
    best = int(distances.argmin())
    return Measured(REACH - best, float(distances[best]), float(np.median(distances) - distances[best]), distances)


def face_square(points: Points) -> Series:
    """(N, 3) middle x, y and half side of squares about faces (N, P, 3), smoothed over time; picture heights."""
    from scipy.ndimage import median_filter

    low, high = points[:, :, :2].min(axis=1), points[:, :, :2].max(axis=1)
    squares = np.column_stack([(low + high) / 2, (high - low).max(axis=1) / 2])
    return np.asarray(median_filter(squares, size=(13, 1), mode="nearest"), float)


def cropped(picture: RGB, square: Series) -> NDArray[np.uint8]:
    """(224, 224, 3) face with the margin of the published pipeline, grey outside the picture; ``square`` as above."""
    import cv2

    x, y, half = square * picture.shape[0]
    side = half * (1 + 2 * MARGIN)
    left, top = x - half * (1 + MARGIN), y - half
    width = 2 * half * (1 + MARGIN)
    height = half + side
    scale = np.array([[SIDE / width, 0, -left * SIDE / width], [0, SIDE / height, -top * SIDE / height]])
    grey = (110, 110, 110)
    return np.asarray(cv2.warpAffine(picture, scale, (SIDE, SIDE), borderValue=grey), np.uint8)


def mfcc(samples: Samples) -> Features:
    """(13, M) cepstral coefficients of (N,) samples at 16 kHz, as the checkpoint was trained with.

    25 ms windows every 10 ms, pre-emphasis 0.97, 512-point spectrum, 26 mel bands, orthonormal DCT-II, lifter 22, the
    first coefficient replaced by the log energy; samples scaled to 16 bits.
    """
    from scipy.fft import dct

    wave = np.asarray(samples, float) * 32768
    wave = np.append(wave[:1], wave[1:] - 0.97 * wave[:-1])
    count = 1 + max(0, int(np.ceil((len(wave) - 400) / 160)))
    padded = np.pad(wave, (0, max(0, (count - 1) * 160 + 400 - len(wave))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::160][:count]
    power = np.abs(np.fft.rfft(frames, 512)) ** 2 / 512
    tiny = np.finfo(float).eps
    energy = np.maximum(power.sum(axis=1), tiny)
    bands = np.maximum(power @ _bank().T, tiny)
    cepstra = dct(np.log(bands), type=2, axis=1, norm="ortho")[:, :13]
    cepstra *= 1 + 11 * np.sin(np.pi * np.arange(13) / 22)
    cepstra[:, 0] = np.log(energy)
    return np.asarray(cepstra.T, np.float32)


def _bank() -> NDArray[np.float64]:
    """(26, 257) triangles between whole bins, 0 to 8 kHz."""
    top = 2595 * np.log10(1 + 8000 / 700)
    edges = np.floor(513 * 700 * (10 ** (np.linspace(0, top, 28) / 2595) - 1) / 16000)
    bins = np.arange(257)
    rising = (bins - edges[:-2, None]) / np.maximum(np.diff(edges)[:-1, None], 1)
    falling = (edges[2:, None] - bins) / np.maximum(np.diff(edges)[1:, None], 1)
    inside = (bins >= edges[:-2, None]) & (bins < edges[2:, None])
    return np.where(inside, np.where(bins < edges[1:-1, None], rising, falling), 0.0)


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("torch", 'pip install "evalverse-agent[neural]"') from error
    return torch
