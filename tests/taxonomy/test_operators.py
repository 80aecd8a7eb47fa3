"""Every operator that a check names exists, and none is left without a check."""

from __future__ import annotations

from evalverse.taxonomy import load
from evalverse.tools.operator import operators

SERVE_ALL = {"frame_sampler", "integrity"} | {name for name, kind in operators().items() if kind.on_request}
"""Operators that feed the report and the judges, or that a judge looks closer with, rather than a single check."""


def test_checks_name_operators_that_exist() -> None:
    named = {name for tree in ("film", "rightness") for check in load(tree).checks() for name in check.operators}  # type: ignore[arg-type]
    assert named <= set(operators())


def test_every_operator_speaks_to_a_check() -> None:
    named = {name for tree in ("film", "rightness") for check in load(tree).checks() for name in check.operators}  # type: ignore[arg-type]
    assert set(operators()) - named - SERVE_ALL == set()
