"""Craft attributes that a model of pictures and words is asked for without training: labels, each with its texts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from evalverse.tools.likeness._series import Vectors, unit


class Attribute(BaseModel):
    """One attribute, e.g. shot size: the texts by label."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    labels: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(min_length=2)


@cache
def attributes() -> tuple[Attribute, ...]:
    """The packaged attributes, in the order of their file."""
    raw = yaml.safe_load((files(__package__) / "attributes.yaml").read_text(encoding="utf-8"))
    return tuple(Attribute.model_validate(entry) for entry in raw)


def texts() -> tuple[str, ...]:
    """The texts of all attributes in one row; :func:`label_vectors` takes their vectors apart again."""
    return tuple(text for attribute in attributes() for label in attribute.labels.values() for text in label)


def label_vectors(vectors: Vectors) -> dict[str, Vectors]:
    """(L, D) by attribute, one row per label: the mean direction of its texts (Radford et al. 2021, prompt ensembles).

    Args:
        vectors: (T, D), one row for each of :func:`texts`.
    """
    found: dict[str, Vectors] = {}
    place = 0
    for attribute in attributes():
        means = []
        for label in attribute.labels.values():
            means.append(vectors[place : place + len(label)].mean(0))
            place += len(label)
        found[attribute.id] = unit(np.stack(means))
    return found


def shares(picture: Vectors, labels: Vectors, scale: float) -> NDArray[np.float64]:
    """(L,) softmax of ``scale`` times the cosines of a picture (D,) with the labels (L, D)."""
    logits = scale * (labels.astype(np.float64) @ picture.astype(np.float64))
    grown = np.exp(logits - logits.max())
    return np.asarray(grown / grown.sum())
