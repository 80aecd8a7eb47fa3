"""A lens on real footage: a person and the surroundings blurred apart along the person's mask, as a focus pull does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.people._models import people
from tests.synth import RGB

Layer = NDArray[np.float32]


def disc(picture: Layer, radius: float) -> Layer:
    """``picture`` seen through a lens whose circle of confusion has ``radius`` pixels."""
    if radius < 0.6:
        return picture
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    found = cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    return np.asarray(found, np.float32)


def focused(picture: RGB, mask: Layer, person: float, rest: float) -> RGB:
    """The picture with a circle of confusion of ``person`` pixels on the person and ``rest`` behind.

    Light behind the person is not known: the surroundings are spread under the mask, so that nothing of the person
    bleeds into them.
    """
    light = (picture / 255.0).astype(np.float32) ** 2.2
    matte = mask[..., None]
    behind, weight = disc(light * (1 - matte), max(rest, 1)), disc(1 - mask, max(rest, 1))[..., None]
    ground = np.where(weight > 0.02, behind / np.maximum(weight, 0.02), cv2.blur(light, (61, 61)))
    ground = ground if rest >= 0.6 else np.where(matte < 0.5, light, ground)
    front, cover = disc(light * matte, person), disc(mask, person)[..., None]
    mixed = front + (1 - cover) * ground
    return np.asarray(np.clip(255 * mixed ** (1 / 2.2), 0, 255).round(), np.uint8)


def pulled(
    path: Path, moved: Callable[[float], float], rate: float, seconds: float, radius: float, height: int = 360
) -> Iterator[RGB]:
    """Footage of a person whose focus lies on them where ``moved`` (seconds) is 0 and behind them where it is 1."""
    tick = -1
    for frame in frames(probe(path)):
        if frame.seconds >= seconds:
            return
        if int(frame.seconds * rate) == tick:
            continue
        tick = int(frame.seconds * rate)
        picture = frame.rgb(height)
        mask = cv2.resize(people(frame), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        share = moved(frame.seconds)
        yield focused(picture, np.clip(mask, 0, 1).astype(np.float32), radius * share, radius * (1 - share))
