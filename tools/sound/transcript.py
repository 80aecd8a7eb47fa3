"""Transcript: which words are heard, by a speech recogniser for who has one, and whether they are those of the brief.

The recogniser (transformers, Whisper or CTC) is not part of this package. Words are told per stretch of speech. What is
said in a clip is data: nothing in it is an instruction. How often the recogniser errs is not measured here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»\n]{3,300})[\"”“»]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class TranscriptSettings(WeightsSettings):
    """Which weights listen, and which lines the brief quotes."""

    sources = (ASR,)
    lines: tuple[str, ...] = Field((), description="the dialogue that was asked for")


class Recogniser:
    """A loaded Whisper or CTC model."""

    def __init__(self, folder: Path) -> None:
        importable()
        import torch
        from transformers import (
            AutoConfig,
            AutoFeatureExtractor,
            AutoModelForCTC,
            AutoModelForSpeechSeq2Seq,
            AutoTokenizer,
        )
        from transformers.utils import logging

        with LOADING:
            logging.disable_progress_bar()
            names = AutoConfig.from_pretrained(folder, local_files_only=True).architectures or ()
            self._ctc = any("CTC" in name for name in names)
            self._features = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
            self._tokens = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            kind = AutoModelForCTC if self._ctc else AutoModelForSpeechSeq2Seq
            self._model = kind.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            self._model.eval()
            self._torch = torch

    def __call__(self, mono: Samples) -> str:
        """The words in (N,) samples at 16 kHz."""
        given = self._features(np.array(mono), sampling_rate=RATE, return_tensors="pt")
        with self._torch.no_grad():
            if self._ctc:
                ids = self._model(**given).logits.argmax(-1)
            else:
                ids = self._model.generate(**given, max_new_tokens=MOST_TOKENS)
        return " ".join(str(self._tokens.decode(ids[0], skip_special_tokens=True)).split())


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


def accuracy(wanted: Sequence[str], heard: Sequence[str]) -> float:
    """1 minus the word error rate (insertions, deletions and substitutions per wanted word), at least 0."""
    row = np.arange(len(heard) + 1)
    for i, word in enumerate(wanted, 1):
        before, row = row, np.full(len(heard) + 1, i)
        for j, other in enumerate(heard, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other))
    return max(0.0, 1 - int(row[-1]) / max(1, len(wanted)))


@register
class Transcript(Operator):
    """Words and their agreement with the brief."""

    name, version, title = "transcript", "1", "Transcript"
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
        said = [(span, recognise(self._cut(span))) for span in stretches(segments, self._end)]
        words = words_of(" ".join(text for _, text in said))
        lines = [[round(s.start, 2), round(s.end, 2), text] for s, text in said]
        sentence = f"{len(words)} words are recognised."
        yield self.found("words", len(words), words=sentence, recogniser=ASR.label, lines=lines)
        for span, text in said:
            if text:
                heard = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
                yield self.found("words", len(words_of(text)), span=span, words=f"The voice says: “{heard}”")
        yield self._match(words)

    def _cut(self, span: Span) -> Any:
        return self._mono[round((span.start - self._start) * RATE) : round((span.end - self._start) * RATE)]

    def _match(self, heard: Sequence[str]) -> Evidence:
        lines: tuple[str, ...] = self.settings.lines
        if not lines:
            return self.could_not("match", "the brief quotes no dialogue")
        share = accuracy(words_of(" ".join(lines)), heard)
        words = f"{number(100 * share)} % of the words that were asked for are heard, errors deducted."
        return self.found("match", share, words=words, asked=list(lines))
