"""Finds what a question is about: measures that operators take, and parts of the taxonomy that verdicts stand on.

Plain word matching with rare words weighing most (inverse document frequency): no model, and the same question always
finds the same. What people say instead of a measure's own name stands in :data:`ASKED_AS`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from evalverse.agent.focus import STOP
from evalverse.taxonomy import Check, load
from evalverse.tools.operator import operators

ASKED, TITLE, NEAR, TEXT = 6.0, 4.0, 2.0, 0.7
"""Weight of a word under which people ask for a thing, in its own name, in what it belongs to, in its definition."""

PREFIX = 0.8
"""Weight of a word of which the name holds another form: "flickering" for "flicker"."""

SURE = 1.2
"""What scores less is not what the question is about."""

CLOSE = 0.75
"""What scores less than this share of the best is left out."""

ASKED_AS = {
    "shot_cutter.count": "shots many",
    "shot_cutter.cuts": "cuts edits many",
    "shot_cutter.transitions": "transitions wipes",
    "shot_cutter.median_length": "long shots length",
    "camera_motion.shake": "shake shaky shakiest handheld wobble jitter steady stable",
    "camera_motion.pan": "camera moves movement",
    "camera_motion.static_share": "camera still static tripod",
    "subject_motion.speed": "fast moves movement",
    "exposure.mean_luma": "bright brightest dark darkest exposure exposed",
    "exposure.clipped_high": "overexposed blown burnt highlights white",
    "exposure.clipped_low": "underexposed crushed shadows black",
    "contrast.rms_contrast": "contrast contrasty flat",
    "sharpness.sharpness": "sharp sharpness blurry blur blurred soft focus",
    "flicker.luma_flicker": "flicker strobe",
    "colour.saturation": "saturated saturation colourful colorful",
    "colour.cast": "colour color tint cast",
    "colour.cast_drift": "colour color consistent consistency",
    "frozen_frames.frozen_share": "frozen freeze stuck",
    "letterbox.bars": "bars letterbox",
    "lettering.share": "text letters sign written",
    "integrity.missing": "damaged broken corrupt",
    "noise.grain": "grain grainy",
    "compression.blocking": "compression blocks artefacts artifacts",
    "lines.tilt": "horizon tilted tilt straight",
    "shot_size.reach": "close-up wide framing size",
    "face_tracks.count": "faces many",
    "cast.people": "people persons actors characters many",
    "lip_sync.offset_ms": "lip lips lip-sync lipsync sync late early delay",
    "loudness.integrated": "loud loudness volume lufs quiet",
    "loudness.range": "dynamics range",
    "true_peak.peak": "peak peaks",
    "sound_clipping.share": "distorted distortion clipping",
    "noise_floor.snr": "noise noisy hiss background",
    "noise_floor.floor": "noise floor hiss",
    "noise_floor.hum": "hum buzz mains",
    "speech_activity.share": "speech speak speaks speaking talk talks talking voice dialogue",
    "transcript.words": "transcript words say says said spoken lines",
    "prosody.rate": "pace speech syllables",
    "prosody.pitch": "pitch voice",
    "music.share": "music song soundtrack",
    "beats.tempo": "tempo bpm beat beats music",
    "reverberation.time": "reverb reverberation echo room",
    "silence.longest_hole": "hole gap silence silent dropout",
    "stereo.width": "stereo wide",
    "rhythm.tempo": "pace cutting rhythm",
    "scenes.count": "scenes many",
}
"""Words under which people ask for a measure, beside its own name."""

_IDLE = set("out up down about tell please really again here time much just want know give write".split())
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z]+)*")


class Index:
    """Things that can be asked for: for each, texts with the weight of their words."""

    def __init__(self, things: Mapping[str, Iterable[tuple[str, float]]]) -> None:
        self._held: dict[str, dict[str, float]] = {}
        for key, texts in things.items():
            held = self._held.setdefault(key, {})
            for text, weight in texts:
                for word in stems(text):
                    held[word] = max(held.get(word, 0.0), weight)
        count = Counter(word for held in self._held.values() for word, weight in held.items() if weight > TEXT)
        scale = math.log(1 + len(self._held))
        self._rarity = {word: math.log(1 + len(self._held) / n) / scale for word, n in count.items()}

    def search(self, question: str, most: int = 4) -> list[tuple[str, float]]:
        """(thing, score), best first; nothing when no thing is surely meant."""
        asked = stems(question)
        scores = {key: self._score(asked, held) for key, held in self._held.items()}
        least = max(SURE, CLOSE * max(scores.values(), default=0.0))
        return sorted(((k, s) for k, s in scores.items() if s >= least), key=lambda row: -row[1])[:most]

    def _score(self, asked: set[str], held: Mapping[str, float]) -> float:
        """The weights of the words that were asked for; none if no name is among them, and more for a name that the
        question spells out."""
        found = [hit for word in asked if (hit := self._hit(word, held)) is not None]
        if not any(weight >= TITLE for weight, _, _ in found):
            return 0.0
        named = {w for w, weight in held.items() if weight == TITLE}
        spelt = len(named & {name for _, _, name in found}) / len(named) if named else 1.0
        return sum(weight * worth * (0.5 + 0.5 * spelt if weight == TITLE else 1.0) for weight, worth, _ in found)

    def _hit(self, word: str, held: Mapping[str, float]) -> tuple[float, float, str] | None:
        """(weight, rarity, the word it meets)."""
        if word in held:
            return held[word], self._rarity.get(word, 1.0), word
        if len(word) < 4:
            return None
        kin = [w for w, weight in held.items() if weight > TEXT and len(w) > 3 and _kin(w, word)]
        return max(((held[w], PREFIX * self._rarity[w], w) for w in kin), default=None)


def stems(text: str) -> set[str]:
    """The telling words of a text, lower case, plurals cut; a hyphenated word counts whole and in its parts."""
    words: set[str] = set()
    for word in _WORD.findall(text.lower()):
        words |= {word, *word.split("-")}
    return {w[:-1] if w.endswith("s") and not w.endswith("ss") and len(w) > 3 else w for w in words - STOP - _IDLE}


@cache
def measures() -> Index:
    """Every measure of every operator that works without being told something first, by ``operator.measure``."""
    return Index(
        {
            f"{name}.{m.name}": (
                (ASKED_AS.get(f"{name}.{m.name}", ""), ASKED),
                (m.title, TITLE),
                (f"{name.replace('_', ' ')} {m.name.replace('_', ' ')} {kind.title}", NEAR),
                (f"{m.definition} {m.unit}", TEXT),
            )
            for name, kind in operators().items()
            if not kind.on_request
            for m in kind.measures
        }
    )


@cache
def nodes() -> Index:
    """Aspects, dimensions and sub-dimensions of the film tree, by path."""
    known = {path: node for path, node in load().nodes().items() if not isinstance(node, Check)}

    def texts(path: str) -> Iterable[tuple[str, float]]:
        node = known[path]
        above = [known[path[:i]].name for i, letter in enumerate(path) if letter == "/"]
        return ((f"{node.name} {path.rsplit('/', 1)[-1]}", TITLE), (" ".join(above), NEAR), (node.summary, TEXT))

    return Index({path: texts(path) for path in known})


def _kin(a: str, b: str) -> bool:
    """Whether two words are forms of one: "noise" and "noisy", "composed" and "composition"."""
    short, long = sorted((a, b), key=len)
    same = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return same >= max(4, len(short) - 2) and len(long) - len(short) <= 4
