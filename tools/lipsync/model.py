"""The audio-to-lip model: two small temporal convolutions that bring mouth and voice into one space. NumPy only.

Their inner product at a time, summed over a stretch, is the log-likelihood ratio that voice and mouth belong together
at this offset rather than at another, up to a constant. Trained by ``evalverse calibrate lipsync``; docs/lipsync.md
tells how well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import UsageError
from evalverse.tools.lipsync.features import Features

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

LIP_FLOOR, VOICE_FLOOR = 1e-3, 0.3
"""Added to the deviation by which a feature is divided, so that stillness is not blown up: eye distances, log power."""
OUTLIER = 6.0
"""Deviations at which features are cut off; nothing in speech comes near."""


@dataclass(frozen=True)
class Encoder:
    """Convolutions over time, ReLU between them; weights (out, in, width), biases (out,)."""

    layers: tuple[tuple[Array, Array], ...]

    def __call__(self, x: Features) -> Array:
        """(T, F) -> (T, K)"""
        for i, (weight, bias) in enumerate(self.layers):
            x = _convolved(np.maximum(x, 0) if i else x, weight) + bias
        return x


@dataclass(frozen=True)
class LipModel:
    """Pairs of encoders that were trained apart and vote together."""

    pairs: tuple[tuple[Encoder, Encoder], ...]
    about: dict[str, Any]
    """What the training script left: version, data, fitted numbers."""

    def mouth(self, lips: Features, counted: Mask | None = None) -> Array:
        """(T, 14) -> (T, K); mean and deviation are those of the steps that are ``counted`` (T,), by default all."""
        return self._embedded(0, standardised(lips, LIP_FLOOR, counted), counted) / np.float32(len(self.pairs))

    def sound(self, voice: Features, counted: Mask | None = None) -> Array:
        """(T, 26) -> (T, K), likewise."""
        return self._embedded(1, standardised(voice, VOICE_FLOOR, counted), counted)

    def _embedded(self, side: int, x: Features, counted: Mask | None) -> Array:
        y = np.concatenate([pair[side](x) for pair in self.pairs], axis=1)
        return np.asarray(y - y[_counted(counted, len(y))].mean(axis=0))


def standardised(x: Features, floor: float, counted: Mask | None = None) -> Features:
    """(T, F) with zero mean and about unit deviation over time; far outliers among what is not counted are cut."""
    known = x[_counted(counted, len(x))]
    scaled = (x - known.mean(axis=0)) / (known.std(axis=0) + floor)
    return np.asarray(np.clip(scaled, -OUTLIER, OUTLIER), np.float32)


def _counted(counted: Mask | None, length: int) -> Mask:
    return counted if counted is not None and counted.any() else np.ones(length, bool)


def _convolved(x: Array, weight: Array) -> Array:
    """(T, in) -> (T, out), zeros outside; odd width."""
    half = weight.shape[2] // 2
    padded = np.pad(x, ((half, half), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2], axis=0)  # (T, in, width)
    return windows.reshape(len(x), -1) @ weight.reshape(len(weight), -1).T


@cache
def shipped() -> LipModel:
    """The weights inside the package."""
    return read(shipped_bytes())


def shipped_bytes() -> bytes:
    """The file that holds them."""
    return (files("evalverse.tools.lipsync") / "weights" / "lip_sync.safetensors").read_bytes()


def named(path: str) -> LipModel:
    """The weights in a file, those inside the package for an empty path.

    Raises:
        UsageError: there is no such file, or it holds something else.
    """
    if not path:
        return shipped()
    try:
        return read(Path(path).read_bytes())
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{path} holds no audio-to-lip model ({error}); `evalverse calibrate lipsync --out {path}` makes one"
        ) from error


def read(content: bytes) -> LipModel:
    """A model from the bytes of a safetensors file.

    Tensors are called ``pair.side.layer.weight`` or ``.bias``, with side ``lips`` or ``voice``.
    """
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    about = json.loads(header.pop("__metadata__", {}).get("about", "{}"))
    body = memoryview(content)[8 + size :]
    arrays = {
        name: np.frombuffer(body[slice(*spec["data_offsets"])], np.dtype("<f4")).reshape(spec["shape"])
        for name, spec in header.items()
    }

    def encoder(pair: int, side: str) -> Encoder:
        count = sum(name.startswith(f"{pair}.{side}.") and name.endswith(".weight") for name in arrays)
        parts = [f"{pair}.{side}.{i}" for i in range(count)]
        return Encoder(tuple((arrays[f"{part}.weight"], arrays[f"{part}.bias"]) for part in parts))

    pairs = 1 + max(int(name.split(".")[0]) for name in arrays)
    return LipModel(tuple((encoder(i, "lips"), encoder(i, "voice")) for i in range(pairs)), about)


def write(model: LipModel, path: Path) -> None:
    """Stores a model as safetensors (float32)."""
    arrays = {
        f"{i}.{side}.{j}.{part}": np.ascontiguousarray(array, "<f4")
        for i, pair in enumerate(model.pairs)
        for side, encoder in zip(("lips", "voice"), pair, strict=True)
        for j, layer in enumerate(encoder.layers)
        for part, array in zip(("weight", "bias"), layer, strict=True)
    }
    header: dict[str, Any] = {"__metadata__": {"about": json.dumps(model.about, sort_keys=True)}}
    at = 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(head).to_bytes(8, "little") + head + b"".join(a.tobytes() for a in arrays.values()))
