"""Opens a file for libav with its teeth drawn, picks the streams, and decodes past damage.

A clip is hostile: only a local file is read, never what it points to, and a picture that grows beyond the limit in
mid-stream is refused by the decoder itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from evalverse.errors import MediaError
from evalverse.tools.media.lost import Lost

ERRORS_IN_A_ROW = 500
"""After so many refused packets with nothing decoded between them a stream is given up."""

POINTERS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"v=0")
"""How files begin that only point to other files or servers: playlists, manifests, session descriptions."""

TEXT_FORMATS = {"tty", "hls", "dash", "concat", "sdp", "image2"}
"""Readers that take a text, or a list of files, for a clip."""

RESTART = 1
"""Seconds; a time stamp that steps back further is the clock starting anew, as in files that were joined."""

LEAD = 1
"""Seconds before a wanted moment from which on every frame is decoded."""

AVI = "avi"
"""The one common container without presentation times."""


def open_media(path: Path) -> av.container.InputContainer:
    """The container at ``path``, for use in a ``with``.

    Raises:
        MediaError: not media, or something that only points to media.
    """
    try:
        with path.open("rb") as file:
            if file.read(16).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(POINTERS):
                raise MediaError(path, "is a list that points to other files, not a clip")
    except PermissionError as error:
        raise MediaError(path, "may not be read (permission denied)") from error
    except OSError as error:
        raise MediaError(path, f"cannot be opened ({error.strerror})") from error
    try:
        # a tag that is not UTF-8 must not hide the picture
        container = av.open(str(path.resolve()), metadata_errors="replace", options={"protocol_whitelist": "file"})
    except (av.FFmpegError, ValueError) as error:
        hint = ", or is cut short so that its index is missing" if path.suffix.lower() in (".mp4", ".mov") else ""
        raise MediaError(path, f"is not a clip that can be read{hint} ({_cause(error)})") from error
    if container.format.name in TEXT_FORMATS:
        container.close()
        raise MediaError(path, "is text or a list of files, not a clip")
    return container


def picture_streams(container: av.container.InputContainer) -> list[av.VideoStream]:
    """Streams of moving picture; cover art is none."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def limit(stream: av.VideoStream, max_pixels: int) -> None:
    """Makes the decoder refuse frames far beyond ``max_pixels``, whatever the container declared.

    Twice as much is let through: decoders count the padding of their rows.
    """
    stream.codec_context.options = {"max_pixels": str(2 * max_pixels)}


def stamp(frame: av.VideoFrame | av.AudioFrame) -> Fraction | None:
    """Presentation time on the container's clock, in seconds; None when the file does not say."""
    return None if frame.pts is None or frame.time_base is None else frame.pts * Fraction(frame.time_base)


def layout_name(frame: av.AudioFrame) -> str:
    """The channel layout; one or two channels without a declared layout are mono and stereo."""
    name = frame.layout.name
    return {"1 channels": "mono", "2 channels": "stereo"}.get(name, name)


def decoded(
    container: av.container.InputContainer, stream: Any, lost: Lost, towards: Fraction | None = None
) -> Iterator[Any]:
    """Frames of ``stream`` from where the container stands, in order of presentation, passing over damage.

    Args:
        towards: time on the container's clock, in seconds; of the frames that are off the screen long before it only
            those are decoded that others refer to, which takes half the time.
    """
    in_a_row = 0
    for packet in _packets(container, stream, lost):
        if towards is not None:
            stream.codec_context.skip_frame = "NONREF" if _over(packet, towards) else "DEFAULT"
        try:
            found = packet.decode()
        except av.FFmpegError:
            lost.errors += 1
            in_a_row += 1
            if in_a_row > ERRORS_IN_A_ROW:
                lost.gave_up = True
                return
            continue
        for frame in found:
            in_a_row = 0
            lost.decoded += 1
            lost.damaged += bool(frame.is_corrupt)
            yield frame


def _over(packet: Any, time: Fraction) -> bool:
    """Whether the picture in a packet is off the screen well before ``time``."""
    if packet.pts is None or packet.duration is None or packet.time_base is None:
        return False
    return bool((packet.pts + packet.duration) * packet.time_base + LEAD < time)


def _packets(container: av.container.InputContainer, stream: Any, lost: Lost) -> Iterator[Any]:
    """Packets of ``stream``, then the empty one that flushes the decoder. Reads on after an error, unless at once."""
    advancing = True
    while advancing:
        advancing = False
        try:
            for packet in container.demux(stream):
                advancing = True
                yield packet
            return
        except av.FFmpegError:
            lost.errors += 1
    flush = av.Packet()
    flush.stream, flush.time_base = stream, stream.time_base
    yield flush


def _cause(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
