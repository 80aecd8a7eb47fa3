"""MediaPipe's small networks beside the face mesh, loaded when the first picture comes: heads, people, poses, hands.

Heads and people are told from one picture alone, so one network of each kind serves every operator of the process;
what :func:`heads` and :func:`people` find is a feature of the frame and is computed once. Poses and hands are followed
from picture to picture: whoever follows them owns the network and feeds it in order of time.
"""

from __future__ import annotations

import os
import warnings
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import MissingExtra
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.people._mesh import HINT
from evalverse.tools.people.bodies import Joints
from evalverse.tools.people.hands import Hand
from evalverse.tools.people.heads import Head

WHAT = "mediapipe 0.10.14 (heads, people, poses, hands)"
SIDE = 360
"""Pixels of the shorter side of the pictures that the networks see."""
_turn = Lock()
"""The shared networks take one picture at a time."""


def lacks() -> str | None:
    """Why people cannot be looked for on this machine, and the command that helps; None when they can."""
    found = find_spec("mediapipe")
    folders = found.submodule_search_locations if found else None
    there = any((Path(folder) / "python" / "solutions").is_dir() for folder in folders or ())
    return None if there else str(MissingExtra(WHAT, HINT))


def warm() -> None:
    """Imports mediapipe, which breaks when two threads import it at once: call it before there are several."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # its C++ side greets on stderr otherwise
    with suppress(ImportError):
        import_module("mediapipe.python.solutions")


def look_height(frame: Frame) -> int:
    """Height at which the shorter side is ``SIDE`` (never enlarged)."""
    return min(frame.height, max(SIDE, round(SIDE * frame.height / frame.width)))


def heads(frame: Frame) -> tuple[Head, ...]:
    """Faces by the full-range BlazeFace detector, profiles and small ones too; the surest first.

    Raises:
        MissingExtra: mediapipe is not installed, or is a release without the models.
    """

    def make() -> tuple[Head, ...]:
        picture = frame.rgb(look_height(frame))
        found = _process(_detector(), picture).detections or []
        aspect = picture.shape[1] / picture.shape[0]
        return tuple(sorted((_head(each, aspect) for each in found), key=lambda head: -head.score))

    made: tuple[Head, ...] = frame.view("heads", make)
    return made


def people(frame: Frame) -> NDArray[np.float32]:
    """(h, w) float32 in 0..1: where people are, by MediaPipe's selfie segmentation, at ``look_height``.

    It believes that somebody is there: ask only where a head or body was found.

    Raises:
        MissingExtra: as :func:`heads`.
    """

    def make() -> NDArray[np.float32]:
        return np.asarray(_process(_segmenter(), frame.rgb(look_height(frame))).segmentation_mask, np.float32)

    made: NDArray[np.float32] = frame.view("people", make)
    return made


class Pose:
    """Follows one body (BlazePose, full model: the lite and heavy ones would be fetched from the net)."""

    def __init__(self) -> None:
        self._net: Any = _load("pose", "Pose", model_complexity=1)

    def __call__(self, picture: RGB) -> Joints | None:
        """The joints (33, 4) of the most prominent body in an (H, W, 3) uint8 RGB picture, see ``bodies.Joints``."""
        found = _run(self._net, picture).pose_landmarks
        if found is None:
            return None
        aspect = picture.shape[1] / picture.shape[0]
        rows = [(mark.x * aspect, mark.y, mark.z * aspect, mark.visibility) for mark in found.landmark]
        return np.array(rows, np.float32)

    def close(self) -> None:
        self._net.close()


class Hands:
    """Follows up to ``count`` hands (MediaPipe Hands, lite landmarks)."""

    def __init__(self, count: int = 2) -> None:
        self._net: Any = _load("hands", "Hands", model_complexity=0, max_num_hands=count)

    def __call__(self, picture: RGB) -> tuple[Hand, ...]:
        """The hands in an (H, W, 3) uint8 RGB picture."""
        found = _run(self._net, picture)
        aspect = picture.shape[1] / picture.shape[0]
        return tuple(
            Hand(
                np.array([(mark.x * aspect, mark.y, mark.z * aspect) for mark in marks.landmark], np.float32),
                float(side.classification[0].score),
            )
            for marks, side in zip(found.multi_hand_landmarks or [], found.multi_handedness or [], strict=True)
        )

    def close(self) -> None:
        self._net.close()


@cache
def _detector() -> Any:
    return _load("face_detection", "FaceDetection", model_selection=1, min_detection_confidence=0.5)


@cache
def _segmenter() -> Any:
    return _load("selfie_segmentation", "SelfieSegmentation", model_selection=0)


def _load(module: str, name: str, **options: Any) -> Any:
    try:
        kind = getattr(import_module(f"mediapipe.python.solutions.{module}"), name)
    except ImportError as error:
        raise MissingExtra(WHAT, HINT) from error
    return kind(**options)


def _process(network: Any, picture: RGB) -> Any:
    with _turn:
        return _run(network, picture)


def _run(network: Any, picture: RGB) -> Any:
    with warnings.catch_warnings():  # protobuf announces an old interface of its own
        warnings.simplefilter("ignore")
        return network.process(np.ascontiguousarray(picture))


def _head(found: Any, aspect: float) -> Head:
    box = found.location_data.relative_bounding_box
    marks = [(mark.x * aspect, mark.y) for mark in found.location_data.relative_keypoints]
    return Head(
        (box.xmin * aspect, box.ymin, box.width * aspect, box.height),
        np.array(marks, np.float32),
        float(found.score[0]),
    )
