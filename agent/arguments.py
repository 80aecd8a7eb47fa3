"""What a judge may set of an operator: validated against the operator's own settings, and bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from evalverse.agent.case import label, wishes
from evalverse.errors import UsageError
from evalverse.report.brief import Brief
from evalverse.tools.operator import Operator, OperatorSettings

LONGEST = 4_000
"""Characters of all arguments of one call, as JSON."""

FURTHEST = 10
"""Times its usual value that a number without bounds of its own may come to."""


def settable(kind: type[Operator]) -> tuple[str, ...]:
    """The settings that a judge may choose. What has a default factory comes from this machine (the path of a
    checkpoint) and is not for a judge to name."""
    return tuple(name for name, field in kind.Settings.model_fields.items() if field.default_factory is None)


def settle(kind: type[Operator], arguments: Mapping[str, Any], brief: Brief) -> OperatorSettings:
    """The settings of ``kind`` as the brief suits them, with a judge's ``arguments`` in place of the usual.

    Raises:
        UsageError: an argument that does not exist, does not fit or goes too far; the message lists those that do.
    """
    usual = kind.tune(wishes(brief)) or kind.Settings()
    problems = [f"{name}: no such setting" for name in arguments if name not in settable(kind)]
    problems += [
        f"{name}: at most {FURTHEST} times the usual {before:g}"
        for name, value in arguments.items()
        if name in settable(kind) and _too_far(value, before := getattr(usual, name), kind, name)
    ]
    try:
        if len(json.dumps(arguments, allow_nan=False)) > LONGEST:
            problems.append(f"the arguments are longer than {LONGEST} characters")
    except ValueError:
        problems.append("numbers must be finite")
    if not problems:
        given = {name: getattr(usual, name) for name in kind.Settings.model_fields}
        try:
            return kind.Settings.model_validate({**given, **arguments})
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, e['loc'])) or 'the settings'}: {e['msg']}" for e in error.errors()]
    raise UsageError(
        f"operator {kind.name}: {'; '.join(problems)} (its settings: {', '.join(settable(kind)) or 'none'})"
    )


def reading_name(kind: type[Operator], tuned: OperatorSettings, brief: Brief) -> str:
    """What the state calls a reading with these settings: the operator's bare name where they suit the brief."""
    usual = kind.tune(wishes(brief)) or kind.Settings()
    return kind.name if tuned == usual else label(kind.name, tuned)


def _too_far(value: object, usual: object, kind: type[Operator], name: str) -> bool:
    bounded = bool(kind.Settings.model_fields[name].metadata)
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (value, usual))
    return numbers and not bounded and abs(value) > FURTHEST * abs(usual) > 0  # type: ignore[arg-type]
