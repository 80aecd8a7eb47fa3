"""Structured answers: a chat reply becomes a checked object, or is asked for again with what was wrong, or is given up.

The form is asked for twice, by the server's own enforcement as far as it has one and in words, since servers without
enforcement see only the words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from evalverse.agent.judges.chat import Chat, Message, Reply, says
from evalverse.agent.judges.dialect import strict_schema
from evalverse.errors import JudgeMalformed
from evalverse.prompts import render

LONGEST = 400_000
"""Characters of a reply that are looked at; no answer to one question is near it."""

ECHO = 20_000
"""A reply longer than this is not repeated to the model when it is asked for again."""

CANDIDATES = 64
"""Opening braces at which an object is looked for in chatty text."""

ROOM_GROWTH = 2
"""A reply that was cut off gets this many times the room when it is asked for again."""

TELLING = 40
"""Letters of prose from which on a reply's language can be told."""

_NAME = re.compile(r"[\w./:-]+", re.ASCII)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)

M = TypeVar("M", bound=BaseModel)


class ReplyError(ValueError):
    """A reply that holds no valid object; the message tells the model what to do about it."""


def ask(
    chat: Chat, messages: Sequence[Message], model: type[M], *, repairs: int, room: int, first: Reply | None = None
) -> M:
    """The model's reply as a ``model``.

    Args:
        repairs: how often a reply that cannot be read is asked for again.
        room: tokens that a reply may have; grows when one was cut off.
        first: a reply that was given already (in the course of calling tools) and is tried before anything is sent.

    Raises:
        JudgeMalformed: no reply could be read.
    """
    thread = [*messages, says("user", render("reply", schema=json.dumps(strict_schema(model))).text)]
    problem, sent = "", thread
    for attempt in range(repairs + 1):
        try:
            reply = first if attempt == 0 and first else chat.complete(sent, schema=model, room=room)
            return read(reply, model)
        except ReplyError as error:
            problem, sent = str(error), [*thread, *_again(reply, str(error))]
            if reply.finish == "length":
                room *= ROOM_GROWTH
        except JudgeMalformed as error:  # the server, not the model: the same once more
            problem = str(error)
    raise JudgeMalformed(f"{chat.model}: no readable answer in {repairs + 1} tries; the last problem: {problem}")


def read(reply: Reply, model: type[M]) -> M:
    """The object in a reply: bare, fenced, or in the middle of talk. Raises ReplyError."""
    if reply.refusal or reply.finish == "content_filter":
        raise ReplyError(f"the reply was refused ({reply.refusal or reply.finish})")
    if len(reply.text) > LONGEST:
        raise ReplyError(f"the reply is far too long ({len(reply.text)} characters)")
    text = _THOUGHT.sub("", reply.text).strip()
    if not text:
        cut = reply.finish == "length"
        raise ReplyError("the reply was cut off before it began" if cut else "the reply was empty")
    complaint = "it holds no JSON object"
    for candidate in _objects(text):
        try:
            found = model.model_validate(candidate)
            if _foreign(candidate):
                raise ReplyError("the reply is in another language: write it in English, and quote what is not")
            return found
        except ValidationError as error:
            complaint = complaints(error) if complaint == "it holds no JSON object" else complaint
    if reply.finish == "length":
        raise ReplyError("the reply was cut off: be shorter, one sentence per step")
    raise ReplyError(complaint)


def _foreign(candidate: object) -> bool:
    """Whether most letters of its prose are not Latin. Paths and ids are no prose."""
    letters = [c for text in _prose(candidate) for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return len(letters) >= TELLING and 2 * latin < len(letters)


def _prose(node: object) -> Iterator[str]:
    if isinstance(node, str):
        if not _NAME.fullmatch(node):
            yield node
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _prose(item)


def complaints(error: ValidationError, most: int = 12) -> str:
    """What is wrong and where, without echoing what was written."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(map(str, e['loc'])) or 'the object'}: {e['msg']}" for e in found[:most]]
    return "; ".join(lines) + (f"; and {len(found) - most} more" if len(found) > most else "")


def _objects(text: str) -> Iterator[object]:
    """JSON objects in ``text``, the likeliest first: all of it, then fenced blocks, then any outermost braces."""
    for whole in (text, *_FENCED.findall(text)):
        try:
            yield json.loads(whole)
        except (ValueError, RecursionError):
            continue
    decoder, place = json.JSONDecoder(), -1
    for _ in range(CANDIDATES):
        place = text.find("{", place + 1)
        if place < 0:
            return
        try:
            found, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        yield found
        place = end - 1


def _again(reply: Reply, problem: str) -> list[Message]:
    """The reply and what was wrong with it, as turns; a reply that is empty, cut off or huge is not repeated."""
    request = "Send the whole JSON object again, corrected, and nothing else."
    turns = [says("user", render("repair", problem=problem, request=request).text)]
    if reply.text.strip() and reply.finish != "length" and len(reply.text) <= ECHO:
        turns.insert(0, says("assistant", reply.text))
    return turns
