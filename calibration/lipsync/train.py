"""Contrastive training of the two encoders: at which lag, and with whose voice, do these lips belong?

A batch is a set of windows of 1.5 to 4 s; the voice of each is shifted by a random lag. Two questions, both answered by
a softmax over the summed inner products: which lag, for the right voice; which voice and lag, over the whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from evalverse.calibration.lipsync.augment import Pair, pair
from evalverse.calibration.lipsync.data import Example
from evalverse.errors import MissingExtra
from evalverse.tools.lipsync.features import BANDS, LIP_FEATURES, Features
from evalverse.tools.lipsync.model import LIP_FLOOR, VOICE_FLOOR, Encoder, LipModel


class Recipe(BaseModel):
    """How the encoders look and are trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = 32
    space: int = 12
    voice_layers: tuple[int, ...] = (5, 5, 5)
    lip_layers: tuple[int, ...] = (5, 5)
    dropout: float = 0.6
    rate: float = 3e-3
    decay: float = 0.05
    steps: int = 600
    batch: int = 32
    windows: tuple[int, ...] = (75, 100, 150, 200)
    reach: int = 50
    imposed: int = 35
    blur: float = 1.0
    lip_noise: float = 1.2
    voice_noise: float = 0.0
    strangers: float = 1.0
    variants: int = 16
    pairs: int = 2


def pool(parts: Sequence[Example], late: Mapping[str, float], variants: int, seed: int = 0) -> dict[str, list[Pair]]:
    """Per example, itself in step and ``variants`` variants."""
    rng = np.random.default_rng(seed)
    return {e.name: [pair(e, late[e.name]), *(pair(e, late[e.name], rng) for _ in range(variants))] for e in parts}


def train(pairs: Mapping[str, Sequence[Pair]], recipe: Recipe, about: dict[str, Any] | None = None) -> LipModel:
    """A model of ``recipe.pairs`` pairs of encoders, each from its own random start."""
    return LipModel(tuple(_one(pairs, recipe, seed) for seed in range(recipe.pairs)), about or {})


def _one(pairs: Mapping[str, Sequence[Pair]], recipe: Recipe, seed: int) -> tuple[Encoder, Encoder]:
    torch = _torch()
    torch.set_num_threads(1)  # more only get into each other's way on arrays this small
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    lips = _network(LIP_FEATURES, recipe.lip_layers, recipe)
    voice = _network(BANDS, recipe.voice_layers, recipe)
    weights = [*lips.parameters(), *voice.parameters()]
    optimiser = torch.optim.AdamW(weights, recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, recipe.steps)
    for _ in range(recipe.steps):
        seen, heard, lags = _batch(pairs, recipe, rng)
        loss = _loss(lips, voice, seen, heard, lags, recipe)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
    return _arrays(lips), _arrays(voice)


def _batch(
    pairs: Mapping[str, Sequence[Pair]], recipe: Recipe, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Lips (B, T, 14), voices (B, T, 26) that come ``lags`` (B,) steps late. Examples are drawn by their length."""
    names = sorted(pairs)
    share = np.array([len(pairs[name][0].lips) for name in names], float)
    length = int(rng.choice(recipe.windows))
    seen: list[Features] = []
    heard: list[Features] = []
    lags: list[int] = []
    while len(seen) < recipe.batch:
        variants = pairs[names[rng.choice(len(names), p=share / share.sum())]]
        one = variants[int(rng.integers(len(variants)))]
        lag = int(rng.integers(-recipe.imposed, recipe.imposed + 1))
        first, last = max(0, lag), len(one.lips) - length + min(0, lag)
        if last < first:
            continue
        at = int(rng.integers(first, last + 1))
        seen.append(one.lips[at : at + length])
        heard.append(one.voice[at - lag : at - lag + length])
        lags.append(lag)
    return np.stack(seen), np.stack(heard), np.array(lags)


def _loss(lips: Any, voice: Any, seen: Any, heard: Any, lags: Any, recipe: Recipe) -> Any:
    torch = _torch()
    x = _standardised(torch.from_numpy(seen), LIP_FLOOR)
    x = x + recipe.lip_noise * torch.randn_like(x)
    y = _standardised(torch.from_numpy(heard), VOICE_FLOOR)
    y = y + recipe.voice_noise * torch.randn_like(y)
    f, g = _centred(lips(x.transpose(1, 2))), _centred(voice(y.transpose(1, 2)))
    scores = _lagged(f, g, recipe.reach)  # (B, B, lags)
    count = 2 * recipe.reach + 1
    away = (torch.arange(count)[None] - recipe.reach - torch.from_numpy(lags)[:, None]) / recipe.blur
    target = torch.softmax(-0.5 * away**2, dim=1)  # (B, lags)
    each = torch.arange(len(f))
    right_lag = -(target * torch.log_softmax(scores[each, each], dim=1)).sum(dim=1).mean()
    over_all = torch.log_softmax(scores.reshape(len(f), -1), dim=1).reshape(scores.shape)[each, each]
    right_voice = -(target * over_all).sum(dim=1).mean()
    return right_lag + recipe.strangers * right_voice


def _lagged(f: Any, g: Any, reach: int) -> Any:
    """(B, K, T) lips and (C, K, T) voices -> (B, C, 2 reach + 1) sums of products, made up for the missing overlap."""
    torch = _torch()
    length = f.shape[2]
    size = 2 * length
    product = torch.einsum("bkf,ckf->bcf", torch.fft.rfft(f, size).conj(), torch.fft.rfft(g, size))
    lags = torch.arange(-reach, reach + 1)
    overlap = (length - lags.abs()).clamp(min=1) / length
    return torch.fft.irfft(product, size)[:, :, lags % size] / overlap.sqrt()


def _network(inputs: int, widths: Sequence[int], recipe: Recipe) -> Any:
    torch = _torch()
    layers: list[Any] = []
    for i, width in enumerate(widths):
        last = i == len(widths) - 1
        conv = torch.nn.Conv1d(inputs, recipe.space if last else recipe.width, width, padding=width // 2)
        if last:
            with torch.no_grad():
                conv.weight *= 0.3  # sums over a window start out near the scale of a softmax
        layers += [conv] if last else [conv, torch.nn.ReLU(), torch.nn.Dropout(recipe.dropout)]
        inputs = recipe.width
    return torch.nn.Sequential(*layers)


def _standardised(x: Any, floor: float) -> Any:
    return (x - x.mean(dim=1, keepdim=True)) / (x.std(dim=1, keepdim=True, correction=0) + floor)


def _centred(x: Any) -> Any:
    return x - x.mean(dim=2, keepdim=True)


def _arrays(network: Any) -> Encoder:
    convolutions = [layer for layer in network if hasattr(layer, "weight")]
    return Encoder(tuple((c.weight.detach().numpy(), c.bias.detach().numpy()) for c in convolutions))


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("torch", 'pip install "evalverse-agent[neural]"') from error
    return torch
