"""Which sub-dimensions a focus question is about, by the words that it shares with the taxonomy.

A plain weighted word overlap: every sub-dimension speaks with its name, its parents' names, its summary and its
checks' statements. It needs no model, so that the offline judge can narrow a plan too, and the same question always
narrows alike.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from evalverse.taxonomy import SubDimension, Taxonomy

STOP = frozenset(
    """
    a an and any are as at be been but by can clip could did do does every film for from good has have
    how i if in is it its make me my of on one or our shot should so than that the their them then there
    these they this to too us video was well were what when where which who why will with would you your
    not no does doesn
    """.split()
)
_SAME = {
    "light": "light lit lighting lights illumination shadow shadows",
    "colour": "colour colours color colors grade graded grading palette hue saturation",
    "sound": "sound audio noise noisy hiss loudness loud volume mix",
    "voice": "voice voices speech speak speaks speaking dialogue vocal talk talks talking",
    "lip": "lip lips lipsync mouth mouths",
    "cut": "cut cuts cutting edit edits editing edited transition transitions",
    "sharp": "sharp sharpness blur blurred blurry soft focus focused",
    "move": "move moves moving movement motion pan pans tilt tilts dolly zoom zooms",
    "camera": "camera handheld shake shaky shaking",
    "face": "face faces facial expression expressions",
    "flicker": "flicker flickers flickering flash flashing",
    "expose": "exposure exposed overexposed underexposed bright brightness dark darkness",
    "music": "music musical score soundtrack beat beats",
    "consistent": "consistent consistency consistently continuity stable stability same",
    "rhythm": "rhythm pace pacing tempo length duration",
    "emotion": "emotion emotional emotions mood feeling feel feels",
}
_STEM = {word: stem for stem, words in _SAME.items() for word in words.split()}
_NAME, _PARENT, _TEXT = 6.0, 2.0, 1.0
_KEEP = 0.5


def words(text: str) -> list[str]:
    """The telling words of a text, lower case, synonyms joined, plurals cut."""
    found = re.findall(r"[a-z]+", text.lower())
    return [_STEM.get(w) or (w[:-1] if w.endswith("s") and len(w) > 4 else w) for w in found if w not in STOP]


def narrow(taxonomy: Taxonomy, question: str, among: Iterable[SubDimension]) -> dict[str, float]:
    """Paths of the sub-dimensions among ``among`` that the question is about, with their weight relative to the best.

    A question that is the name, the id or the path of a node is about all that lies below it. Of others, words that
    every sub-dimension uses weigh little (inverse document frequency). Empty when nothing matches.
    """
    among, said_plainly = tuple(among), question.strip().casefold()
    names = {node.path: node.name for node in taxonomy.nodes().values() if hasattr(node, "name")}
    called = [p for p, name in names.items() if said_plainly in (p, p.rsplit("/", 1)[-1], name.casefold())]
    below = {sub.path: 1.0 for sub in among for p in called if f"{sub.path}/".startswith(f"{p}/")}
    if below:
        return below
    asked = set(words(question))
    texts: dict[str, Counter[str]] = {}
    for sub in taxonomy.subdimensions():
        said: Counter[str] = Counter()
        aspect, dimension, _ = sub.path.split("/")
        for text, weight in (
            (sub.name, _NAME),
            (names[f"{aspect}/{dimension}"], _PARENT),
            (names[aspect], _PARENT),
            (sub.summary, _TEXT),
            *((check.statement, _TEXT / len(sub.checks)) for check in sub.checks),
        ):
            for word in set(words(text)):
                said[word] += weight  # type: ignore[assignment]
        texts[sub.path] = said
    rarity = {w: math.log(1 + len(texts) / (1 + sum(w in t for t in texts.values()))) for w in asked}
    scores = {sub.path: sum(rarity[w] * texts[sub.path][w] for w in asked) for sub in among}
    best = max(scores.values(), default=0.0)
    return {path: score / best for path, score in scores.items() if best > 0 and score >= _KEEP * best}
