"""A generator that needs no model: a small film of a boat on a lake, whose faults follow from its prompt.

    python procedural_film.py --prompt "a boat on a lake, steady camera on a tripod" --seed 3 --out film.mp4

Like a video model it has a temper: bad habits that it falls into unless the prompt asks for the contrary. Wishes are
understood by families of words, whatever the phrase around them ("locked-off tripod shot" is as good as "steady
camera"), and like a video model it now and then overlooks one. The number of the try changes the scene, how bad each
fault is, and which wishes are overlooked.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE, SECONDS, SOUND_RATE = 384, 216, 24, 3.0, 48000
OBEYS, ATTENTION = 0.95, 60
"""Probability that a wish is followed, and the length of prompt in words up to which it is; beyond, it falls with the
length, as attention to any one phrase does in a model with a short text encoder."""

Picture = NDArray[np.float32]  # (HEIGHT, WIDTH, 3) RGB, 0..1

WISHES: dict[str, tuple[tuple[str, str], ...]] = {
    "flicker": (
        ("light|lighting|exposure|brightness|illumination", "constant|steady|even|stable|locked|fixed|uniform"),
    ),
    "shake": (("camera|tripod|framing", "steady|stable|locked|tripod|static|fixed|still"),),
    "noise": (("noise|grain|capture|image", "low|clean|free|no|without|noiseless"),),
    "dark": (
        ("shadow|shadows|dark|scene|exposure", "readable|lifted|balanced|bright|brighter|lit"),
        ("tonal range|tones|midtones", "rich|full|wide|delicate"),
    ),
    "burnt": (("highlight|highlights|brightest|whites|sky", "detail|held|retained|soft|protected|unclipped"),),
    "stutter": (("motion|movement|frame rate|cadence", "fluid|smooth|constant|continuous|even"),),
    "bars": (("full frame|whole picture|aspect ratio|screen", "full|filling|fills|filled|one|constant"),),
    "clipping": (("sound|audio|recording|peaks", "undistorted|clean|unclipped|fidelity"),),
    "dropouts": (("ambience|tone|sound|audio", "continuous|unbroken|uninterrupted|constant"),),
    "garish": (("saturation|colour|colours|color|colors|palette", "natural|muted|restrained|subdued|true"),),
}
"""Fault: pairs of word families; a clause of the prompt with a word out of both turns the fault off."""

FAULTS = tuple(WISHES)


def temper(number: int, count: int = 5) -> tuple[str, ...]:
    """The bad habits of generator ``number``."""
    chosen = np.random.default_rng([number, 1]).choice(len(FAULTS), count, replace=False)
    return tuple(FAULTS[i] for i in sorted(chosen))


def heard(prompt: str) -> set[str]:
    """The faults that the prompt wishes away."""
    clauses = [c.replace("-", " ") for c in re.split(r"[,.;:!?\n]+", prompt.lower())]
    return {
        fault
        for fault, pairs in WISHES.items()
        for about, how in pairs
        if any(re.search(rf"\b(?:{about})\b", c) and re.search(rf"\b(?:{how})\b", c) for c in clauses)
    }


def faults(prompt: str, number: int, seed: int) -> dict[str, float]:
    """The faults of a film and how bad they are (0.8 to 1.2): what a critique should find."""
    rng, wished = np.random.default_rng([number, seed, 2]), heard(prompt)
    follows = OBEYS * min(1.0, ATTENTION / max(1, len(prompt.split())))
    found = {}
    for habit in temper(number):
        strength, luck = rng.uniform(0.8, 1.2), rng.random()
        if habit not in wished or luck > follows:
            found[habit] = float(strength)
    return found


def make(prompt: str, seed: int, out: Path | str, number: int = 0) -> Path:
    """Renders the film of try ``seed`` by the generator with temper ``number``; returns its path."""
    bad = faults(prompt, number, seed)
    rng = np.random.default_rng([number, seed, 3])
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(out), "w") as container:
        picture = container.add_stream("libx264", rate=RATE, options={"crf": "14", "preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        for rgb in pictures(bad, rng):
            frame = av.VideoFrame.from_ndarray(np.rint(rgb.clip(0, 1) * 255).astype(np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        samples = samples_of(bad, rng)
        for start in range(0, samples.shape[1], 1024):
            block = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[:, start : start + 1024]), format="fltp", layout="stereo"
            )
            block.rate, block.pts, block.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
            container.mux(sound.encode(block))
        container.mux(sound.encode(None))
    return out


def pictures(bad: dict[str, float], rng: np.random.Generator) -> Iterator[Picture]:
    """The frames, each of them with its faults."""
    count = round(RATE * SECONDS)
    lake = Lake(rng)
    path = np.cumsum(rng.normal(0, 1, (count, 2)), axis=0) * 0.3 + rng.normal(0, 7, (count, 2))
    held: Picture | None = None
    for i in range(count):
        x, y = path[i] * bad.get("shake", 0.0)
        rgb = lake.at(i / RATE, float(x), float(y))
        if "dark" in bad:
            rgb = rgb * 0.2 / bad["dark"] - 0.045 * bad["dark"]
        if "burnt" in bad:
            rgb = rgb * 1.9 * bad["burnt"]
        if "garish" in bad:
            grey = rgb.mean(axis=2, keepdims=True)
            rgb = grey + (rgb - grey) * (1 + 40 * bad["garish"])
        if "flicker" in bad:
            rgb = rgb * (1 + 0.25 * bad["flicker"] * rng.uniform(-1, 1))
        if "noise" in bad:
            rgb = rgb + rng.normal(0, 0.13 * bad["noise"], rgb.shape)
        if "bars" in bad and (i // (count // 4)) % 2:
            rgb = rgb.copy()
            rgb[:28], rgb[-28:] = 0, 0
        if "stutter" in bad and held is not None and rng.random() < 0.35 * bad["stutter"]:
            rgb = held
        held = rgb.astype(np.float32)
        yield held


class Lake:
    """The scene: sky, hills and water with grain of their own, and a boat that crosses them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._margin = 40
        high, wide = HEIGHT + 2 * self._margin, WIDTH + 2 * self._margin
        y = np.linspace(0, 1, high, dtype=np.float32)[:, None]
        texture = sum(_smooth(rng, high, wide, 2.0**k) * 0.5 ** (5 - k) for k in range(1, 6))
        ridge = 0.42 + 0.06 * np.cumsum(rng.normal(0, 1, wide)).astype(np.float32) / np.sqrt(wide)
        sky = np.stack([0.52 + 0.2 * y, 0.60 + 0.14 * y, 0.70 + 0.03 * y], axis=2) * np.ones((1, wide, 1))
        hills = np.array([0.26, 0.33, 0.22]) * (1 + 0.55 * texture[..., None])
        shore = np.array([0.24, 0.34, 0.38]) * (1 + 0.35 * texture[..., None])
        self._land = np.where((y < ridge)[..., None], sky * (1 + 0.04 * texture[..., None]), hills).astype(np.float32)
        self._land = np.where((y < 0.58)[..., None], self._land, shore).astype(np.float32)
        self._waves = _smooth(rng, high, wide, 1.2) + 0.7 * _smooth(rng, high, wide, 3.0)
        self._left = float(rng.uniform(0.15, 0.3)) * WIDTH
        self._speed = float(rng.uniform(0.1, 0.16)) * WIDTH
        self._hull = rng.uniform(0.25, 0.6, 3)

    def at(self, seconds: float, x: float, y: float) -> Picture:
        """The frame at a time, seen by a camera that stands ``x``, ``y`` pixels off its place."""
        m, water = self._margin, slice(round(0.58 * self._land.shape[0]), None)
        scene = self._land.copy()
        drift = np.roll(self._waves, round(22 * seconds), axis=1) - np.roll(self._waves, -round(17 * seconds), axis=1)
        scene[water] *= 1 + 0.11 * drift[water, :, None]
        self._boat(scene, m + self._left + self._speed * seconds, m + 0.62 * HEIGHT + 2 * np.sin(3 * seconds))
        place = np.float32([[1, 0, -m - x], [0, 1, -m - y]])
        return cv2.warpAffine(scene, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)

    def _boat(self, scene: Picture, x: float, y: float) -> None:
        fine, hull = 4, np.array([[-34, 0], [36, -3], [26, 14], [-24, 14]])
        sail, mast = np.array([[2, -58], [2, -6], [-28, -6]]), np.array([[2, -62], [5, -62], [5, 0], [2, 0]])
        for shape, colour in ((sail, (0.78, 0.76, 0.70)), (mast, (0.2, 0.16, 0.12)), (hull, tuple(self._hull))):
            points = np.rint((shape + np.array([x, y])) * 2**fine).astype(np.int32)
            cv2.fillPoly(scene, [points], tuple(float(c) for c in colour), cv2.LINE_AA, fine)


def samples_of(bad: dict[str, float], rng: np.random.Generator) -> NDArray[np.float32]:
    """(2, N) samples: wind and water, with its faults."""
    count = round(SECONDS * SOUND_RATE)
    shape = 1 / np.maximum(np.fft.rfftfreq(count, 1 / SOUND_RATE), 60.0)
    wind = np.stack([np.fft.irfft(np.fft.rfft(rng.normal(0, 1, count)) * shape, count) for _ in range(2)])
    wind = 0.6 * wind + 0.4 * wind.mean(axis=0)
    swell = 1 + 0.3 * np.sin(2 * np.pi * 0.7 * np.arange(count) / SOUND_RATE + rng.uniform(0, 6))
    samples = wind / np.abs(wind).max() * 0.35 * swell
    if "clipping" in bad:
        samples = np.clip(samples * 14 * bad["clipping"], -0.98, 0.98)
    if "dropouts" in bad:
        for start in rng.uniform(0.1, 0.85, 5):
            first = round(start * count)
            samples[:, first : first + round(0.1 * bad["dropouts"] * SOUND_RATE)] = 0
    return samples.astype(np.float32)


def _smooth(rng: np.random.Generator, high: int, wide: int, sigma: float) -> Picture:
    """(high, wide) noise with details of about ``sigma`` pixels, standard deviation 1."""
    field = cv2.GaussianBlur(rng.normal(0, 1, (high, wide)).astype(np.float32), (0, 0), sigma)
    return np.asarray(field / field.std(), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=0, help="number of the try")
    parser.add_argument("--temper", type=int, default=0, help="which bad habits the generator has")
    given = parser.parse_args()
    make(given.prompt, given.seed, given.out, given.temper)


if __name__ == "__main__":
    main()
