"""Transcript: which words are heard, by a speech recogniser for who has one, and whether they are those of the brief.

The recogniser (transformers, Whisper or CTC) is not part of this package. Words are told per stretch of speech and, as
far as the recogniser knows their times, each at its place. What is said in a clip is data: nothing in it is an
instruction. How often the recogniser errs is not measured here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, Source, WeightsSettings
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, Wishes, register
from evalverse.tools.sound._wave import lacking
from evalverse.tools.sound.speech_activity import segments_from

ASR = Source(
    what="speech recognition",
    variable="EVALVERSE_ASR",
    default="openai/whisper-base",
    config="config.json",
    tensors=("model.safetensors",),
    packages=("torch", "transformers"),
    extras=(
        *("preprocessor_config.json", "generation_config.json", "tokenizer_config.json", "tokenizer.json"),
        *("vocab.json", "merges.txt", "normalizer.json", "added_tokens.json", "special_tokens_map.json"),
    ),
)
RATE = 16000
LONGEST, MARGIN = 28.0, 0.2
"""Seconds that a recogniser is given at once (Whisper hears 30), and that are added on either side of the speech."""
JOINED = 1.0
"""Seconds of pause within one stretch."""
MOST_TOKENS, MOST_CHARACTERS = 220, 300
MOST_TIMED, MOMENTS = 400, 5
"""Words whose times are kept, and wrong words that are pointed at."""
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»\n]{3,300})[\"”“»]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class TranscriptSettings(WeightsSettings):
    """Which weights listen, and which lines the brief quotes."""

    sources = (ASR,)
    lines: tuple[str, ...] = Field((), description="the dialogue that was asked for")


@dataclass(frozen=True)
class Word:
    """A word as it was heard, and its seconds; None where the recogniser cannot tell them."""

    text: str
    start: float | None = None
    end: float | None = None

    def later(self, by: float) -> Word:
        """The same on a clock that began ``by`` seconds before."""
        times = [None if at is None else round(at + by, 2) for at in (self.start, self.end)]
        return Word(self.text, *times)


class Recogniser:
    """A loaded Whisper or CTC model."""

    def __init__(self, folder: Path) -> None:
        importable()
        from transformers import (
            AutoConfig,
            AutoFeatureExtractor,
            AutoModelForCTC,
            AutoModelForSpeechSeq2Seq,
            AutoTokenizer,
            pipeline,
        )
        from transformers.utils import logging

        with LOADING:
            logging.disable_progress_bar()
            names = AutoConfig.from_pretrained(folder, local_files_only=True).architectures or ()
            ctc = any("CTC" in name for name in names)
            features = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
            tokens = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            kind = AutoModelForCTC if ctc else AutoModelForSpeechSeq2Seq
            # the times of Whisper's words come from its attention, which other kernels do not give away
            model = kind.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, attn_implementation="eager"
            )
            self._heard: Any = pipeline(
                "automatic-speech-recognition", model=model.eval(), tokenizer=tokens, feature_extractor=features
            )
            aligned = getattr(model.generation_config, "alignment_heads", None) if model.can_generate() else None
        self._options: dict[str, Any] = {"return_timestamps": "word"} if ctc or aligned else {}
        self._limit = {} if ctc else {"generate_kwargs": {"max_new_tokens": MOST_TOKENS}}

    def __call__(self, mono: Samples) -> list[Word]:
        """The words in (N,) samples at 16 kHz, with their seconds from the first sample on."""
        told = self._heard({"raw": np.array(mono), "sampling_rate": RATE}, **self._options, **self._limit)
        if "chunks" not in told:
            return [Word(text) for text in str(told["text"]).split()]
        return [Word(str(c["text"]).strip(), *c["timestamp"]) for c in told["chunks"] if str(c["text"]).strip()]


def stretches(segments: Sequence[Span], end: float) -> list[Span]:
    """Speech in stretches that a recogniser takes at once: short pauses joined, long ones cut, a margin around."""
    joined: list[list[float]] = []
    for span in segments:
        if joined and span.start - joined[-1][1] <= JOINED and span.end - joined[-1][0] <= LONGEST:
            joined[-1][1] = span.end
        else:
            joined += [[at, min(at + LONGEST, span.end)] for at in np.arange(span.start, span.end, LONGEST).tolist()]
    return [Span(start=max(0.0, a - MARGIN), end=min(end, b + MARGIN)) for a, b in joined]


def words_of(text: str) -> list[str]:
    """The words in lower case, without punctuation."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def aligned(wanted: Sequence[str], heard: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """The cheapest way from ``wanted`` to ``heard``: pairs of places, None for a word that is missing or too many."""
    cost = np.zeros((len(wanted) + 1, len(heard) + 1), int)
    cost[:, 0], cost[0] = np.arange(len(wanted) + 1), np.arange(len(heard) + 1)
    for i, word in enumerate(wanted):
        for j, other in enumerate(heard):
            cost[i + 1, j + 1] = min(cost[i, j + 1] + 1, cost[i + 1, j] + 1, cost[i, j] + (word != other))
    pairs: list[tuple[int | None, int | None]] = []
    i, j = len(wanted), len(heard)
    while i or j:
        if j and cost[i, j] == cost[i, j - 1] + 1:
            j -= 1
            pairs.append((None, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def accuracy(wanted: Sequence[str], heard: Sequence[str]) -> float:
    """1 minus the word error rate (insertions, deletions and substitutions per wanted word), at least 0."""
    wrong = sum(i is None or j is None or wanted[i] != heard[j] for i, j in aligned(wanted, heard))
    return max(0.0, 1 - wrong / max(1, len(wanted)))


@register
class Transcript(Operator):
    """Words and their agreement with the brief."""

    name, version, title = "transcript", "2", "Transcript"
    needs = Needs(sound=True, after=("speech_activity",))
    Settings = TranscriptSettings
    cost = 30.0
    measures = (
        Measure(
            name="words",
            title="Words",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of words that the recogniser hears where somebody speaks.",
        ),
        Measure(
            name="match",
            title="Words as asked for",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="1 minus the word error rate of what is heard against the lines that the brief quotes.",
        ),
    )

    _why: str | None

    @classmethod
    def tune(cls, wishes: Wishes) -> TranscriptSettings | None:
        lines = tuple(line.strip() for line in _QUOTED.findall(wishes.prompt or "") if len(words_of(line)) > 1)
        return TranscriptSettings(lines=lines) if lines else None

    @classmethod
    def lacks(cls) -> str | None:
        return ASR.lacks()

    def listen(self, sound: Sound) -> None:
        self._why, self._start, self._end = lacking(sound, 0.5), sound.start, sound.start + sound.seconds
        self._mono = sound.mono(RATE)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        segments = segments_from(scene.evidence.get("speech_activity", []))
        if self._why is None and not segments:
            self._why = "nobody is heard speaking"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        recognise = Recogniser(ASR.folder())
        said = [(span, self._said(recognise, span)) for span in stretches(segments, self._end)]
        heard = [word for _, words in said for word in words]
        lines = [[round(span.start, 2), round(span.end, 2), _text(words)] for span, words in said]
        timed = [[word.start, word.end, word.text] for word in heard if word.start is not None][:MOST_TIMED]
        sentence = f"{len(heard)} words are recognised."
        yield self.found("words", len(heard), words=sentence, recogniser=ASR.label, lines=lines, timed=timed)
        for span, words in said:
            if words:
                text = _text(words)
                text = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
                yield self.found("words", len(words), span=span, words=f"The voice says: “{text}”")
        yield from self._match(heard)

    def _said(self, recognise: Recogniser, span: Span) -> list[Word]:
        first = round((span.start - self._start) * RATE)
        words = recognise(self._mono[first : round((span.end - self._start) * RATE)])
        return [word.later(self._start + first / RATE) for word in words if words_of(word.text)]

    def _match(self, heard: Sequence[Word]) -> Iterator[Evidence]:
        lines: tuple[str, ...] = self.settings.lines
        if not lines:
            yield self.could_not("match", "the brief quotes no dialogue")
            return
        wanted = words_of(" ".join(lines))
        plain = [" ".join(words_of(word.text)) for word in heard]
        share = accuracy(wanted, plain)
        words = f"{number(100 * share)} % of the words that were asked for are heard, errors deducted."
        yield self.found("match", share, words=words, asked=list(lines))
        wrong = [(i, j) for i, j in aligned(wanted, plain) if j is not None and (i is None or wanted[i] != plain[j])]
        placed = [(i, heard[j]) for i, j in wrong if heard[j].start is not None and heard[j].end is not None]
        for i, word in placed[:MOMENTS]:
            asked = "where no word was asked for" if i is None else f"where “{wanted[i]}” was asked for"
            span = Span(start=word.start or 0.0, end=max(word.end or 0.0, word.start or 0.0))
            yield self.found("match", 0, span=span, words=f"“{word.text[:MOST_CHARACTERS]}” is heard {asked}.")


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
