"""What a model judge needs from a model: messages in, one reply out. Any backend that has ``complete`` will do."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

Message = dict[str, Any]
"""A chat message as OpenAI's API writes it: role, content as text or as parts, tool calls."""

Part = dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """A tool that the model wants called; ``arguments`` is JSON as the model wrote it, right or wrong."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    """What the model said. ``finish`` is the server's reason for stopping: 'stop', 'length', 'tool_calls' ..."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    refusal: str = ""


class Chat(Protocol):
    """A model behind a chat interface."""

    model: str

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[dict[str, Any]] = (),
        schema: type[BaseModel] | None = None,
        room: int | None = None,
    ) -> Reply:
        """One reply of at most ``room`` tokens, in the form of ``schema`` as far as the backend can enforce it.

        Raises:
            JudgeUnavailable: the backend cannot be reached or refuses the request.
            JudgeMalformed: what came back is no chat completion.
            BudgetExhausted: the call could pass the budget.
        """

    def usage(self) -> dict[str, float]:
        """Calls, tokens, seconds and money used so far."""


def says(role: str, content: str | list[Part]) -> Message:
    """A plain message."""
    return {"role": role, "content": content}


def words(text: str) -> Part:
    """A part of text."""
    return {"type": "text", "text": text}


def picture(content: bytes, media_type: str) -> Part:
    """A part that carries a picture in itself, as a data URI."""
    data = base64.b64encode(content).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}


def video(content: bytes, media_type: str) -> Part:
    """A part that carries a film in itself, in the form that vLLM and SGLang take."""
    data = base64.b64encode(content).decode("ascii")
    return {"type": "video_url", "video_url": {"url": f"data:{media_type};base64,{data}"}}


def called(reply: Reply) -> Message:
    """The assistant's message that made these tool calls."""
    calls = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in reply.calls
    ]
    return {"role": "assistant", "content": reply.text or None, "tool_calls": calls}


def result(call: ToolCall, text: str) -> Message:
    """What a tool call came to."""
    return {"role": "tool", "tool_call_id": call.id, "content": text}


def merged(messages: Sequence[Message]) -> list[Message]:
    """The same talk with neighbouring messages of the user joined: many chat templates insist on taking turns."""
    joined: list[Message] = []
    for message in messages:
        last = joined[-1] if joined else None
        if last is not None and last["role"] == message["role"] == "user":
            joined[-1] = says("user", _parts(last["content"]) + _parts(message["content"]))
        else:
            joined.append(message)
    return joined


def _parts(content: str | list[Part]) -> list[Part]:
    return [words(content)] if isinstance(content, str) else content
