"""Faults of people: rigid, jumping and sliding faces, stretched limbs, other hair and costume, cut-out edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import (
    Field,
    Now,
    as_rgb,
    longest_shot,
    mixed,
    repaint,
    restage,
    soft,
    turn,
    warped,
)
from evalverse.calibration.faults._people import (
    STEADY,
    Face,
    Points,
    arm_over,
    face_over,
    hull,
    need_person,
    outline,
    pulled,
)
from evalverse.calibration.faults.fault import Amount, Job, Medium, Needs, Unfit, fault
from evalverse.calibration.faults.take import RGB, Take

IDENTITY = "acting/consistency/face-identity"
ATTRIBUTE = "acting/consistency/attribute"


@fault(
    name="facial-freeze",
    words="The face goes rigid like a mask while the head goes on moving.",
    medium=Medium.PICTURE,
    amount=Amount("ms of rigid face", most=4000, faint=350, medium=1000, strong=2600),
    checks=("acting/expression/facial-tension/face-is-alive", "acting/expression/continuity/natural-onset-and-decay"),
    measures=("lip_sync.still_mouth_speech",),
    needs={Needs.FACE},
)
def facial_freeze(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    face = face_over(take, job)
    held = min(job.frames, max(1, round(job.amount / 1000 * take.rate)))
    begin = int(job.rng().integers(job.frames - held + 1))

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        mask_face: RGB | None = None
        for k, rgb in enumerate(run):
            if k == begin:
                mask_face = rgb
            if mask_face is None or not begin < k < begin + held:
                yield rgb
                continue
            matrix = _carry(face.points[begin], face.points[k])
            shape = (take.width, take.height)
            rigid = cv2.warpAffine(mask_face, matrix, shape, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
            oval = cv2.warpAffine(hull(rgb.shape[:2], face.points[begin], 0.92, face.eyes / 12), matrix, shape)
            yield mixed(rgb, np.asarray(rigid, np.uint8), np.asarray(oval, np.float32))

    return restage(take, job, act).told(rigid_from=float((job.first + begin) / take.rate))


def _carry(before: Points, after: Points) -> NDArray[np.float64]:
    """The shift, turn and scale (2, 3) that carry the steady points of a face to where they are later."""
    matrix, _ = cv2.estimateAffinePartial2D(before[list(STEADY)], after[list(STEADY)], method=cv2.LMEDS)
    return np.eye(2, 3) if matrix is None else np.asarray(matrix, np.float64)


def _reshaped(
    take: Take, job: Job, face: Face, pulls: dict[int, tuple[float, float]], size: NDArray[np.floating]
) -> Take:
    """Points of the face mesh carried by ``pulls`` (x towards the face's left, y down; in eye distances) x ``size``."""
    marks = list(pulls)
    unit = np.array(list(pulls.values()), np.float32) * face.eyes

    def paint(rgb: RGB, now: Now) -> RGB:
        k = now.index - job.first
        if size[k] == 0:
            return rgb
        axis = face.points[k, 263] - face.points[k, 33]
        axis = axis / max(float(np.linalg.norm(axis)), 1e-3)
        turned = unit[:, :1] * axis + unit[:, 1:] * np.array([-axis[1], axis[0]])
        shape = (take.height, take.width)
        return warped(rgb, *pulled(shape, face.points[k, marks], turned * float(size[k]), 0.28 * face.eyes))

    return repaint(take, job, paint)


SMILE = {
    61: (-0.6, -0.8),
    291: (0.6, -0.8),
    105: (0.0, -0.7),
    334: (0.0, -0.7),
    17: (0.0, 0.4),
    159: (0, -0.15),
    386: (0, -0.15),
}
"""Corners of the mouth out and up, brows and lids up, lower lip down."""

STRANGER = {
    234: (-0.8, 0.1), 454: (0.8, 0.1), 152: (0.0, -0.9), 172: (-0.7, -0.3), 397: (0.7, -0.3), 4: (0.0, 0.5),
    33: (0.35, 0.1), 263: (-0.35, 0.1), 10: (0.0, -0.5), 61: (-0.25, -0.1), 291: (0.25, -0.1),
}  # fmt: skip
"""A broader, shorter face with narrower eyes, a longer nose and a wider mouth."""


@fault(
    name="expression-jump",
    words="The expression snaps to another from one frame to the next.",
    medium=Medium.PICTURE,
    amount=Amount("% of the distance of the eyes that features jump", most=45, faint=5, medium=13, strong=30),
    checks=("acting/expression/continuity/no-facial-pop", "acting/expression/continuity/natural-onset-and-decay"),
    needs={Needs.FACE},
)
def expression_jump(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    face, begin = face_over(take, job), job.rng().uniform(0.25, 0.5)
    on = np.arange(job.frames) >= begin * job.frames
    off = np.arange(job.frames) >= (begin + 0.3) * job.frames
    jumped = _reshaped(take, job, face, SMILE, job.amount / 100 * (on & ~off))
    return jumped.told(jumps_at=float((job.first + int(np.argmax(on))) / take.rate))


@fault(
    name="face-drift",
    words="The face slides into that of somebody else as the shot goes on.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the distance of the eyes that proportions shift by the end", most=45, faint=5, medium=13, strong=30
    ),
    checks=(
        f"{IDENTITY}/no-morph-in-motion",
        f"{IDENTITY}/same-face-at-every-angle",
        "rightness/consistency/subject-consistency/subject-is-one",
    ),
    needs={Needs.FACE},
)
def face_drift(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    share = (np.arange(job.frames) + 1) / job.frames
    return _reshaped(take, job, face_over(take, job), STRANGER, job.amount / 100 * share)


@fault(
    name="stretched-neck",
    words="The neck grows long and short again as if the body were of rubber.",
    medium=Medium.PICTURE,
    amount=Amount("% of the face's height that the head is lifted", most=60, faint=6, medium=16, strong=38),
    checks=(
        "acting/action/action-tension/sound-anatomy",
        "aesthetics/visual-quality/rendering-quality/nothing-malformed",
    ),
    needs={Needs.FACE},
)
def stretched_neck(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    face = face_over(take, job)
    left, top, right, bottom = face.box
    lift = job.amount / 100 * (bottom - top) * np.sin(np.pi * (np.arange(job.frames) + 0.5) / job.frames)
    x, y = np.meshgrid(np.arange(take.width, dtype=np.float32), np.arange(take.height, dtype=np.float32))

    def paint(rgb: RGB, now: Now) -> RGB:
        k = now.index - job.first
        middle = face.points[k].mean(axis=0)
        wide = np.exp(-(((x - middle[0]) / (0.95 * (right - left))) ** 4))
        chin = face.points[k, 152, 1]
        high = np.clip((chin + 0.75 * (bottom - top) - y) / (0.75 * (bottom - top)), 0, 1)
        return warped(rgb, np.zeros_like(x), (lift[k] * wide * high * high * (3 - 2 * high)).astype(np.float32))

    return repaint(take, job, paint)


@fault(
    name="limb-stretch",
    words="An arm grows longer than an arm can be.",
    medium=Medium.PICTURE,
    amount=Amount("% of the forearm's length added", most=120, faint=12, medium=35, strong=80),
    checks=(
        "acting/action/action-tension/sound-anatomy",
        "aesthetics/visual-quality/rendering-quality/nothing-malformed",
    ),
    needs={Needs.PERSON},
)
def limb_stretch(take: Take, job: Job) -> Take:
    job = longest_shot(take, job)
    arm = arm_over(take, job)
    grown = job.amount / 100 * np.sin(np.pi * (np.arange(job.frames) + 0.5) / job.frames)

    def paint(rgb: RGB, now: Now) -> RGB:
        k = now.index - job.first
        elbow, wrist = arm[k, 1], arm[k, 2]
        hand = wrist + 0.35 * (wrist - elbow)
        pull = (wrist - elbow) * grown[k]
        points, pulls = np.stack([elbow, (elbow + wrist) / 2, wrist, hand]), np.stack([0 * pull, pull / 2, pull, pull])
        reach = max(4.0, 0.35 * float(np.linalg.norm(wrist - elbow)))
        return warped(rgb, *pulled((take.height, take.width), points, pulls, reach))

    return repaint(take, job, paint)


def _recoloured(take: Take, job: Job, region: str, lab: NDArray[np.floating]) -> Take:
    """From the turn of the span on, the ``region`` (costume or hair) of the person shifted by ``lab`` in CIELAB."""
    begin = turn(take, job)
    later = replace(job, first=begin)
    face = face_over(take, later)

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        for k, rgb in enumerate(run):
            yield mixed(rgb, _shifted(rgb, lab), _region(rgb, face, k, region))

    share = float(_region(take.still(begin), face, 0, region).mean())
    if share < 0.01:
        raise Unfit(f"needs {region} in view: it fills {share:.1%} of the picture")
    return restage(take, later, act).told(changes_at=float(begin / take.rate), share_of_picture=round(share, 3))


def _shifted(rgb: RGB, lab: NDArray[np.floating]) -> RGB:
    values = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) + lab.astype(np.float32)
    return as_rgb(255 * np.asarray(cv2.cvtColor(values, cv2.COLOR_LAB2RGB)))


def _region(rgb: RGB, face: Face, k: int, region: str) -> Field:
    """Costume: the person below the chin that has not the colour of the skin. Hair: what frames the face, likewise."""
    points = face.points[k]
    x, y = np.meshgrid(np.arange(rgb.shape[1], dtype=np.float32), np.arange(rgb.shape[0], dtype=np.float32))
    chroma = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    skin = np.median(chroma[hull(rgb.shape[:2], points, 0.6) > 0.5], axis=0)
    unlike = np.hypot(chroma[..., 1] - skin[1], chroma[..., 2] - skin[2])
    tall = float(np.ptp(points[:, 1]))
    if region == "costume":
        inside = np.clip((y - points[152, 1]) / (0.2 * tall) - 0.5, 0, 1) * np.clip(unlike / 8 - 0.7, 0, 1)
    else:
        darker = np.clip((skin[0] - chroma[..., 0]) / 30 - 1.3, 0, 1)
        centre = points.mean(axis=0)
        near = np.hypot((x - centre[0]) / (1.0 * tall), (y - (centre[1] - 0.2 * tall)) / (1.05 * tall)) < 1
        inside = (
            near
            * np.clip((points[152, 1] - y) / (0.1 * tall), 0, 1)
            * np.maximum(darker, np.clip(unlike / 8 - 1.5, 0, 1))
        )
        inside = inside * (1 - hull(rgb.shape[:2], points, 1.03, face.eyes / 20))
    return np.asarray(
        cv2.GaussianBlur((inside * outline(rgb)).astype(np.float32), (0, 0), max(0.6, rgb.shape[0] / 400)), np.float32
    )


@fault(
    name="costume-colour-change",
    words="The costume has another colour from one moment, or one cut, to the next.",
    medium=Medium.PICTURE,
    amount=Amount("CIELAB units (delta E*ab)", most=90, faint=9, medium=25, strong=60),
    checks=(
        f"{ATTRIBUTE}/garment-holds",
        f"{ATTRIBUTE}/changes-have-a-cause",
        "multi-shot/logic/scene-consistency/dress-and-make-up-hold",
        "rightness/consistency/subject-consistency/subject-parts-hold",
    ),
    needs={Needs.FACE, Needs.PERSON},
)
def costume_colour_change(take: Take, job: Job) -> Take:
    angle = job.rng().uniform(0, 2 * np.pi)
    return _recoloured(take, job, "costume", job.amount * np.array([0.25, 0.97 * np.cos(angle), 0.97 * np.sin(angle)]))


@fault(
    name="hair-change",
    words="The hair has another colour from one moment, or one cut, to the next.",
    medium=Medium.PICTURE,
    amount=Amount("CIELAB units (delta E*ab), lighter and redder", most=70, faint=9, medium=22, strong=50),
    checks=(
        f"{ATTRIBUTE}/hair-holds",
        "multi-shot/logic/scene-consistency/dress-and-make-up-hold",
        "rightness/consistency/subject-consistency/subject-parts-hold",
    ),
    needs={Needs.FACE, Needs.PERSON},
)
def hair_change(take: Take, job: Job) -> Take:
    return _recoloured(take, job, "hair", job.amount * np.array([0.55, 0.55, 0.63]))


@fault(
    name="cut-out-edges",
    words="The background is blurred by computer with a careless outline: a halo and shaved hair around the person.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height (sigma of the background's blur)", most=5, faint=0.4, medium=1.1, strong=3
    ),
    checks=(
        "cinematography/lens/depth-of-field/clean-blur-edges",
        "cinematography/lens/depth-of-field/falloff-with-distance",
    ),
    needs={Needs.PERSON},
)
def cut_out_edges(take: Take, job: Job) -> Take:
    need_person(take, job)
    stray = max(1, round(take.height / 60))

    def act(run: Iterator[RGB]) -> Iterator[RGB]:
        for rgb in run:
            rough = (cv2.GaussianBlur(outline(rgb), (0, 0), stray / 2) > 0.35).astype(np.float32)
            mask = np.asarray(cv2.GaussianBlur(rough, (0, 0), 0.8), np.float32)
            yield mixed(soft(rgb, job.amount / 100 * take.height), rgb, mask)

    return restage(take, job, act)
