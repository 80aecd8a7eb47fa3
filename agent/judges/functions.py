"""Operators as functions that a model can call: name, words and typed schema, all generated from their code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from evalverse.agent.arguments import settable
from evalverse.agent.judges.base import Case
from evalverse.taxonomy import Check
from evalverse.tools.evidence import Measure
from evalverse.tools.operator import Operator, operator, operators

MEASURE = "measure"
"""The function that runs any operator by its name."""

MOST = 16
"""Functions that are offered for one question: more would crowd a small model."""

LONGEST = 700
"""Characters of one function's description."""

_LEFT_OUT = {"title", "default_factory", "$defs"}


def offered(case: Case, checks: Sequence[Check]) -> list[str]:
    """Names of the operators that are worth a call for ``checks``: those to look closer with, then those that speak to
    the checks, to most of them first."""
    looks = [name for name, kind in operators().items() if kind.on_request and can_run(case, kind)]
    named = [name for check in checks for name in check.operators]
    speaking = [name for name in worth_running(case) if name in named and name not in looks]
    speaking.sort(key=lambda name: (-named.count(name), name))
    return [*looks, *speaking[: MOST - len(looks) - 1]]


def worth_running(case: Case) -> list[str]:
    """The operators that can run on the clip and could tell something that is not known: they were not measured, or can
    be set otherwise."""
    known = {e.operator for e in case.evidence.values()}
    able = ((name, kind) for name, kind in operators().items() if can_run(case, kind))
    return [name for name, kind in able if name not in known or settable(kind)]


def others(case: Case, names: Sequence[str]) -> list[str]:
    """The operators that can run on the clip and have no function of their own among ``names``."""
    return [name for name, kind in operators().items() if name not in names and can_run(case, kind)]


def can_run(case: Case, kind: type[Operator]) -> bool:
    """Whether the clip has what the operator must be fed, and this machine what it needs. What only the run itself can
    set is nothing to call."""
    if kind.on_request and not settable(kind):
        return False
    facts = case.facts
    sees = kind.needs.picture is not None or (kind.on_request and not kind.needs.sound)
    return (facts.picture or not sees) and (facts.sound or not kind.needs.sound) and kind.lacks() is None


def function(kind: type[Operator]) -> dict[str, Any]:
    """One operator as a function."""
    return _function(kind.name, described(kind), schema(kind))


def by_name(names: Sequence[str]) -> dict[str, Any]:
    """The function that runs any of ``names``."""
    listed = "; ".join(f"{name} ({operator(name).title})" for name in names)
    return _function(
        MEASURE,
        f"Measures the whole clip with any other operator and returns its readings with their ids: {listed}.",
        {
            "type": "object",
            "properties": {
                "operator": {"type": "string", "description": "its name", "enum": list(names)},
                "arguments": {"type": "object", "description": "settings of the operator; leave out for the usual"},
            },
            "required": ["operator"],
            "additionalProperties": False,
        },
    )


def described(kind: type[Operator]) -> str:
    """Title, the first sentence of its documentation, and what it measures in which unit and direction."""
    measures = "; ".join(_measure(m) for m in kind.measures)
    told = f"{kind.title}. {(kind.__doc__ or '').strip().splitlines()[0]} Returns: {measures}."
    return told if len(told) <= LONGEST else told[: LONGEST - 4].rsplit(" ", 1)[0] + " ..."


@cache
def schema(kind: type[Operator]) -> dict[str, Any]:
    """JSON schema of what a judge may set, in the plain subset that servers understand: no references, no titles."""
    whole = kind.Settings.model_json_schema()
    properties = {
        name: plain(node, whole.get("$defs", {}))
        for name, node in whole.get("properties", {}).items()
        if name in settable(kind)
    }
    return {"type": "object", "properties": properties, "required": [], "additionalProperties": False}


def plain(node: Any, definitions: dict[str, Any]) -> Any:
    """A schema without references, titles, null alternatives and typed positions."""
    if isinstance(node, list):
        return [plain(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return plain(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    kept = {
        k: plain(v, definitions) for k, v in node.items() if k not in _LEFT_OUT and not (k == "default" and v is None)
    }
    choices = [c for c in kept.pop("anyOf", []) if c != {"type": "null"}]
    if len(choices) == 1:
        kept = {**choices[0], **kept}
    elif choices:
        kept["anyOf"] = choices
    if positions := kept.pop("prefixItems", None):
        kept["items"] = positions[0]
    return kept


def _measure(measure: Measure) -> str:
    return f"{measure.title.lower()} ({', '.join(filter(None, (measure.unit, measure.direction.value)))})"


def _function(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}
