"""The LAION aesthetic predictor: how people liked pictures like these, by a linear head on CLIP's vectors.

It was learned on ratings of photographs, drawings and generated stills. It knows what pleases at a glance; it knows
nothing of what a scene needs.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import UsageError
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.likeness._batch import Batches
from evalverse.tools.likeness._open_clip import BATCH, Encoder, clip_source, load
from evalverse.tools.likeness._series import Vectors, rows
from evalverse.tools.likeness._weights import WeightsSettings, readable, stamp
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import picture_at

HEIGHT = 270
RATE = 1
HEAD = "EVALVERSE_AESTHETIC"
TOWER = clip_source("CLIP ViT-L/14", "EVALVERSE_AESTHETIC_CLIP", "ViT-L-14:openai")
WHERE = "sac+logos+ava1-l14-linearMSE.pth of github.com/christophschuhmann/improved-aesthetic-predictor"


class _HeadFile:
    """The file of the head, as far as it is there."""

    @property
    def state(self) -> str:
        return stamp([_file()]) if _file().is_file() else "no head"


class AestheticSettings(WeightsSettings):
    sources = (_HeadFile(), TOWER)


class Head:
    """The affine map of the predictor: (N, D) vectors of length 1 to (N,) ratings."""

    def __init__(self, tensors: Mapping[str, NDArray[np.floating]]) -> None:
        """Joins the layers of a state dict, whose names end in ``weight`` and ``bias``, in the order of their numbers.

        The published heads are one layer, or five without anything bent between them, so that one map says it all.

        Raises:
            UsageError: these are not the layers of such a head.
        """
        names = sorted((k.rpartition(".")[0] for k in tensors if k.rpartition(".")[2] == "weight"), key=_place)
        weight: NDArray[np.float64] | None = None
        offset = np.zeros(1)
        try:
            for name in names:
                w, b = (np.asarray(tensors[f"{name}.{part}".lstrip(".")], np.float64) for part in ("weight", "bias"))
                weight, offset = (w, b) if weight is None else (w @ weight, w @ offset + b)
        except (KeyError, ValueError) as error:
            raise UsageError(f"{HEAD} names a file that is no chain of linear layers ({error})") from error
        if weight is None or weight.shape[0] != 1:
            raise UsageError(f"{HEAD} names a file that holds no head with a single output")
        self._weight, self._offset = weight[0], float(offset[0])

    @classmethod
    def read(cls, path: Path) -> Head:
        """The head in a file of torch or of safetensors; tensors only, no pickled code. Raises UsageError."""
        with readable("the weights of the aesthetic head", HEAD, path):
            if path.suffix == ".safetensors":
                from safetensors.numpy import load_file

                return cls(load_file(path))
            import torch

            tensors = torch.load(path, map_location="cpu", weights_only=True)
            return cls({k: v.float().numpy() for k, v in tensors.items()})

    def __call__(self, vectors: Vectors) -> NDArray[np.float64]:
        if vectors.shape[1] != len(self._weight):
            sizes = f"{len(self._weight)} numbers, not the {vectors.shape[1]} of {TOWER.label}"
            raise UsageError(f"the aesthetic head takes vectors of {sizes}")
        return np.asarray(vectors.astype(np.float64) @ self._weight + self._offset)


@register
class Aesthetic(Operator):
    """Learned aesthetic rating of single frames."""

    name, version, title = "aesthetic", "1", "Aesthetic rating"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE))
    Settings = AestheticSettings
    cost = 260.0
    measures = (
        Measure(
            name="rating",
            title="Aesthetic rating of the frames",
            unit="",
            low=1,
            high=10,
            direction=Direction.HIGHER,
            definition="Mean over one picture a second of the rating, 1 to 10 (clipped), that LAION's linear predictor "
            "gives to CLIP ViT-L/14's vector of its central square. Learned on stills, so it knows nothing of time.",
            source="LAION aesthetic predictor, Schuhmann 2022; VBench's aesthetic quality is its tenth",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._lacks = self.lacks()
        self._t = array("d")
        self._ratings: Batches[RGB] = Batches(self._rate, BATCH)

    @classmethod
    def lacks(cls) -> str | None:
        if not os.environ.get(HEAD):
            return f"no aesthetic head; get {WHERE} and set {HEAD} to its path"
        if not _file().is_file():
            return f"{HEAD} names a file that is not there"
        if "relu" in _file().name.lower():  # its tensors look just the same, but the layers bend
            return f"{HEAD} names a head that is not linear; get {WHERE}"
        return TOWER.lacks()

    @cached_property
    def _encoder(self) -> Encoder:
        return load(TOWER)

    @cached_property
    def _head(self) -> Head:
        return Head.read(_file())

    def _rate(self, pictures: Sequence[RGB]) -> NDArray[np.float32]:
        return np.clip(self._head(self._encoder.pictures(pictures)), 1, 10).astype(np.float32)

    def see(self, frame: Frame) -> None:
        if self._lacks is None:
            self._ratings.add(frame.rgb(HEIGHT))
            self._t.append(frame.seconds)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._lacks is not None or not self._t:
            yield from self.could_not_at_all(self._lacks or "no frame of the picture could be decoded")
            return
        t, ratings = np.array(self._t), self._ratings.rows()
        value = float(ratings.mean())
        yield self.found(
            "rating",
            value,
            words=f"The frames are rated {number(value)} on average by the aesthetic predictor.",
            curve=self.curve("rating", t, ratings),
            weights=f"{_file().name} on {TOWER.label}",
        )
        if len(scene.shots) > 1:
            for row in rows(scene, t, ratings[:, None]):
                value = float(row.vectors.mean())
                words = f"The frames of this shot are rated {number(value)} on average."
                yield self.found("rating", value, shot=row.shot, words=words)
        if len(ratings) < 2:
            return
        for i, what in ((int(ratings.argmin()), "lowest"), (int(ratings.argmax()), "highest")):
            at, value = float(t[i]), float(ratings[i])
            yield self.found(
                "rating",
                value,
                span=Span(start=at, end=at),
                shot=scene.shot_at(at),
                words=f"The {what} rating of a frame is {number(value)}.",
                picture=picture_at(self, at),
            )


def _file() -> Path:
    return Path(os.environ.get(HEAD, "")).expanduser()


def _place(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())
