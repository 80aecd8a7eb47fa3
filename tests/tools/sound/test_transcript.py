"""Transcription by tiny recognisers with random weights, and the comparison with what a brief quotes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse.tools.evidence import Span
from evalverse.tools.operator import Wishes
from evalverse.tools.sound import transcript
from evalverse.tools.sound.transcript import (
    Transcript,
    TranscriptSettings,
    Word,
    accuracy,
    aligned,
    stretches,
    words_of,
)
from tests.synth import speech_like
from tests.tools.sound._hear import listen, moments, sounding, value, whole
from tests.tools.sound._voices import RATE, spoken_at

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def transformers() -> Any:
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    transcript.importable()
    return pytest.importorskip("transformers", reason="needs the extra 'neural'")


def tiny_ctc(t: Any, folder: Path) -> None:
    """A Wav2Vec2 of two small layers with random weights, as the hub has them."""
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *LETTERS, "'"]
    (folder / "vocab.json").write_text(json.dumps({letter: i for i, letter in enumerate(letters)}))
    t.Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    t.Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)
    config = t.Wav2Vec2Config(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(16, 16, 16),
        conv_stride=(5, 4, 4),
        conv_kernel=(10, 4, 4),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    t.Wav2Vec2ForCTC(config).save_pretrained(folder)


def tiny_whisper(t: Any, folder: Path) -> None:
    """A Whisper of one small layer with random weights, as the hub has them."""
    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        "<|en|>",
        "<|transcribe|>",
        "<|translate|>",
        "<|notimestamps|>",
        *(f"<|{k / 50:.2f}|>" for k in range(1501)),
    ]
    vocabulary = {token: i for i, token in enumerate([*LETTERS, "Ġ", *special])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    t.WhisperTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt")).save_pretrained(folder)
    t.WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    end = vocabulary["<|endoftext|>"]
    config = t.WhisperConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        decoder_start_token_id=vocabulary["<|startoftranscript|>"],
        eos_token_id=end,
        pad_token_id=end,
        bos_token_id=end,
        suppress_tokens=[],
        begin_suppress_tokens=[],
    )
    model = t.WhisperForConditionalGeneration(config)
    told = model.generation_config
    told.no_timestamps_token_id, told.alignment_heads = vocabulary["<|notimestamps|>"], [[0, 0], [0, 1]]
    told.is_multilingual = False
    model.save_pretrained(folder)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("made", [tiny_ctc, tiny_whisper])
def test_a_recogniser_in_a_folder_is_loaded_and_listens(
    made: Callable[[Any, Path], None], transformers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    torch.manual_seed(0)  # whether random weights tell times must not hang on the tests before
    folder = tmp_path / "asr"
    folder.mkdir()
    made(transformers, folder)
    monkeypatch.setenv("EVALVERSE_ASR", str(folder))
    assert Transcript.lacks() is None
    sound = sounding(speech_like(1, 4, RATE), RATE)
    said = spoken_at(sound, tmp_path, (0.5, 1.5), (3.0, 3.8))
    found = listen(Transcript, sound, tmp_path, evidence=said, settings=TranscriptSettings(lines=("good morning",)))
    words = whole(found, "words")
    assert words.data["recogniser"] == "folder asr" and len(words.data["lines"]) == 2
    assert value(found, "words") == len(" ".join(line[2] for line in words.data["lines"]).split())
    assert 0 <= value(found, "match") <= 1 and len(moments(found, "words")) <= 2
    assert len(words.data["timed"]) == value(found, "words")
    assert all(0.2 <= start <= end <= 4.1 for start, end, _ in words.data["timed"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_times_of_words_are_where_the_letters_come(transformers: Any, tmp_path: Path) -> None:
    """A CTC model whose letters are set by hand: 'go' in steps 10 to 14, 'now' in steps 40 to 46 of 5 ms each."""
    import torch

    tiny_ctc(transformers, tmp_path)
    listens = transcript.Recogniser(tmp_path)
    letters = json.loads((tmp_path / "vocab.json").read_text())
    steps = {**dict.fromkeys(range(10, 12), "g"), **dict.fromkeys(range(12, 14), "o"), 20: "|"}
    steps |= {40: "n", 42: "o", 44: "w"}

    def forward(given: Any, **_: Any) -> Any:
        logits = torch.zeros(1, given.shape[-1] // 80, len(letters))
        logits[..., letters["<pad>"]] = 1
        for step, letter in steps.items():
            logits[0, step, letters[letter]] = 2
        return transformers.modeling_outputs.CausalLMOutput(logits=logits)

    listens._heard.model.forward = lambda input_values, attention_mask=None: forward(input_values)
    found = listens(np.zeros(RATE, np.float32))
    assert [word.text.lower() for word in found] == ["go", "now"]
    assert [word.start for word in found] == pytest.approx([0.05, 0.2], abs=0.006)
    assert found[1].end == pytest.approx(0.225, abs=0.006)


def test_what_is_heard_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def recogniser(folder: Path) -> Any:
        morning = [Word("Good", 0.2, 0.5), Word("morning,", 0.5, 1.0), Word("Ana!", 1.1, 1.6)]
        return lambda mono: morning if len(mono) > RATE else [Word("It's"), Word("late.")]

    monkeypatch.setattr(transcript, "Recogniser", recogniser)
    monkeypatch.setattr(transcript.Source, "folder", lambda self: tmp_path)
    sound = sounding(speech_like(1, 6, RATE), RATE)
    said = spoken_at(sound, tmp_path, (0.5, 2.0), (4.0, 4.5))
    found = listen(
        Transcript, sound, tmp_path, evidence=said, settings=TranscriptSettings(lines=("Good morning Anna",))
    )
    assert value(found, "words") == 5
    assert [m.start for m in moments(found, "words")] == [0.3, 3.8]
    assert value(found, "match") == 0, "one of three is wrong, and two were not asked for"
    assert "“It's late.”" in found[2].words
    assert whole(found, "words").data["timed"][2] == [1.4, 1.9, "Ana!"], "on the clip's clock"
    wrong = [e for e in found if e.measure == "transcript.match" and e.span is not None]
    assert [(e.span.start, e.words) for e in wrong if e.span] == [(1.4, "“Ana!” is heard where “anna” was asked for.")]
    without = listen(Transcript, sound, tmp_path, evidence=said)
    assert "quotes no dialogue" in str(whole(without, "match").unmeasured)


def test_without_weights_it_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVALVERSE_ASR", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("EVALVERSE_ALLOW_HUB", raising=False)
    reason = Transcript.lacks() or ""
    assert "hf download openai/whisper-base" in reason or "pip install" in reason


def test_the_quoted_lines_of_a_prompt_are_the_dialogue() -> None:
    tuned = Transcript.tune(Wishes(prompt='She says "I never left", he answers “You did not?” in a "noir" way'))
    assert tuned is not None and tuned.lines == ("I never left", "You did not?")
    assert Transcript.tune(Wishes(prompt="a man talks")) is None and Transcript.tune(Wishes()) is None


def test_accuracy_is_one_minus_the_word_error_rate() -> None:
    wanted = words_of("The quick brown fox")
    assert accuracy(wanted, words_of("the QUICK, brown fox!")) == 1
    assert accuracy(wanted, ["the", "quick", "fox"]) == 0.75 == accuracy(wanted, ["the", "quick", "red", "fox"])
    assert accuracy(wanted, []) == 0 == accuracy(wanted, ["a"] * 9) and accuracy([], []) == 1


def test_words_are_laid_beside_those_that_were_asked_for() -> None:
    wanted, heard = "we meet at the old mill".split(), "we met at old mill again".split()
    assert aligned(wanted, heard) == [(0, 0), (1, 1), (2, 2), (3, None), (4, 3), (5, 4), (None, 5)]
    assert aligned([], ["oh"]) == [(None, 0)] and aligned(["oh"], []) == [(0, None)] and aligned([], []) == []


def test_stretches_join_short_pauses_and_cut_long_speech() -> None:
    spans = [Span(start=a, end=b) for a, b in ((1, 2), (2.5, 3), (10, 70))]
    found = stretches(spans, 70.0)
    assert [(round(s.start, 1), round(s.end, 1)) for s in found] == [(0.8, 3.2), (9.8, 38.2), (37.8, 66.2), (65.8, 70)]


def test_silence_and_absence_of_speech_are_reasons(tmp_path: Path) -> None:
    assert "silence" in str(whole(listen(Transcript, np.zeros(48000), tmp_path), "words").unmeasured)
    assert "nobody" in str(whole(listen(Transcript, sounding(speech_like(1, 2)), tmp_path), "words").unmeasured)
