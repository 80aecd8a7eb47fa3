"""An actor of landmarks: a face that does as told, its head, a body that walks, and the evidence of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Operator, Scene, Shot
from evalverse.tools.people import bodies
from evalverse.tools.people.bodies import ANKLES, ELBOWS, HEELS, HIPS, KNEES, SHOULDERS, TOES, WRISTS
from evalverse.tools.people.body_tracks import BodyTracks
from evalverse.tools.people.face_tracks import FaceTracks
from evalverse.tools.people.faces import BROWS, IRISES, PLACE, FaceTrack, Points, packed
from evalverse.tools.people.head_tracks import HeadTracks
from evalverse.tools.people.head_tracks import packed as packed_looks
from evalverse.tools.people.heads import FACE_BY_BOX, Head, Looks
from evalverse.tools.picture.camera_motion import CameraMotion
from tests.synth import flat, write_clip
from tests.tools.people._faces import face, seen_from

RATE = 25
ASPECT = 16 / 9
UPPER_LIDS, LOWER_LIDS = (159, 158, 160, 386, 385, 387), (145, 153, 144, 374, 380, 373)
LIDS_X = dict(zip(UPPER_LIDS, (-0.35, -0.29, -0.41, 0.35, 0.29, 0.41), strict=True))
LIDS_X |= dict(zip(LOWER_LIDS, (-0.35, -0.29, -0.41, 0.35, 0.29, 0.41), strict=True))


def acting(
    mouth: float = 0.1,
    lids: float = 0.1,
    brow: float = 0.0,
    gaze: tuple[float, float] = (0.0, 0.0),
    crossed: float = 0.0,
) -> Points:
    """(P, 3) a straight face, in distances of its outer eye corners: lips and lids apart, brows raised, eyes turned.

    ``crossed`` brings the irises closer to each other, on both sides.
    """
    points = face(mouth)
    for marks, sign in ((UPPER_LIDS, -0.5), (LOWER_LIDS, 0.5)):
        for mark in marks:
            points[PLACE[mark]] = (LIDS_X[mark], sign * lids, 0.05)
    for i, mark in enumerate(BROWS):
        side = -1 if i < len(BROWS) // 2 else 1
        points[PLACE[mark]] = (side * (0.2 + 0.03 * (i % 10)), -0.2 - brow, 0.0)
    for i, mark in enumerate(IRISES):
        side = -1 if i < len(IRISES) // 2 else 1
        points[PLACE[mark]] = (side * (0.3465 - 0.0077 - crossed) + gaze[0], gaze[1], 0.05)
    for mark, x, y in ((2, 0.0, 0.5), (98, -0.13, 0.48), (327, 0.13, 0.48), (50, -0.45, 0.4), (280, 0.45, 0.4)):
        points[PLACE[mark]] = (x, y, 0.0)
    for mark, x, y in ((205, -0.35, 0.5), (425, 0.35, 0.5), (10, 0.0, -0.633), (55, -0.2, -0.2), (285, 0.2, -0.2)):
        points[PLACE[mark]] = (x, y - (brow if mark in (55, 285) else 0.0), 0.0)
    return points


def track(
    faces: Sequence[Points] | Points, seed: int | None = 0, rate: float = RATE, shot: int = 0, **view: float
) -> FaceTrack:
    """Faces in a row as they are seen, with the mesh's usual noise unless ``seed`` is None."""
    points = seen_from(np.stack(list(faces)), **{"size": 0.3, **view})  # type: ignore[arg-type]
    if seed is not None:
        points = points + np.random.default_rng(seed).normal(0, 0.0006, points.shape).astype(np.float32)
    return FaceTrack(shot, np.arange(len(points)) / rate, points)


def talking(seconds: float, seed: int = 1, rate: float = RATE) -> list[Points]:
    """A face that speaks, blinks every three seconds and moves brows and eyes a little."""
    rng = np.random.default_rng(seed)
    count = round(seconds * rate)
    t = np.arange(count) / rate
    wave = sum(
        a * np.sin(2 * np.pi * f * t + p)
        for f, a, p in zip(rng.uniform(0.7, 4, 6), rng.uniform(0.3, 1, 6), rng.uniform(0, 6, 6), strict=True)
    )
    brow = 0.02 * np.sin(2 * np.pi * 0.31 * t + rng.uniform(0, 6)) + 0.01 * np.sin(2 * np.pi * 0.83 * t)
    look = 0.02 * np.sign(np.sin(2 * np.pi * 0.4 * t + rng.uniform(0, 6)))
    shut = (t % 3.0) < 0.16
    return [acting(0.1 + 0.03 * (wave[i] + 2), 0.01 if shut[i] else 0.1, brow[i], (look[i], 0.0)) for i in range(count)]


def heads_of(faces: Sequence[FaceTrack], score: float = 0.9, every: float = 0.25) -> Looks:
    """What the head detector sees of face tracks."""
    found: dict[float, list[Head]] = {}
    for each in faces:
        for t in np.arange(each.t[0], each.t[-1] + 1e-6, every):
            at = int(np.abs(each.t - t).argmin())
            size = float(each.heights[at]) / FACE_BY_BOX
            middle = each.centres[at]
            found.setdefault(float(round(t, 4)), []).append(head(float(middle[0]), float(middle[1]), size, score))
    return [(t, tuple(found[t])) for t in sorted(found)]


def head(x: float, y: float, size: float, score: float = 0.9, turned: float = 0.0) -> Head:
    """A head with its middle at ``x``, ``y`` and a box ``size`` high, nose ``turned`` between the ears (-0.5..0.5)."""
    marks = np.array([(-0.2, -0.12), (0.2, -0.12), (turned, 0.1), (0, 0.28), (-0.5, 0), (0.5, 0)], np.float32)
    return Head((x - size / 2, y - size / 2, size, size), marks * size + np.array([x, y], np.float32), score)


def body(
    t: NDArray[np.float64], x: NDArray[np.float64], stature: float = 0.8, gait: bool = True
) -> NDArray[np.float32]:
    """(N, 33, 4) a person ``stature`` picture heights tall, hips at ``x`` (N,), who walks or else glides."""
    joints = np.zeros((len(t), 33, 4), np.float32)
    joints[..., 3] = 1
    y = {
        0: 0.07,
        SHOULDERS: 0.18,
        ELBOWS: 0.36,
        WRISTS: 0.5,
        HIPS: 0.47,
        KNEES: 0.71,
        ANKLES: 0.95,
        HEELS: 0.97,
        TOES: 0.98,
    }
    width = {SHOULDERS: 0.1, ELBOWS: 0.12, WRISTS: 0.12, HIPS: 0.06, KNEES: 0.05, ANKLES: 0.05, HEELS: 0.05, TOES: 0.05}
    top = 0.1
    joints[:, 0, 0], joints[:, 0, 1] = x, top + y[0] * stature
    for pair, half in width.items():
        for joint, side in zip(pair, (1, -1), strict=True):
            joints[:, joint, 0] = x + side * half * stature
            joints[:, joint, 1] = top + y[pair] * stature
    if gait:  # each foot stands for half of the cycle and swings in the other half
        step = 0.4 * stature
        for side in (0, 1):
            phase = (x / step + 0.5 * side) % 1
            start = x - phase * step
            foot = np.where(phase < 0.5, start + 0.25 * step, start + 0.25 * step + 2 * (phase - 0.5) * step)
            for pair, ahead in ((ANKLES, 0.0), (HEELS, -0.03), (TOES, 0.1)):
                joints[:, pair[side], 0] = foot + ahead * stature
            joints[:, KNEES[side], 0] = (foot + x) / 2 + 0.02 * stature
    return joints


def stage(
    folder: Path,
    seconds: float,
    faces: Sequence[FaceTrack] = (),
    looks: Looks | None = None,
    walker: tuple[NDArray[np.float64], NDArray[np.float32]] | None = None,
    shots: Sequence[Shot] = (),
    still: bool = True,
) -> Scene:
    """A scene over a plain clip, with the evidence that the finders of people would have left."""
    path = folder / "plain.mp4"
    if not path.exists():
        write_clip(path, flat(round(seconds * 5), (90, 100, 110), 144, 256), rate=5)
    clip, ledger = probe(path), Ledger(folder / "ledger")
    looks = heads_of(faces) if looks is None else looks
    scene = Scene(clip, ledger, tuple(shots) or (Shot(0, Span(start=0.0, end=max(seconds, 0.1))),))
    times = np.array([t for t, _ in looks])
    count = np.array([float(len(found)) for _, found in looks])
    t = np.unique(np.concatenate([np.zeros(0), *(each.t for each in faces)]))
    scene.evidence["face_tracks"] = [_kept(FaceTracks(clip, ledger), "count", packed(faces, t, np.ones(len(t))))]
    scene.evidence["head_tracks"] = [_kept(HeadTracks(clip, ledger), "count", packed_looks(looks, count))]
    assert len(times) == len(count)
    if walker is not None:
        made = bodies.packed(walker[0], walker[1], np.ones(len(walker[0]), bool))
        scene.evidence["body_tracks"] = [_kept(BodyTracks(clip, ledger), "share", made)]
    else:
        scene.evidence["body_tracks"] = []
    camera = CameraMotion(clip, ledger)
    scene.evidence["camera_motion"] = [camera.found("static_share", 100.0 if still else 0.0)]
    return scene


def _kept(subject: Operator, measure: str, content: bytes) -> Evidence:
    blob = subject.ledger.put(content, "application/x-npz")
    return subject.found(measure, 1.0, curve=blob)


def read(subject: type[Operator], scene: Scene) -> dict[str, Evidence]:
    """The clip's readings of an operator that looks at tracks only, by measure."""
    found = list(subject(scene.clip, scene.ledger).finish(scene))
    return {e.measure.split(".")[1]: e for e in found if e.scope == "clip"}
