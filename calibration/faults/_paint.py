"""How picture faults work on a take: picture by picture, as a stream, or by showing other moments.

Colour is (H, W, 3) uint8 RGB in sRGB; masks and fields are (H, W) float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults.fault import Job, Place
from evalverse.calibration.faults.take import RGB, Take

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Now:
    """Where a picture stands: 0-based ``index`` in the take, ``seconds`` and ``share`` (0..1) since the span began."""

    index: int
    seconds: float
    share: float


# ways through a take


def repaint(take: Take, job: Job, paint: Callable[[RGB, Now], RGB]) -> Take:
    """Each picture of the span repainted by itself."""

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        for k, rgb in enumerate(run):
            yield paint(rgb, Now(job.first + k, float(k / take.rate), (k + 0.5) / job.frames))

    return restage(take, job, act)


def restage(take: Take, job: Job, act: Callable[[Iterator[RGB]], Iterator[RGB]]) -> Take:
    """The pictures of the span as a stream; ``act`` must yield as many as it is given."""

    def pictures() -> Iterator[RGB]:
        run = take.pictures()
        yield from islice(run, job.first)
        yield from act(islice(run, job.frames))
        yield from run

    return replace(take, pictures=pictures)


def replay(take: Take, job: Job, positions: NDArray[np.floating] | NDArray[np.integer]) -> Take:
    """The span shows the take at ``positions`` (frames, may be fractional) instead, one per frame of the span.

    What lies between two frames is made along the motion (see ``_between``), never over a cut.
    """
    from evalverse.calibration.faults._between import moments

    def pictures() -> Iterator[RGB]:
        shown = chain(range(job.first), (float(p) for p in positions), range(job.stop, take.length))
        return moments(take, shown)

    return replace(take, pictures=pictures)


def turn(take: Take, job: Job) -> int:
    """The frame at which something changes at once: the first cut within the span, else the middle of the span."""
    inner = [c for c in take.cuts if job.first < c < job.stop]
    return inner[0] if inner else (job.first + job.stop) // 2


def from_turn(take: Take, job: Job) -> Job:
    """The same order, from the turn of the span on."""
    return replace(job, first=turn(take, job))


def longest_shot(take: Take, job: Job) -> Job:
    """The same order, within the shot of which the span holds most."""
    within = [(max(s.start, job.first), min(s.stop, job.stop)) for s in take.shots]
    first, stop = max(within, key=lambda w: w[1] - w[0])
    return replace(job, first=first, stop=stop)


# tone


def linear(code: NDArray[np.floating]) -> NDArray[np.floating]:
    """sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.floating]) -> NDArray[np.floating]:
    """Linear light to sRGB in [0, 1]; what is out of range is clipped."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


_CODES = np.arange(256) / 255
_LIGHT = linear(_CODES)


def expose(rgb: RGB, stops: float | NDArray[np.floating]) -> RGB:
    """Exposed by ``stops`` more, in linear light; three values for three channels."""
    gains = np.broadcast_to(2.0 ** np.asarray(stops, float), 3)
    table = np.round(255 * encoded(_LIGHT[:, None] * gains)).astype(np.uint8)
    return toned(rgb, table)


def toned(rgb: RGB, table: NDArray[np.uint8]) -> RGB:
    """Each channel through a (256,) or (256, 3) table."""
    return np.asarray(cv2.LUT(rgb, table.reshape(1, 256, -1)), np.uint8)


def relit(rgb: RGB, stops: Field) -> RGB:
    """Light multiplied by 2 ** ``stops`` (H, W), with a power law of 2.2 for speed."""
    return as_rgb(rgb * np.exp2(stops / np.float32(2.2))[..., None])


def luma(rgb: RGB) -> Field:
    """(H, W) float32 in 0..255, BT.601 weights."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


def as_rgb(values: NDArray[Any]) -> RGB:
    """Rounded and clipped to uint8."""
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def mixed(below: RGB, above: RGB, mask: Field | float) -> RGB:
    """``above`` over ``below`` with an opacity (H, W), or one for all."""
    if isinstance(mask, float):
        return np.asarray(cv2.addWeighted(above, mask, below, 1 - mask, 0), np.uint8)
    base = below.astype(np.float32)
    return as_rgb(base + mask[..., None] * (above - base))


def soft(rgb: RGB, sigma: float) -> RGB:
    """Gaussian blur of ``sigma`` pixels."""
    if sigma < 0.05:
        return rgb
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.uint8)


# space


def grid(height: int, width: int) -> tuple[Field, Field]:
    """Pixel coordinates (x, y), each (H, W)."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y


def warped(rgb: RGB, dx: Field, dy: Field) -> RGB:
    """Each pixel fetched ``dx``, ``dy`` pixels away (backward map), mirrored at the edges."""
    x, y = grid(*rgb.shape[:2])
    return np.asarray(cv2.remap(rgb, x + dx, y + dy, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def framed(rgb: RGB, centre: tuple[float, float], zoom: float, degrees: float = 0.0) -> RGB:
    """The view centred at ``centre`` (shares of width and height), enlarged ``zoom`` times, rolled clockwise."""
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((centre[0] * (width - 1), centre[1] * (height - 1)), -degrees, zoom)
    matrix[0, 2] += (0.5 - centre[0]) * (width - 1)
    matrix[1, 2] += (0.5 - centre[1]) * (height - 1)
    flags = cv2.INTER_CUBIC
    return np.asarray(
        cv2.warpAffine(rgb, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )


def spot(height: int, width: int, place: Place, edge: float = 0.35) -> Field:
    """An ellipse inscribed in ``place``: 1 inside, falling to 0 over the outer ``edge`` of its radius."""
    x, y = grid(height, width)
    rx, ry = place.width * width / 2, place.height * height / 2
    r = np.hypot((x - (place.left * width + rx)) / rx, (y - (place.top * height + ry)) / ry)
    t = np.clip((1 - r) / edge, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blob(rng: np.random.Generator, height: int, width: int, place: Place, edge: float = 0.15) -> Field:
    """Like :func:`spot`, with an outline of chance, as things have: bulges and dents, no larger than the ellipse."""
    x, y = grid(height, width)
    rx, ry = place.width * width / 2, place.height * height / 2
    u, v = (x - (place.left * width + rx)) / rx, (y - (place.top * height + ry)) / ry
    angle, radius = np.arctan2(v, u), np.full(x.shape, 0.8, np.float32)
    for k in (2, 3, 5):
        radius += rng.uniform(0.05, 0.3 / k) * np.sin(k * angle + rng.uniform(0, 2 * np.pi))
    t = np.clip((np.minimum(radius, 1) - np.hypot(u, v)) / edge, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def around(x: float, y: float, width: float, height: float) -> Place:
    """The place of this size centred at (x, y), all in shares; moved and shrunk to lie within the picture."""
    width, height = min(width, 1.0), min(height, 1.0)
    return Place(
        float(np.clip(x - width / 2, 0, 1 - width)), float(np.clip(y - height / 2, 0, 1 - height)), width, height
    )


def clouds(rng: np.random.Generator, height: int, width: int, size: float) -> Field:
    """A smooth random field of mean 0 and rms 1 whose blobs are about ``size`` pixels wide."""
    cells = max(2, round(height / size)), max(2, round(width / size))
    coarse = rng.standard_normal(cells).astype(np.float32)
    field = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    field -= field.mean()
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


class Plate:
    """A random field twice as large as the picture, of which each frame sees another part: chance at little cost."""

    def __init__(self, rng: np.random.Generator, height: int, width: int, size: float) -> None:
        self._field, self._room = clouds(rng, 2 * height, 2 * width, size), (height, width)

    def part(self, rng: np.random.Generator) -> Field:
        """An (H, W) part, by chance."""
        height, width = self._room
        top, left = rng.integers(height + 1), rng.integers(width + 1)
        return self._field[top : top + height, left : left + width]


def edges(rgb: RGB, sigma: float) -> Field:
    """How much of an edge each pixel is near, 0..1, looked at with a blur of ``sigma`` pixels."""
    y = np.asarray(cv2.GaussianBlur(luma(rgb), (0, 0), sigma), np.float32)
    slope = np.hypot(cv2.Sobel(y, cv2.CV_32F, 1, 0), cv2.Sobel(y, cv2.CV_32F, 0, 1))
    near = cv2.GaussianBlur(np.asarray(slope, np.float32), (0, 0), 2 * sigma)
    return np.asarray(np.clip(near / max(float(np.percentile(near, 95)), 1e-3), 0, 1), np.float32)
