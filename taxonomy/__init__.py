"""The taxonomy: what film people judge a clip by. Imports nothing of ours but the ground floor."""

from evalverse.taxonomy.load import find, load, read
from evalverse.taxonomy.models import (
    Anchors,
    Aspect,
    Check,
    Dimension,
    Kind,
    Need,
    Node,
    Stage,
    SubDimension,
    Taxonomy,
    When,
)

__all__ = [
    "Anchors",
    "Aspect",
    "Check",
    "Dimension",
    "Kind",
    "Need",
    "Node",
    "Stage",
    "SubDimension",
    "Taxonomy",
    "When",
    "find",
    "load",
    "read",
]
