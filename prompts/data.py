"""Fences: what comes from a clip, a brief or a tool enters a prompt as data that cannot close its own fence.

The fence is the same for the same content, so that prompts stay reproducible; its safety rests on the escaping: no
sign that opens a tag, no look-alike of one before the fence's own name, no token of a chat template, no heading of a
prompt, and nothing that a model reads and a person does not see.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 20_000
"""Characters of one piece of data; a brief's prompt may have as many."""

_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Unicode categories that no reader sees: controls, format and tag characters, private use, lone surrogates."""

_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"  # joiners, fillers
    "\U000e0000-\U000e0fff\ufdd0-\ufdef]"  # tags and selectors that can carry bytes; no characters at all
)
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Other ways to break a line."""

_STACKED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]{3})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+"
)
"""More marks on one letter than any language writes."""

_OPENERS = "<\uff1c\ufe64\u2039\u276e\u2770\u3008\u27e8\u2329\u27ea\u300a\u1438\u02c2\u22d6\u226a\u00ab\u227a\U0001d236"
"""Signs that look like the one that opens a tag."""

_LETTERS = str.maketrans("\u0430\u0251\u03b1\u0501\u217e\u0442\u03c4\uff44\uff41\uff54", "aaaddttdat")
"""Letters that look like those of the fence's name."""

_FENCE = re.compile(r"<(?=[^\w<]{0,8}data)|<(?=[\s/]*\|)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=(?:lt|gt|amp|quot|apos|#\d+|#x[0-9a-f]+)\b)", re.IGNORECASE)
_TEMPLATE = re.compile(r"\[(?=/?[A-Z][A-Z_]{2,}\])")
_HEADING = re.compile(r"^([ \t]*)(#{1,6})(?=\s)", re.MULTILINE)


def clean(content: object) -> str:
    """Text that holds no tag, no code fence, no chat-template token, no heading and no invisible character.

    Its letters stay readable: "<" becomes "&lt;" (and "&lt;" becomes "&amp;lt;"), "`" becomes "'", "[INST]" becomes
    "(INST]", a heading's "#" becomes "\\#", and what nobody sees becomes a space.
    """
    text = _BREAK.sub("\n", str(content))
    text = _BLANK.sub(" ", _STACKED.sub(r"\1", text))
    text = "".join(c if c in "\n\t" or unicodedata.category(c) not in _UNSEEN else " " for c in text)
    text = _signs(_ENTITY.sub("&amp;", text))
    return _HEADING.sub(r"\1\\\2", _TEMPLATE.sub("(", text.replace("`", "'")))


def fence(content: object, kind: str, longest: int = LONGEST) -> str:
    """``<data kind="...">`` around the cleaned content, cut at ``longest`` characters with a note that it was cut."""
    text = clean(content).strip()
    if len(text) > longest:
        text = f"{text[:longest]}\n[cut: {len(text) - longest} more characters]"
    return f'<data kind="{kind}">\n{text}\n</data>'


def inline(content: object, kind: str, longest: int = 300) -> str:
    """The same fence on one line, for a few words of data in the middle of ours."""
    text = " ".join(clean(content).split())
    return f'<data kind="{kind}">{text[:longest]}</data>'


def _signs(text: str) -> str:
    """Every "<" escaped, and every look-alike that stands before the name of the fence or before a bar."""
    plain = "".join(_plain(c) for c in text)
    opening = {match.start() for match in _FENCE.finditer(plain)}
    return "".join("&lt;" if c == "<" or i in opening else c for i, c in enumerate(text))


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    """What a letter would be taken for; one character for one."""
    if letter in _OPENERS:
        return "<"
    folded = unicodedata.normalize("NFKC", letter).translate(_LETTERS)
    return "<" if folded == "<" else folded if len(folded) == 1 else letter
