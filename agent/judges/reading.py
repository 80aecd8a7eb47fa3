"""What a judge reads off the ledger as numbers: the same features in the laboratory and in a critique."""

from __future__ import annotations

from collections.abc import Iterable

from evalverse.tools.evidence import Evidence, Scope

ENDS = {Scope.SHOT: ("low", "high"), Scope.MOMENT: ("moment_low", "moment_high")}
"""What the lowest and highest reading of a scope are called."""


def features(evidence: Iterable[Evidence]) -> dict[str, float]:
    """Numbers by name, in the unit of their measure; what could not be measured is left out, never filled in.

    ``operator.measure`` is the reading of the whole clip (the first one, should there be several). ``@low`` and
    ``@high`` behind it are the lowest and highest over shots, ``@moment_low`` and ``@moment_high`` over moments.
    """
    return {name: item.value for name, item in deciding(evidence).items() if item.value is not None}


def deciding(evidence: Iterable[Evidence]) -> dict[str, Evidence]:
    """The reading that stands behind each feature."""
    found: dict[str, Evidence] = {}
    for item in evidence:
        if item.value is None:
            continue
        if item.scope is Scope.CLIP:
            found.setdefault(item.measure, item)
            continue
        low, high = (f"{item.measure}@{end}" for end in ENDS[item.scope])
        found[low] = min(found.get(low, item), item, key=_value)
        found[high] = max(found.get(high, item), item, key=_value)
    return found


def _value(item: Evidence) -> float:
    assert item.value is not None
    return item.value
