"""Talking heads at other frame rates, constant and not, encoded anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from evalverse.calibration.lipsync.dub import RATE, encode
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import decode_sound
from evalverse.tools.people.face_tracks import analysis_height

RATES: dict[str, Fraction | None] = {
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "60": Fraction(60),
    "variable": None,
}
"""Frames per second; None: the clip's own frames, a quarter of them dropped at random, with their own times."""
CLOCK = Fraction(1, 90000)


def at_rate(source: Path, rate: Fraction | None, target: Path) -> Path:
    """Writes ``source`` at another frame rate, 480 lines at most on the shorter side, as H.264 with AAC sound.

    Each new frame shows what is on screen at its time; the sound keeps its times.
    """
    clip = probe(source)
    assert clip.picture is not None
    height = analysis_height(clip.picture.width, clip.picture.height) // 2 * 2
    times = _times(clip, rate)
    with av.open(str(target), "w") as container:
        video = container.add_stream("libx264", rate=rate or Fraction(25))
        video.pix_fmt, video.options = "yuv420p", {"preset": "veryfast", "crf": "16"}
        video.codec_context.time_base = CLOCK
        audio: Any = container.add_stream("aac", rate=RATE, layout="mono")
        for time, picture in _shown(clip, times, height):
            if time == times[0]:
                video.height, video.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.time_base, frame.pts = CLOCK, round(time / CLOCK)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        sound = decode_sound(clip)
        assert sound is not None
        encode(np.pad(np.asarray(sound.mono(RATE)), (round(sound.start * RATE), 0)), audio, container)
    return target


def _times(clip: Clip, rate: Fraction | None) -> Sequence[Fraction]:
    """When the new frames are shown."""
    if rate is None:
        own = [frame.time for frame in frames(clip)]
        kept = np.random.default_rng(0).random(len(own)) > 0.25
        return [time for i, time in enumerate(own) if i == 0 or kept[i]]
    assert clip.picture is not None
    start = Fraction(clip.picture.start).limit_denominator(90000)
    return [start + n / rate for n in range(int(clip.picture.duration * rate))]


def _shown(clip: Clip, times: Sequence[Fraction], height: int) -> Iterator[tuple[Fraction, RGB]]:
    """Each time with the picture on screen then."""
    waiting = iter(times)
    time = next(waiting, None)
    before: Frame | None = None
    for frame in frames(clip):
        while time is not None and before is not None and time < frame.time:
            yield time, _even(before.rgb(height))
            time = next(waiting, None)
        before = frame
    while time is not None and before is not None:
        yield time, _even(before.rgb(height))
        time = next(waiting, None)


def _even(picture: RGB) -> RGB:
    return picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
