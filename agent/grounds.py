"""What the gates of a few wanted sub-dimensions rest on: with little wanted, little is measured before the plan."""

from __future__ import annotations

from collections.abc import Collection

from evalverse.agent.facts import TELLS, Facts
from evalverse.agent.plan import ALWAYS
from evalverse.taxonomy import Taxonomy
from evalverse.tools.operator import operator


def grounds(taxonomy: Taxonomy, facts: Facts, only: Collection[str]) -> tuple[str, ...]:
    """Operators that decide the gates of the sub-dimensions ``only``, after those that every plan measures."""
    names = [n for n in ALWAYS if facts.picture or not operator(n).needs.picture]
    for check in (c for sub in taxonomy.subdimensions() if sub.path in only for c in sub.checks):
        if facts.against(check) is None:
            names += [name for need in check.needs for name in TELLS.get(need, ())]
            names += ["camera_motion"] if check.when.moving_camera is not None else []
            names += ["subject_motion"] if check.when.moving_subject is not None else []
    return tuple(dict.fromkeys(names))
