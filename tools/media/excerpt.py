"""The clip as a small silent film, for models that watch instead of looking at single frames."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from evalverse.errors import MediaError
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sample import frames_at, uniform

MEDIA_TYPE = "video/mp4"


def excerpt(clip: Clip, rate: float, most: int, height: int = 360) -> tuple[bytes, float]:
    """The picture at ``rate`` frames per second, or fewer where that would be more than ``most`` frames.

    Args:
        height: pixels, at most; never enlarged.

    Returns:
        An H.264 file (MP4, no sound) that plays as long as the clip, and the frames per second that it holds.

    Raises:
        MediaError: the clip has no picture, or nothing decodes.
    """
    return _made(clip.path, clip.sha256, rate, most, height)


@lru_cache(maxsize=2)
def _made(path: Path, sha256: str, rate: float, most: int, height: int) -> tuple[bytes, float]:
    """Kept, since every dimension of a critique asks for the same one; ``sha256`` tells a file that was changed."""
    import av

    clip = probe(path)
    if clip.picture is None:
        raise MediaError(path, "has no picture to look at")
    count = int(np.clip(round(clip.picture.duration * rate), 1, most))
    shown = frames_at(clip, uniform(clip, count), height)
    rows, columns = (side - side % 2 for side in shown[0].rgb().shape[:2])
    held = Fraction(count / max(clip.picture.duration, 1e-3)).limit_denominator(1000)
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=held, options={"crf": "23", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
        for number, frame in enumerate(shown):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.rgb()[:rows, :columns]), format="rgb24")
            picture.pts, picture.time_base = number, 1 / held
            file.mux(stream.encode(picture))
        file.mux(stream.encode())
    return memory.getvalue(), float(held)
