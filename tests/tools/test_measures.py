"""What every operator says of itself: a docstring, and of each measure definition, range, direction and source."""

from __future__ import annotations

import pytest

from evalverse.tools.evidence import Measure
from evalverse.tools.operator import Operator, operators

KNOWN = dict(operators())


@pytest.mark.parametrize("kind", KNOWN.values(), ids=KNOWN)
def test_an_operator_says_what_it_is(kind: type[Operator]) -> None:
    assert kind.__dict__.get("__doc__", "").strip().endswith("."), "a sentence of its own, not its base's"
    assert kind.title and kind.version and kind.measures
    names = [measure.name for measure in kind.measures]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "measure", [pytest.param(m, id=f"{name}.{m.name}") for name, kind in KNOWN.items() for m in kind.measures]
)
def test_a_measure_is_defined(measure: Measure) -> None:
    assert len(measure.definition.split()) >= 4
    assert measure.title != measure.name and measure.source.strip()
    if measure.low is not None and measure.high is not None:
        assert measure.low < measure.high
