"""What the gates of a few wanted sub-dimensions rest on: with little wanted, little is measured before the plan."""

from __future__ import annotations

from collections.abc import Collection

from evalverse.agent.facts import Facts
from evalverse.agent.plan import ALWAYS, deciding
from evalverse.taxonomy import Taxonomy
from evalverse.tools.operator import operator


def grounds(taxonomy: Taxonomy, facts: Facts, only: Collection[str]) -> tuple[str, ...]:
    """Operators that decide the gates of the sub-dimensions ``only``, after those that every plan measures."""
    always = [n for n in ALWAYS if facts.picture or not operator(n).needs.picture]
    checks = (c for sub in taxonomy.subdimensions() if sub.path in only for c in sub.checks)
    names = deciding((c for c in checks if facts.against(c) is None), facts)
    return tuple(dict.fromkeys((*always, *names)))
