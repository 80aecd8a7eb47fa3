"""What a model said, kept: a cache answers a request that was made before, a tape replays a run without the model.

Replies lie under a digest of everything that was sent: model, messages with their pictures, tools, form, room. The same
request made again within a run (for a second sample) has its own place, counted by ``turn``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import BaseModel

from evalverse.agent.judges.chat import Chat, Message, Reply, ToolCall
from evalverse.agent.judges.dialect import strict_schema
from evalverse.errors import JudgeUnavailable, UsageError
from evalverse.tools.ledger import write_file
from evalverse.tracing import span

MEDIA_TYPE = "application/jsonl"

Place = tuple[str, int]
"""(digest of the request, how many equal requests were answered before it)."""


class Tape:
    """The replies of one run as JSON lines, in the order in which they came. Safe for several threads."""

    def __init__(self, path: Path, *, fresh: bool = True) -> None:
        self.path = path
        self._lock = Lock()
        if fresh:
            path.unlink(missing_ok=True)

    def add(self, place: Place, reply: Reply) -> None:
        """Appends one reply."""
        line = json.dumps({"request": place[0], "turn": place[1], "reply": _plain(reply)}, ensure_ascii=False)
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as lines:
                lines.write(line + "\n")

    def content(self) -> bytes:
        """All lines, sorted, so that branches that ran in another order make the same tape; of a line that a kill cut
        short, nothing."""
        if not self.path.is_file():
            return b""
        with self._lock:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        return "".join(f"{line}\n" for line in sorted({x for x in lines if x.endswith("}}")})).encode()

    @staticmethod
    def read(content: bytes) -> dict[Place, Reply]:
        """The replies in a tape's :meth:`content`. Raises UsageError if it is none."""
        told: dict[Place, Reply] = {}
        try:
            for line in content.decode("utf-8").splitlines():
                row = json.loads(line)
                told[row["request"], row["turn"]] = _reply(row["reply"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"the recording holds a line that is no answer: {error}") from error
        return told


class RememberingChat:
    """A ``chat`` whose replies are cached on disk and, while a ``tape`` is set, recorded.

    Args:
        cache: folder of replies that may answer instead of the model; None asks the model every time.
        identity: what else makes replies differ, e.g. the server's address; part of the cache's key only, so that a
            tape can be replayed anywhere.
    """

    def __init__(self, chat: Chat, cache: Path | None, identity: str = "") -> None:
        self.model = chat.model
        self.tape: Tape | None = None
        self.chat, self._cache, self._identity = chat, cache, identity
        self._turns = _Turns()
        self._cached = 0

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[dict[str, Any]] = (),
        schema: type[BaseModel] | None = None,
        room: int | None = None,
    ) -> Reply:
        """See :class:`~evalverse.agent.judges.chat.Chat`. A call that fails is not remembered."""
        digest = request_digest(self.model, messages, tools, schema, room)
        place = self._turns.take(digest)
        try:
            with span("complete", "LLM", llm__model_name=self.model, input__value=_text(messages)) as traced:
                reply = self._recall(place)
                traced.note(evalverse__from_cache=reply is not None)
                if reply is None:
                    reply = self.chat.complete(messages, tools=tools, schema=schema, room=room)
                    self._keep(place, reply)
                traced.note(output__value=reply.text or " ".join(f"{c.name}({c.arguments})" for c in reply.calls))
        except BaseException:
            self._turns.give_back(digest)
            raise
        if self.tape is not None:
            self.tape.add(place, reply)
        return reply

    def usage(self) -> dict[str, float]:
        """That of the chat, and ``calls_cached``: answered from the cache, at no cost."""
        used = self.chat.usage()
        return {**used, "calls_cached": self._cached} if self._cached else used

    def _file(self, place: Place) -> Path | None:
        if self._cache is None:
            return None
        name = hashlib.sha256(f"{self._identity}\n{place[0]}\n{place[1]}".encode()).hexdigest()
        return self._cache / name[:2] / f"{name}.json"

    def _recall(self, place: Place) -> Reply | None:
        file = self._file(place)
        if file is None or not file.is_file():
            return None
        try:
            found = _reply(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # a damaged entry is asked for again and overwritten
        self._cached += 1
        return found

    def _keep(self, place: Place, reply: Reply) -> None:
        if file := self._file(place):
            write_file(file, json.dumps(_plain(reply), ensure_ascii=False).encode())


class ReplayingChat:
    """Answers from a tape alone; there is no model behind it."""

    def __init__(self, model: str, told: Mapping[Place, Reply]) -> None:
        self.model = model
        self._told, self._turns = told, _Turns()

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[dict[str, Any]] = (),
        schema: type[BaseModel] | None = None,
        room: int | None = None,
    ) -> Reply:
        """The recorded reply. Raises JudgeUnavailable for a request that was never made in the recorded run."""
        digest = request_digest(self.model, messages, tools, schema, room)
        place = self._turns.take(digest)
        if place not in self._told:
            raise JudgeUnavailable(
                "the recording holds no answer to this request: the clip, the brief, the prompts, the settings or an"
                " operator are not those of the recorded run"
            )
        return self._told[place]

    def usage(self) -> dict[str, float]:
        """A replay uses nothing."""
        return {}


def request_digest(
    model: str,
    messages: Sequence[Message],
    tools: Sequence[dict[str, Any]],
    schema: type[BaseModel] | None,
    room: int | None,
) -> str:
    """SHA-256 of a request: equal requests, equal digests, in every process."""
    sent = {
        "model": model,
        "messages": list(messages),
        "tools": list(tools),
        "schema": strict_schema(schema) if schema else None,
        "room": room,
    }
    return hashlib.sha256(json.dumps(sent, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class _Turns:
    """How often each request was made. Safe for several threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def take(self, digest: str) -> Place:
        with self._lock:
            turn = self._counts[digest]
            self._counts[digest] += 1
        return digest, turn

    def give_back(self, digest: str) -> None:
        with self._lock:
            self._counts[digest] -= 1


def _text(messages: Sequence[Message]) -> str:
    """The words of a request, the latest first, since traces are cut; pictures are left out."""
    told = []
    for message in reversed(messages):
        content = message.get("content") or ""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        told += [f"{message['role']}: {part.get('text', '(picture)')}" for part in parts]
    return "\n".join(told)


def _plain(reply: Reply) -> dict[str, Any]:
    calls = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in reply.calls]
    return {"text": reply.text, "calls": calls, "finish": reply.finish, "refusal": reply.refusal}


def _reply(row: Mapping[str, Any]) -> Reply:
    return Reply(row["text"], tuple(ToolCall(**call) for call in row["calls"]), row["finish"], row["refusal"])
