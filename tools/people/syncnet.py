"""SyncNet's own numbers, as the field reports them, for who has its checkpoint. Without it nothing is measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from evalverse.errors import MissingExtra, UsageError
from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.lipsync import syncnet
from evalverse.tools.media.decode import frames
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register
from evalverse.tools.people._lip_words import said
from evalverse.tools.people.faces import FaceTrack, face_tracks

VARIABLE = "EVALVERSE_SYNCNET"
HINT = f"no SyncNet checkpoint: set {VARIABLE} to the path of syncnet_v2.model (54.6 MB, Chung and Zisserman 2016)"
SHORTEST = 1.5
"""Seconds of one face below which 31 lags cannot be compared."""


class Settings(OperatorSettings):
    """Where the checkpoint lies, and how much is looked at."""

    checkpoint: str = Field(default_factory=lambda: os.environ.get(VARIABLE, ""))
    seconds: float = 10.0


@register
class SyncNet(Operator):
    """LSE-D, LSE-C and offset of the longest-lasting face."""

    name, version, title = "syncnet", "1", "SyncNet"
    needs = Needs(sound=True, after=("face_tracks",))
    Settings = Settings
    cost = 200.0
    measures = (
        Measure(
            name="lse_d",
            title="Lip-sync error, distance",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Least mean distance of SyncNet's lip and sound embeddings over lags of -15 to 15 frames.",
            source="Chung and Zisserman 2016; named LSE-D by Prajwal et al. 2020",
        ),
        Measure(
            name="lse_c",
            title="Lip-sync error, confidence",
            unit="",
            low=0,
            direction=Direction.HIGHER,
            definition="Median over the lags of SyncNet's mean distance, less the least one.",
            source="Chung and Zisserman 2016; named LSE-C by Prajwal et al. 2020",
        ),
        Measure(
            name="offset_ms",
            title="Voice against lips after SyncNet",
            unit="ms",
            direction=Direction.NEUTRAL,
            definition="Delay of the voice behind the lips at SyncNet's least distance, in steps of 40 ms.",
            source="Chung and Zisserman 2016",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._samples: Samples = np.zeros(0, np.float32)
        self._start = 0.0

    @classmethod
    def lacks(cls) -> str | None:
        return None if find_spec("torch") else str(MissingExtra("torch", 'pip install "evalverse-agent[neural]"'))

    def listen(self, sound: Sound) -> None:
        self._samples, self._start = sound.mono(16000), sound.start

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        tracks = [t for t in face_tracks(scene.evidence["face_tracks"], scene.ledger) if np.ptp(t.t) >= SHORTEST]
        if not self.settings.checkpoint:
            yield from self.could_not_at_all(HINT)
        elif not tracks:
            yield from self.could_not_at_all(f"no face stays for {number(SHORTEST)} s")
        else:
            try:
                net = syncnet.load(Path(self.settings.checkpoint))
            except UsageError as error:
                yield from self.could_not_at_all(str(error))
                return
            yield from self._measured(net, max(tracks, key=lambda track: float(np.ptp(track.t))))

    def _measured(self, net: Any, track: FaceTrack) -> Iterator[Evidence]:
        end = min(float(track.t[-1]), float(track.t[0]) + self.settings.seconds)
        times = np.arange(np.ceil(track.t[0] * syncnet.FPS), end * syncnet.FPS) / syncnet.FPS
        crops = self._crops(track, times)
        first = round((times[0] - self._start) * 16000)
        heard = self._samples[max(0, first) : first + round((end - times[0]) * 16000)]
        heard = np.pad(heard, (max(0, -first), 0))
        found = syncnet.measured(syncnet.embed_lips(net, crops), syncnet.embed_sound(net, syncnet.mfcc(heard)))
        late = -1000 * found.offset / syncnet.FPS
        about = {"seconds": round(end - float(times[0]), 2), "offset_frames": found.offset}
        yield self.found("lse_d", found.lse_d, words=f"LSE-D is {number(found.lse_d)}.", **about)
        yield self.found("lse_c", found.lse_c, words=f"LSE-C is {number(found.lse_c)}.", **about)
        yield self.found("offset_ms", late, words=f"After SyncNet: {said(late)}", **about)

    def _crops(self, track: FaceTrack, times: np.ndarray) -> np.ndarray:
        """(N, 224, 224, 3) the face in the frames that are on screen at ``times`` (N,)."""
        squares = syncnet.face_square(track.points)
        crops: list[np.ndarray] = []
        shown = None
        for frame in frames(self.clip, float(times[0]), float(times[-1]) + 0.1):
            while shown is not None and len(crops) < len(times) and frame.seconds > times[len(crops)] + 1e-6:
                at = [np.interp(times[len(crops)], track.t, column) for column in squares.T]
                crops.append(syncnet.cropped(shown.rgb(), np.array(at)))
            shown = frame
        while shown is not None and len(crops) < len(times):
            at = [np.interp(times[len(crops)], track.t, column) for column in squares.T]
            crops.append(syncnet.cropped(shown.rgb(), np.array(at)))
        return np.stack(crops)
