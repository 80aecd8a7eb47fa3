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
    found: dict[str, float] = {}
    for item in evidence:
        if item.value is None:
            continue
        if item.scope is Scope.CLIP:
            found.setdefault(item.measure, item.value)
            continue
        low, high = (f"{item.measure}@{end}" for end in ENDS[item.scope])
        found[low] = min(found.get(low, item.value), item.value)
        found[high] = max(found.get(high, item.value), item.value)
    return found
