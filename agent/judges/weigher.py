"""Weighing over a chat, so that weights are cached, recorded and replayed like everything else that a model says.

The questions travel as the last message, under a role of our own; a chat that can weigh answers them with JSON.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from evalverse.agent.judges.chat import Chat, Message, words
from evalverse.agent.judges.weigh import Question
from evalverse.errors import JudgeUnavailable

ROLE = "weigh"


class Weigher:
    """A :class:`~evalverse.agent.judges.weigh.Weighs` over a chat that answers :func:`asking`."""

    def __init__(self, chat: Chat) -> None:
        self.model = chat.model
        self._chat = chat

    def weigh(self, messages: Sequence[Message], questions: Sequence[Question]) -> list[dict[str, float]]:
        """See :class:`~evalverse.agent.judges.weigh.Weighs`."""
        reply = self._chat.complete([*messages, asking(questions)])
        try:
            rows: list[dict[str, float]] = json.loads(reply.text)
            return [{o: float(row[o]) for o in q.options} for q, row in zip(questions, rows, strict=True)]
        except (ValueError, TypeError, KeyError) as error:
            raise JudgeUnavailable(f"{self.model}: it cannot say how likely its words are") from error


def asking(questions: Sequence[Question]) -> Message:
    """The message that asks for weights."""
    content = [{**words(question.text), "options": list(question.options)} for question in questions]
    return {"role": ROLE, "content": content}


def asked(messages: Sequence[Message]) -> list[Question]:
    """The questions of a talk that ends in :func:`asking`; none if it does not."""
    last = messages[-1]
    return [Question(p["text"], tuple(p["options"])) for p in last["content"]] if last["role"] == ROLE else []
