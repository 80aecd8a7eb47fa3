"""Fences: what comes from a clip, a brief or a tool enters a prompt as data that cannot close its own fence.

The fence is the same for the same content, so that prompts stay reproducible; its safety rests on the escaping.
"""

from __future__ import annotations

import unicodedata

LONGEST = 20_000
"""Characters of one piece of data; a brief's prompt may have as many."""

_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Unicode categories that no reader sees: controls, format and tag characters, private use, lone surrogates."""


def clean(content: object) -> str:
    """Text that holds no tag, no code fence, no chat-template token and no invisible character."""
    text = str(content)
    seen = "".join(c if c in "\n\t" or unicodedata.category(c) not in _UNSEEN else " " for c in text)
    return seen.replace("<", "&lt;").replace("`", "'")


def fence(content: object, kind: str, longest: int = LONGEST) -> str:
    """``<data kind="...">`` around the cleaned content, cut at ``longest`` characters with a note that it was cut."""
    text = clean(content).strip()
    if len(text) > longest:
        text = f"{text[:longest]}\n[cut: {len(text) - longest} more characters]"
    return f'<data kind="{kind}">\n{text}\n</data>'
