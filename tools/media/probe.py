"""Opens a file, refuses what cannot be judged with a reason, and returns the fact sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from evalverse.errors import MediaError
from evalverse.settings import Settings
from evalverse.tools.media.clip import Clip, PictureStream, SoundStream
from evalverse.tools.media.colour import HDR_TRANSFERS, colour_words, known_matrix, orientation, transparent
from evalverse.tools.media.extent import Extent, average_rate, extents, missing_seconds
from evalverse.tools.media.lost import Lost
from evalverse.tools.media.source import AVI, decoded, layout_name, limit, open_media, picture_streams, stamp

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
    notes: list[str] = []
    with open_media(path) as container:
        streams = _chosen(path, container, notes)
        name, tags = container.format.name, _tags(container.metadata)
        firsts = _first_frames(path, streams, settings, notes)
        held = extents(container, list(firsts))
        begins = {i: _begin(container.streams[i], firsts[i], name) for i in firsts}
        origin = min(begins.values())
        picture, sound = None, None
        for i, frame in firsts.items():
            stream: Any = container.streams[i]
            if held[i].end is None:  # raw streams have no clock
                held[i].end = begins[i] + held[i].packets / average_rate(stream, held[i])
            elif name == AVI:
                held[i].end = begins[i] + held[i].seconds
            if stream.type == "video":
                picture = _picture(stream, frame, held[i], begins[i], origin, notes)
            else:
                sound = _sound(stream, frame, held[i], begins[i], origin)
        missing = missing_seconds(container, {i: (begins[i], held[i].end or begins[i]) for i in firsts})
    if missing:
        notes.append(f"is cut short: {missing:.2f} s of its declared duration are not in the file")
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
        missing=missing,
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


def _chosen(path: Path, container: Any, notes: list[str]) -> list[Any]:
    """The first picture stream and the first sound stream, those of them that exist."""
    chosen = []
    for kind, streams in (("picture", picture_streams(container)), ("sound", container.streams.audio)):
        usable = [s for s in streams if s.codec_context is not None]
        if len(usable) > 1:
            notes.append(f"has {len(usable)} {kind} streams; the first is judged")
        if streams and not usable:
            notes.append(f"the {kind} is coded in a way for which there is no decoder")
        chosen += usable[:1]
    if not chosen:
        held = ", ".join(sorted({s.type for s in container.streams})) or "nothing at all; perhaps it was cut short"
        raise MediaError(path, notes[0] if notes else f"holds neither picture nor sound (but {held})")
    return chosen


def _first_frames(path: Path, streams: list[Any], settings: Settings, notes: list[str]) -> dict[int, Any]:
    """The first frame of each stream, by stream index; without a sound of which nothing decodes."""
    found = {}
    for stream in streams:
        if stream.type == "video":
            width, height = stream.codec_context.width, stream.codec_context.height
            if width * height > settings.max_pixels:
                raise MediaError(path, f"is {width} x {height}, over the limit of {settings.max_pixels} pixels")
        frame = _first_frame(path, stream.index, settings)
        if frame is not None:
            found[stream.index] = frame
        elif stream.type == "video":
            raise MediaError(path, "has a picture stream, but not one frame of it can be decoded")
        else:
            notes.append("nothing of the sound can be decoded")
    if not found:
        raise MediaError(path, "has no picture, and nothing of its sound can be decoded")
    return found


def _first_frame(path: Path, index: int, settings: Settings) -> Any:
    with open_media(path) as container:
        stream: Any = container.streams[index]
        if stream.type == "video":
            limit(stream, settings.max_pixels)
            stream.thread_type = "NONE"  # several frames in flight would only delay the first
        return next(decoded(container, stream, Lost()), None)


def _begin(stream: Any, frame: Any, container: str) -> Fraction:
    """Time of the first frame on the container's clock; AVI knows that of the stream only."""
    if container == AVI:
        return Fraction(stream.start_time or 0) * Fraction(stream.time_base or 0)
    return stamp(frame) or Fraction(0)


def _picture(
    stream: Any, frame: Any, held: Extent, begin: Fraction, origin: Fraction, notes: list[str]
) -> PictureStream:
    context = stream.codec_context
    rotation, mirrored = orientation(frame)
    aspect = _pixel_aspect(stream, notes)
    shown = round(frame.width * max(aspect, 1)), round(frame.height / min(aspect, 1))
    width, height = shown if rotation in (0, 180) else shown[::-1]
    alpha = any(c.is_alpha for c in frame.format.components)
    hdr = HDR_TRANSFERS.get(int(context.color_trc))
    notes += _picture_notes(stream, frame, rotation, mirrored, hdr, alpha)
    return PictureStream(
        index=stream.index,
        codec=context.name,
        coded_width=frame.width,
        coded_height=frame.height,
        width=width,
        height=height,
        rotation=rotation,
        mirrored=mirrored,
        pixel_aspect=aspect,
        pixel_format=frame.format.name,
        bit_depth=max(c.bits for c in frame.format.components),
        alpha=alpha,
        colour=colour_words(int(context.colorspace), int(context.color_trc), int(context.color_range)),
        hdr=hdr,
        rate=average_rate(stream, held),
        frames=held.packets,
        start=float(begin - origin),
        duration=float((held.end or begin) - begin),
    )


def _pixel_aspect(stream: Any, notes: list[str]) -> Fraction:
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    if aspect <= 0:
        return Fraction(1)
    if not PIXEL_ASPECTS[0] <= aspect <= PIXEL_ASPECTS[1]:
        notes.append(f"declares pixels {float(aspect):g} times as wide as high, which is not believed")
        return Fraction(1)
    return aspect


def _picture_notes(
    stream: Any, frame: Any, rotation: int, mirrored: bool, hdr: str | None, alpha: bool
) -> Iterator[str]:
    if rotation or mirrored:
        steps = [f"turned {rotation} degrees clockwise"] * bool(rotation) + ["mirrored"] * mirrored
        yield f"{' and '.join(steps)}, as the file asks"
    if hdr:
        yield f"high dynamic range ({hdr.upper()}) shown as standard: BT.709, highlights compressed"
    if not known_matrix(frame):
        yield "its colour matrix is not supported: colours are shown as if BT.709 or BT.601"
    if alpha and transparent(frame):
        yield "has transparency, which is shown over black"
    if stream.metadata.get("alpha_mode") == "1":
        yield "has transparency that is not decoded: colours are shown as coded"
    if frame.interlaced_frame:
        yield "is interlaced, and shown without deinterlacing"


def _sound(stream: Any, frame: Any, held: Extent, begin: Fraction, origin: Fraction) -> SoundStream:
    return SoundStream(
        index=stream.index,
        codec=stream.codec_context.name,
        rate=frame.sample_rate,
        channels=frame.layout.nb_channels,
        layout=layout_name(frame),
        start=float(begin - origin),
        duration=float((held.end or begin) - begin),
    )


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    """The container's tags, cut to a sane number and length."""
    return {k[:MAX_TAG_LENGTH]: str(v)[:MAX_TAG_LENGTH] for k, v in list(metadata.items())[:MAX_TAGS]}
