"""A local server that speaks OpenAI's chat completions and misbehaves on demand.

Each request to /v1/chat/completions takes the next turn of the script; the last turn repeats.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any

Body = dict[str, Any]

MODELS = {"object": "list", "data": [{"id": "fake-vl", "object": "model", "created": 0, "owned_by": "tests"}]}


@dataclass(frozen=True)
class Response:
    """What goes over the wire. ``hang``: seconds without a word first; ``reset``: the connection breaks instead."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    reset: bool = False


Turn = Callable[[Body], Response]


# turns


def say(content: object, finish: str = "stop", usage: tuple[int, int] | None = (100, 10), **message: Any) -> Turn:
    """A completion with this text, list of parts, or object as JSON."""
    text = content if isinstance(content, str | list | None) else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    made: Body = {"id": "1", "object": "chat.completion", "created": 0, "model": "fake-vl", "choices": [choice]}
    if usage is not None:
        made["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return raw(json.dumps(made).encode())


def call(*tools: tuple[str, str]) -> Turn:
    """A completion that calls tools: (name, arguments as JSON text)."""
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(tools)
    ]
    return say(None, "tool_calls", tool_calls=calls)


def fail(status: int, message: str = "", **headers: str) -> Turn:
    """An error with OpenAI's body; header names are written with underscores."""
    content = json.dumps({"error": {"message": message, "type": "error", "param": None, "code": None}}).encode()
    return raw(content, status, **headers)


def raw(content: bytes, status: int = 200, content_type: str = "application/json", **headers: str) -> Turn:
    """Any bytes."""
    sent = {"Content-Type": content_type, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return lambda body: Response(content, status, sent)


def hang(seconds: float) -> Turn:
    """Silence."""
    return lambda body: Response(hang=seconds)


def reset() -> Turn:
    """The connection breaks without an answer."""
    return lambda body: Response(reset=True)


def unless(refused: Callable[[Body], bool], message: str, then: Turn, status: int = 400) -> Turn:
    """``then``, but a refusal of every request for which ``refused`` holds."""
    return lambda body: fail(status, message)(body) if refused(body) else then(body)


def obliging(body: Body) -> Response:
    """A model that answers every question in its form: everything applies, cites the first id, and is worth what the
    letters of the check's path come to."""
    text = "\n".join(texts(body))
    form = next((name for name in _FORMS if f'"{name}"' in text.rpartition("JSON schema:")[2]), None)
    if form is None:
        return say("I need no tool.")(body)
    return say(_FORMS[form](text))(body)


def texts(body: Body) -> list[str]:
    """All text of a request, message by message and part by part."""
    found = []
    for message in body["messages"]:
        content = message.get("content") or ""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        found += [part["text"] for part in parts if part["type"] == "text"]
    return found


def _answers(text: str) -> Body:
    ids = re.findall(r"^([a-z_]+\.[a-z0-9_]+:[0-9a-f]{8}) \|", text, re.MULTILINE)
    step = {"text": "It shows.", "evidence": ids[:1]}
    rows = [
        {"check": path, "steps": [step], "applies": True, "value": sum(map(ord, path)) % 5 / 4, "why": ""}
        for path in re.findall(r"^### check: (\S+)", text, re.MULTILINE)
    ]
    return {"observed": "A picture.", "answers": rows}


def _rulings(text: str) -> Body:
    paths = re.findall(r"^## path: (\S+)", text, re.MULTILINE)
    return {"rulings": [{"path": path, "why": "the frames call for it", "applies": True} for path in paths]}


def _requests(text: str) -> Body:
    names = re.findall(r"^- ([a-z_]+): .*Measures", text, re.MULTILINE)
    return {"requests": [{"operator": name, "why": "it may tell"} for name in names]}


_FORMS: dict[str, Callable[[str], Body]] = {
    "rulings": _rulings,
    "requests": _requests,
    "answers": _answers,
    "revisions": lambda text: {"revisions": [], "wants": []},
    "findings": lambda text: {"findings": []},
}


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: Body


class FakeServer:
    """``with FakeServer(say("hello")) as server: ... server.url ... server.chats``."""

    def __init__(self, *turns: Turn, models: Body | None = None) -> None:
        self.seen: list[Seen] = []
        self._turns = list(turns)
        self._models = MODELS if models is None else models
        self._lock, self._closing = Lock(), Event()
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def chats(self) -> list[Body]:
        """Bodies of the chat requests so far."""
        return [s.body for s in self.seen if s.path.endswith("/chat/completions")]

    def respond(self, seen: Seen) -> Response:
        with self._lock:
            self.seen.append(seen)
            if seen.path == "/v1/models":
                return Response(json.dumps(self._models).encode(), headers={"Content-Type": "application/json"})
            if seen.path != "/v1/chat/completions":
                return fail(404, "no such path")(seen.body)
            turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        return turn(seen.body)

    def wait(self, seconds: float) -> None:
        """Waits, but no longer than the server lives."""
        self._closing.wait(seconds)

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is what some tests are about."""


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Body) -> None:
            response = server.respond(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if response.reset:
                # no linger: the kernel sends a reset rather than an end
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            if response.hang:
                server.wait(response.hang)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
