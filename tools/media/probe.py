"""Opens a file, refuses what cannot be judged with a reason, and returns the fact sheet."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av

from evalverse.errors import MediaError
from evalverse.settings import Settings
from evalverse.tools.media.clip import Clip, PictureStream, SoundStream


def probe(path: str | Path, settings: Settings | None = None) -> Clip:
    """The clip behind ``path``.

    Raises:
        MediaError: names the file and the cause (missing, a directory, empty, not media, no frames, over a limit).
    """
    settings = settings or Settings()
    path = Path(path)
    if not path.exists():
        raise MediaError(path, "no such file")
    if path.is_dir():
        raise MediaError(path, "is a directory, not a clip")
    size = path.stat().st_size
    if size == 0:
        raise MediaError(path, "is empty (0 bytes)")
    try:
        with av.open(str(path)) as container:
            picture = _picture(container)
            sound = _sound(container)
            duration = max(s.duration for s in (picture, sound) if s) if picture or sound else 0.0
            return Clip(
                path=path.resolve(),
                sha256=file_hash(path),
                bytes=size,
                container=container.format.name,
                duration=duration,
                picture=picture,
                sound=sound,
                metadata={k: str(v)[:500] for k, v in container.metadata.items()},
            )
    except av.FFmpegError as error:
        raise MediaError(path, f"cannot be read as media ({error.strerror})") from error


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _picture(container: av.container.InputContainer) -> PictureStream | None:
    if not container.streams.video:
        return None
    stream = container.streams.video[0]
    context = stream.codec_context
    return PictureStream(
        index=stream.index,
        codec=context.name,
        coded_width=context.width,
        coded_height=context.height,
        width=context.width,
        height=context.height,
        pixel_format=context.pix_fmt or "",
        bit_depth=8,
        alpha=False,
        rate=stream.average_rate or Fraction(25),
        frames=stream.frames or None,
        start=float((stream.start_time or 0) * (stream.time_base or 0)),
        duration=float((stream.duration or 0) * (stream.time_base or 0)),
    )


def _sound(container: av.container.InputContainer) -> SoundStream | None:
    if not container.streams.audio:
        return None
    stream = container.streams.audio[0]
    return SoundStream(
        index=stream.index,
        codec=stream.codec_context.name,
        rate=stream.rate,
        channels=stream.channels,
        layout=stream.layout.name,
        start=float((stream.start_time or 0) * (stream.time_base or 0)),
        duration=float((stream.duration or 0) * (stream.time_base or 0)),
    )
