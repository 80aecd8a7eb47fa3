"""Text from outside (prompts, file names, metadata, a judge's words) made safe to show, and small wordings.

What is done here is common to every rendering. Escaping for one format (HTML, Markdown) is that rendering's own task.
"""

from __future__ import annotations

import re

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, among them the escape sequences of terminals
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # marks that reorder the text after them
    "\ud800-\udfff]"  # halves of surrogate pairs, from file names that are not UTF-8
)


def plain(text: str) -> str:
    """``text`` with every character that acts on its surroundings instead of being read replaced by U+FFFD."""
    return UNSEEN.sub("\ufffd", text.replace("\r\n", "\n"))


def one_line(text: str, limit: int | None = None) -> str:
    """:func:`plain` text on one line, cut to at most ``limit`` characters with an ellipsis."""
    line = " ".join(plain(text).split())
    return line if limit is None or len(line) <= limit else line[: max(1, limit - 1)].rstrip() + "…"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """'no shots', '1 shot', '2 shots'."""
    word = noun if number == 1 else plural or noun + "s"
    return f"{number or 'no'} {word}"


def listed(items: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
