"""Opens a file, refuses what cannot be judged with a reason, and returns the fact sheet."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from evalverse.errors import MediaError
from evalverse.settings import Settings
from evalverse.tools.media.clip import Clip, PictureStream, SoundStream
from evalverse.tools.media.colour import HDR_TRANSFERS, colour_words, orientation
from evalverse.tools.media.lost import Lost
from evalverse.tools.media.source import AVI, decoded, open_media, picture_streams, stamp

MAX_RATE = 1000
"""Frames per second beyond which a declared rate is not believed."""

PIXEL_ASPECTS = (Fraction(1, 4), Fraction(4))
"""Pixel aspects outside are not believed."""

MAX_TAGS, MAX_TAG_LENGTH = 64, 500


def probe(path: str | Path, settings: Settings | None = None) -> Clip:
    """The clip behind ``path``. Its first frame has been decoded (its first sound, when it has no picture).

    Raises:
        MediaError: names the file and the cause (missing, a directory, empty, not media, no frames, over a limit).
    """
    settings = settings or Settings.load()
    path = Path(path)
    size = _regular_file(path, settings)
    picture, sound, notes = None, None, list[str]()
    with open_media(path) as container:
        moving = [s for s in picture_streams(container) if s.codec_context is not None]
        audible = [s for s in container.streams.audio if s.codec_context is not None]
        if not moving and not audible:
            raise MediaError(path, _why_nothing(container))
        for kind, streams in (("picture", moving), ("sound", audible)):
            if len(streams) > 1:
                notes.append(f"has {len(streams)} {kind} streams; the first is judged")
        if moving:
            _within_pixels(path, moving[0], settings)
        name, tags = container.format.name, _tags(container.metadata)
        lead = _first(path, moving[0].index, settings) if moving else None
        if moving and lead is None:
            raise MediaError(path, "has a picture stream, but not one frame of it can be decoded")
        voice = _first(path, audible[0].index, settings) if audible else None
        if audible and voice is None:
            if lead is None:
                raise MediaError(path, "has a sound stream, but nothing of it can be decoded, and no picture")
            notes.append("nothing of the sound can be decoded")
        known = [(s[0], frame) for s, frame in ((moving, lead), (audible, voice)) if frame is not None]
        extents = _extents(path, [stream for stream, _ in known])
        starts = {stream.index: _begin(stream, frame, name) for stream, frame in known}
        origin = min(starts.values())
        for stream, frame in known:
            begin, extent = float(starts[stream.index] - origin), extents.get(stream.index)
            if frame is lead:
                picture = _picture(stream, frame, begin, extent, notes)
            else:
                sound = _sound(stream, frame, begin, extent)
    duration = max(s.start + s.duration for s in (picture, sound) if s)
    if duration > settings.max_seconds:
        raise MediaError(path, f"is {duration:.0f} s long, over the limit of {settings.max_seconds:.0f} s")
    return Clip(
        path=path.resolve(),
        sha256=file_hash(path),
        bytes=size,
        container=name,
        origin=origin,
        duration=duration,
        picture=picture,
        sound=sound,
        metadata=tags,
        notes=tuple(notes),
    )


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _regular_file(path: Path, settings: Settings) -> int:
    """Its size in bytes."""
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise MediaError(path, "no such file") from error
    except (OSError, ValueError) as error:
        raise MediaError(path, f"cannot be opened ({error})") from error
    if path.is_dir():
        raise MediaError(path, "is a directory, not a clip")
    if not path.is_file():
        raise MediaError(path, "is not a regular file")
    if size == 0:
        raise MediaError(path, "is empty (0 bytes)")
    if size > settings.max_bytes:
        raise MediaError(path, f"has {size} bytes, over the limit of {settings.max_bytes}")
    return size


def _why_nothing(container: Any) -> str:
    kinds = sorted({s.type for s in container.streams})
    if any(s.codec_context is None for s in (*container.streams.video, *container.streams.audio)):
        return "is coded in a way for which there is no decoder"
    return f"holds neither picture nor sound ({', '.join(kinds) or 'no streams'})"


def _within_pixels(path: Path, stream: Any, settings: Settings) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > settings.max_pixels:
        raise MediaError(path, f"is {width} x {height}, over the limit of {settings.max_pixels} pixels")


def _first(path: Path, index: int, settings: Settings) -> Any:
    """The first frame of a stream that decodes, or None."""
    with open_media(path) as container:
        stream: Any = container.streams[index]
        if stream.type == "video":
            stream.codec_context.options = {"max_pixels": str(settings.max_pixels)}
            stream.thread_type = "NONE"  # several frames in flight would only delay the first
        return next(decoded(container, stream, Lost()), None)


@dataclass
class _Extent:
    """What the packets of one stream say, in seconds of the container's clock."""

    first: Fraction | None = None
    end: Fraction | None = None
    packets: int = 0

    @property
    def seconds(self) -> Fraction | None:
        return None if self.first is None or self.end is None else self.end - self.first


def _begin(stream: Any, frame: Any, container: str) -> Fraction:
    """Time of the first frame on the container's clock; AVI knows that of the stream only."""
    if container == AVI:
        return Fraction(stream.start_time or 0) * Fraction(stream.time_base or 0)
    return stamp(frame) or Fraction(0)


def _extents(path: Path, streams: list[Any]) -> dict[int, _Extent]:
    """Extents by stream index, read off all packets without decoding; nothing when all durations are declared."""
    found: dict[int, _Extent] = {}
    if all(_seconds(stream) for stream in streams):
        return found
    indices = [stream.index for stream in streams]
    with open_media(path) as container:
        try:
            for packet in container.demux([container.streams[i] for i in indices]):
                if not packet.size:
                    continue
                extent = found.setdefault(packet.stream_index, _Extent())
                extent.packets += 1
                if packet.pts is None:
                    continue
                begin = packet.pts * Fraction(packet.time_base)
                end = begin + (packet.duration or 0) * Fraction(packet.time_base)
                extent.first = begin if extent.first is None else min(extent.first, begin)
                extent.end = end if extent.end is None else max(extent.end, end)
        except av.FFmpegError:  # cut short: what came before counts
            pass
    return found


def _seconds(stream: Any) -> Fraction | None:
    """The duration that the container declares for a stream."""
    seconds = Fraction(stream.duration or 0) * Fraction(stream.time_base or 0)
    return seconds if seconds > 0 else None


def _rate(stream: Any, extent: _Extent | None) -> Fraction:
    """Average frames per second: as declared unless the packets say otherwise by more than 2 %."""
    candidates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if extent is not None and extent.first is None:  # no time stamps at all: the coder's own rate is all there is
        candidates = [stream.guessed_rate, stream.average_rate]
    declared = next((Fraction(r) for r in candidates if r and 0 < r <= MAX_RATE), None)
    seconds = extent.seconds if extent else None
    if extent is None or not seconds or extent.packets < 2:
        return declared or Fraction(25)
    measured = extent.packets / seconds
    if declared and abs(measured / declared - 1) < 0.02:
        return declared
    return min(measured, Fraction(MAX_RATE)).limit_denominator(1001)


def _picture(stream: Any, frame: Any, start: float, extent: _Extent | None, notes: list[str]) -> PictureStream:
    context = stream.codec_context
    rate = _rate(stream, extent)
    count = stream.frames or (extent.packets if extent else None)
    seconds = _seconds(stream) or (extent.seconds if extent else None) or Fraction(count or 1) / rate
    rotation, mirrored = orientation(frame)
    aspect = _pixel_aspect(stream, notes)
    width, height = frame.width * max(aspect, 1), frame.height / min(aspect, Fraction(1))
    shown = (round(width), round(height)) if rotation in (0, 180) else (round(height), round(width))
    alpha = any(c.is_alpha for c in frame.format.components)
    hdr = HDR_TRANSFERS.get(int(context.color_trc))
    if hdr:
        notes.append(f"high dynamic range ({hdr.upper()}) shown as standard: BT.709, highlights compressed")
    if alpha:
        notes.append("the picture can carry transparency; it is shown over black")
    if stream.metadata.get("alpha_mode") == "1":
        notes.append("the transparency of this WebM is not decoded; its colours are shown as coded")
    if frame.interlaced_frame:
        notes.append("the picture is interlaced and is shown without deinterlacing")
    if rotation or mirrored:
        notes.append(f"turned {rotation} degrees clockwise{' and mirrored' if mirrored else ''}, as the file asks")
    return PictureStream(
        index=stream.index,
        codec=context.name,
        coded_width=frame.width,
        coded_height=frame.height,
        width=shown[0],
        height=shown[1],
        rotation=rotation,
        mirrored=mirrored,
        pixel_aspect=aspect,
        pixel_format=frame.format.name,
        bit_depth=max(c.bits for c in frame.format.components),
        alpha=alpha,
        colour=colour_words(int(context.colorspace), int(context.color_trc), int(context.color_range)),
        hdr=hdr,
        rate=rate,
        frames=count,
        start=start,
        duration=float(seconds),
    )


def _pixel_aspect(stream: Any, notes: list[str]) -> Fraction:
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    if aspect <= 0:
        return Fraction(1)
    if not PIXEL_ASPECTS[0] <= aspect <= PIXEL_ASPECTS[1]:
        notes.append(f"declares pixels {aspect} as wide as high, which is not believed")
        return Fraction(1)
    return aspect


def _sound(stream: Any, frame: Any, start: float, extent: _Extent | None) -> SoundStream:
    seconds = float(_seconds(stream) or (extent.seconds if extent else None) or Fraction(0))
    return SoundStream(
        index=stream.index,
        codec=stream.codec_context.name,
        rate=frame.sample_rate,
        channels=frame.layout.nb_channels,
        layout=frame.layout.name,
        start=start,
        duration=seconds if math.isfinite(seconds) else 0.0,
    )


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    """The container's tags, cut to a sane number and length."""
    return {k[:MAX_TAG_LENGTH]: str(v)[:MAX_TAG_LENGTH] for k, v in list(metadata.items())[:MAX_TAGS]}
