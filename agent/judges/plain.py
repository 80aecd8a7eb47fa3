"""Text of a weak model: kept where it is a plain sentence, dropped where it is not."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 400
"""Characters; longer text is cut at the end of a sentence."""

NOTHING = {"nothing", "none", "nothing visible", "not visible"}


def prose(text: str) -> str:
    """The text on one line, up to its last whole sentence; empty if it is no plain English sentence.

    Dropped are: a reply that says that nothing is to be seen, one that never ends a sentence, one of mostly other
    letters than Latin, one that repeats itself.
    """
    line = " ".join(re.sub(r"<think>.*?</think>", " ", text, flags=re.DOTALL).split())[: LONGEST + 1]
    if line.lower().strip(" .\"'") in NOTHING:
        return ""
    ended = re.match(r".*[.!?](?=\s|$)", line[:LONGEST])
    if ended is None:
        return ""
    line = ended.group()
    found = re.findall(r"[^\W\d_]+", line)
    letters = "".join(found)
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if len(found) < 3 or latin < 0.9 * len(letters):
        return ""
    return line if 2 * len({word.lower() for word in found}) > len(found) else ""
