"""A vision-language model on this machine: how likely its next word is, and what it writes.

All questions about the same pictures share one pass: what comes before the questions is read once, its keys and values
are kept, and only the questions themselves are read against them, several at a time. Whether that gives what reading
everything anew gives is tried out when the model is first used; where it does not, everything is read anew.
"""

from __future__ import annotations

import base64
import copy
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile
from threading import RLock
from typing import Any

from evalverse.agent.judges.chat import Message, merged, says, words
from evalverse.agent.judges.local_weights import SMALLER, Loaded, Spec, load
from evalverse.agent.judges.weigh import Question
from evalverse.errors import JudgeUnavailable

ROWS = 8
"""Questions that are read at once, and"""
ROWS_BY_TOKENS = 16_384
"""the tokens before them that are kept for these together: each question holds its own copy."""

AGREES = 0.05
"""Difference between the two ways of reading (root mean square, in spreads of the scores) that may be rounding."""


@dataclass(frozen=True)
class Written:
    """What a model wrote, and how many tokens it read and wrote. ``whole``: it came to its own end."""

    text: str
    whole: bool
    read: int
    wrote: int


class LocalModel:
    """A loaded model. Safe for several threads: one at a time gets to it."""

    def __init__(self, loaded: Loaded) -> None:
        self.name, self.device, self.dtype = loaded.name, loaded.device, loaded.dtype
        self._model, self._processor = loaded.model, loaded.processor
        self._tokens = getattr(loaded.processor, "tokenizer", loaded.processor)
        self._lock = RLock()

    @cached_property
    def reuses(self) -> str:
        """Empty if what comes before the questions need be read only once; else the reason why it is read anew."""
        from PIL import Image

        content = io.BytesIO()
        Image.linear_gradient("L").resize((448, 256)).convert("RGB").save(content, "PNG")
        shown = {"type": "image_url", "image_url": {"url": _data(content.getvalue())}}
        thread = [says("system", "Look."), says("user", [words("A picture:"), shown, words("and another:"), shown])]
        texts = ["Is it dark?", "Does it get brighter from one side to the other, and is that all that it shows?"]
        with self._lock:
            anew = self._anew(thread, texts)
            try:
                kept = self._kept(thread, texts)
            except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, NotImplementedError) as error:
                return f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
        if kept is None:
            return "its tokens do not come apart at the questions"
        off = float((anew - kept).square().mean().sqrt() / anew.std())
        return "" if off <= AGREES else f"the readings differ by {off:.2g} spreads"

    def weigh(self, messages: Sequence[Message], questions: Sequence[Question]) -> tuple[list[dict[str, float]], int]:
        """Probability of each option of each question, and how many tokens the prompts had. See :class:`Weighs`."""
        found: list[dict[str, float]] = []
        texts = [question.text for question in questions]
        with self._lock, _in_words(self.name):
            ids = {question.options: self._first_tokens(question.options) for question in questions}
            scores = None if self.reuses else self._kept(messages, texts)
            if scores is None:
                scores = self._anew(messages, texts)
            for row, question in zip(scores.exp(), questions, strict=True):
                begins = ids[question.options]
                found.append({option: float(row[list(begins[option])].sum()) for option in question.options})
        return found, self._last_read

    def write(
        self, messages: Sequence[Message], room: int, seconds: float, tools: Sequence[Mapping[str, Any]] = ()
    ) -> Written:
        """The likeliest continuation, word by word, of at most ``room`` tokens and about ``seconds``."""
        import torch

        with self._lock, _in_words(self.name), torch.inference_mode():
            given = self._encoded(messages, tools)
            read = given["input_ids"].shape[1]
            self._forget()
            out = self._model.generate(**given, do_sample=False, max_new_tokens=room, max_time=seconds)
        new = out[0, read:].tolist()
        ends = self._model.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends]) | {self._tokens.eos_token_id}
        text = self._tokens.decode(new, skip_special_tokens=True).strip()
        return Written(text, bool(new) and new[-1] in ends, read, len(new))

    def _anew(self, messages: Sequence[Message], texts: Sequence[str]) -> Any:
        """(Q, V) log probabilities of the next token, each question read with all that comes before it."""
        import torch

        rows, self._last_read = [], 0
        with torch.inference_mode():
            for text in texts:
                given = self._encoded([*messages, says("user", text)])
                self._last_read += given["input_ids"].shape[1]
                self._forget()
                rows.append(self._model(**given, logits_to_keep=1).logits[0, -1].float().log_softmax(-1))
        return torch.stack(rows)

    def _kept(self, messages: Sequence[Message], texts: Sequence[str]) -> Any | None:
        """The same, with what comes before the questions read once; None if the tokens do not come apart there."""
        import torch

        tails = [self._bare([*messages, says("user", text)]) for text in texts]
        same = min(_common(tails), *(len(tail) - 1 for tail in tails))
        tails = [tail[same:] for tail in tails]
        given = self._encoded([*messages, says("user", texts[0])])
        whole = given["input_ids"][0].tolist()
        if whole[-len(tails[0]) :] != tails[0]:
            return None
        before = len(whole) - len(tails[0])
        # what has one entry per token ends where the questions begin; pictures stay whole
        prefix = {k: v[:, :before] if v.shape == (1, len(whole)) else v for k, v in given.items()}
        self._last_read = before + sum(map(len, tails))
        found = []
        with torch.inference_mode():
            self._forget()
            cache = self._model(**prefix, use_cache=True, logits_to_keep=1).past_key_values
            shift = getattr(self._inner, "rope_deltas", None)
            step = max(1, min(ROWS, ROWS_BY_TOKENS // before))
            for start in range(0, len(tails), step):
                found.append(self._against(cache, before, tails[start : start + step], shift))
        return torch.cat(found)

    def _against(self, cache: Any, before: int, tails: Sequence[list[int]], shift: Any) -> Any:
        """(Q, V) log probabilities after each of ``tails``, read against the kept prefix, shorter ones filled up."""
        import torch

        longest, device = max(map(len, tails)), self._model.device
        ids = torch.full((len(tails), longest), int(self._tokens.pad_token_id or 0))
        mask = torch.ones(len(tails), before + longest, dtype=torch.long)
        for row, tail in enumerate(tails):
            ids[row, : len(tail)] = torch.tensor(tail)
            mask[row, before + len(tail) :] = 0
        own = copy.deepcopy(cache)
        own.batch_repeat_interleave(len(tails))
        given = {"input_ids": ids.to(device), "attention_mask": mask.to(device), "past_key_values": own}
        if shift is not None:  # Qwen-VL: pictures take up fewer positions than tokens
            at = before + torch.arange(longest, device=device) + int(shift.flatten()[0])
            given["position_ids"] = at.expand(3, len(tails), longest)
        ends = [len(tail) - 1 for tail in tails]
        wanted = sorted(set(ends))
        logits = self._model(**given, use_cache=True, logits_to_keep=torch.tensor(wanted, device=device)).logits
        picked = [logits[row, wanted.index(end)] for row, end in enumerate(ends)]
        return torch.stack(picked).float().log_softmax(-1)

    @property
    def _inner(self) -> Any:
        return getattr(self._model, "model", self._model)

    def _forget(self) -> None:
        """Qwen-VL remembers the positions of the last pictures, which are not those of the next prompt."""
        if hasattr(self._inner, "rope_deltas"):
            self._inner.rope_deltas = None

    def _encoded(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The model's input. Raises JudgeUnavailable for more than it can read."""
        given = self._templated(messages, tools, tokenize=True, return_dict=True, return_tensors="pt")
        length = given["input_ids"].shape[1]
        config = self._model.config.get_text_config()
        most = getattr(config, "max_position_embeddings", None) or length
        if length > most:
            raise JudgeUnavailable(
                f"{self.name}: a prompt of {length} tokens is longer than the {most} that it reads;"
                " set EVALVERSE_MAX_FRAMES_PER_QUESTION lower"
            )
        return dict(given.to(self._model.device, dtype=self._model.dtype))

    def _bare(self, messages: Sequence[Message]) -> list[int]:
        """Tokens of the prompt with one for each picture."""
        text = self._templated(messages, (), tokenize=False)
        return list(self._tokens(text, add_special_tokens=False)["input_ids"])

    def _templated(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], **how: Any) -> Any:
        from jinja2 import TemplateError

        talk = [self._native(message, how["tokenize"]) for message in merged(messages)]
        how |= {"add_generation_prompt": True, "tools": list(tools) or None}
        if "enable_thinking" in str(self._processor.chat_template):
            how["enable_thinking"] = False  # the next word is to be the answer
        try:
            return self._processor.apply_chat_template(talk, **how)
        except TemplateError:  # some templates know no system message
            first, *rest = talk
            if first["role"] != "system" or not rest:
                raise
            joined = {**rest[0], "content": [*first["content"], *rest[0]["content"]]}
            return self._processor.apply_chat_template([joined, *rest[1:]], **how)

    def _native(self, message: Message, pictures: bool) -> dict[str, Any]:
        """A message as processors want it: parts, decoded ``pictures`` or their places, no control tokens in text."""
        content = message.get("content") or ""
        parts = [words(content)] if isinstance(content, str) else content
        native: list[dict[str, Any]] = []
        for part in parts:
            if part["type"] == "text":
                native.append({"type": "text", "text": self._plain(part["text"])})
            else:
                native.append({"type": "image"} | ({"image": _decoded(part["image_url"]["url"])} if pictures else {}))
        calls = [
            {**call, "function": {**call["function"], "arguments": json.loads(call["function"]["arguments"])}}
            for call in message.get("tool_calls") or ()
        ]  # templates want the arguments as an object
        return {**message, "content": native} | ({"tool_calls": calls} if calls else {})

    def _plain(self, text: str) -> str:
        """Text in which no control token of this model stands: those that do are broken up."""
        for control in self._controls:
            text = text.replace(control, f"{control[0]} {control[1:]}")
        return text

    @cached_property
    def _controls(self) -> list[str]:
        return sorted((t for t in self._tokens.get_added_vocab() if len(t.strip()) > 2), key=len, reverse=True)

    def _first_tokens(self, options: tuple[str, ...]) -> dict[str, set[int]]:
        """The tokens with which each option may begin, in any spelling, without those that two of them share."""
        found = {option: self._beginnings(option) for option in options}
        shared = {i for a in options for b in options if a != b for i in found[a] & found[b]}
        if any(not ids - shared for ids in found.values()):
            raise JudgeUnavailable(f"{self.name}: its tokens do not tell {', '.join(options)} apart")
        return {option: ids - shared for option, ids in found.items()}

    def _beginnings(self, option: str) -> set[int]:
        spellings = {option, option.lower(), option.upper()} if len(option) > 1 else {option}
        ids = set()
        for spelling in (form + s for s in spellings for form in ("", " ")):
            first = self._tokens(spelling, add_special_tokens=False)["input_ids"][0]
            begun = self._tokens.decode([first]).strip().lower()
            if begun and option.lower().startswith(begun):
                ids.add(first)
        return ids


@lru_cache(maxsize=1)
def local_model(spec: Spec) -> LocalModel:
    """The model that ``spec`` names, loaded once: there is seldom room for two."""
    return LocalModel(load(spec))


def _common(rows: Sequence[Sequence[int]]) -> int:
    """How many tokens all rows begin with."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False)))


def _decoded(url: str) -> Any:
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as picture:
        return picture.convert("RGB")


def _data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    """Names the model when something in it fails, and tells what helps where memory runs out."""
    import torch
    from jinja2 import TemplateError

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise JudgeUnavailable(
            f"{name}: the memory of its device ran out; set EVALVERSE_MAX_FRAMES_PER_QUESTION lower, or {SMALLER}"
        ) from error
    except TemplateError as error:
        raise JudgeUnavailable(f"{name}: its chat template does not take this conversation ({error})") from error
    except (RuntimeError, ValueError, TypeError, LookupError) as error:
        raise JudgeUnavailable(f"{name}: the model failed ({type(error).__name__}: {str(error)[:200]})") from error
