"""Reads the packaged templates, fills them in, and names them by the hash of their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evalverse.errors import UnknownName
from evalverse.prompts.data import fence

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Prompt:
    """A filled-in template. ``sha`` is of the template, not of the text: it changes when the wording does."""

    text: str
    name: str
    sha: str


def render(name: str, **values: Any) -> Prompt:
    """The template ``name`` with ``values`` filled in; ``{{ value | data("kind") }}`` fences what is not ours.

    Raises:
        UnknownName: no such template.
        jinja2.UndefinedError: the template needs a value that was not given.
    """
    sources = templates()
    if name not in sources:
        raise UnknownName("prompt", name, list(sources))
    text = _environment().get_template(name).render(**values).strip()
    return Prompt(text, name, _sha(sources[name]))


def version() -> str:
    """Hash over all templates; part of what a score depends on."""
    return _sha("\0".join(f"{name}\0{source}" for name, source in templates().items()))


@cache
def templates() -> dict[str, str]:
    """Source of every template by name, in alphabetical order."""
    found = (f for f in files("evalverse.prompts").iterdir() if f.name.endswith(".md"))
    return {f.name.removesuffix(".md"): f.read_text(encoding="utf-8") for f in sorted(found, key=lambda f: f.name)}


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader(templates()),
        undefined=StrictUndefined,
        autoescape=False,  # prompts are text; what is not ours goes through the data filter
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data"] = fence
    return environment


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
