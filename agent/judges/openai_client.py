"""A model behind any server that speaks OpenAI's chat completions, through the ``openai`` package.

The package retries connection errors, time-outs, 408, 409, 429 and 5xx with back-off and honours Retry-After. This
layer adds what a critique needs: usage and budget, what the server accepts, and errors that name the way out. Neither
key nor prompt nor picture is ever logged or put into a message.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import Message, Reply, ToolCall, merged
from evalverse.agent.judges.dialect import Dialect, strict_schema
from evalverse.agent.judges.logprobs import ASKS, WAY_OUT, weigh
from evalverse.agent.judges.meter import Meter, tokens
from evalverse.agent.judges.prices import Used, prices
from evalverse.agent.judges.server import Server
from evalverse.agent.judges.weigher import asked
from evalverse.errors import BriefError, JudgeMalformed, JudgeUnavailable
from evalverse.settings import Settings
from evalverse.tracing import note

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletion

CONNECT_SECONDS = 10.0


NO_KEY = "none"


class Refused(JudgeUnavailable):
    """The server will not take the request as it is (400 or 422); ``complaint`` is in the server's words."""

    def __init__(self, message: str, complaint: str) -> None:
        super().__init__(message)
        self.complaint = complaint


class OpenAIChat:
    """One model on one server. Safe for several threads.

    Args:
        address: see :meth:`Server.parse`; without a model, EVALVERSE_MODEL, else the first that the server lists.
        budget: tokens and money of all calls together, and seconds that they may take.
        key: EVALVERSE_API_KEY, else OPENAI_API_KEY, else none.
        meter: one that others count on too, in place of ``budget``.
    """

    def __init__(
        self,
        address: str,
        settings: Settings | None = None,
        budget: Budget | None = None,
        key: str | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._settings = settings or Settings.load()
        self._server = Server.parse(address)
        self._key = key or os.environ.get("EVALVERSE_API_KEY") or os.environ.get("OPENAI_API_KEY") or NO_KEY
        self._dialect = Dialect()
        budget = budget or Budget()
        self._meter = meter or Meter(budget)
        self._client = self._connect()
        self.url = self._server.url
        self.model = self._server.model or self._first_model()
        self._prices = prices(self._settings, self.model)
        if budget.money is not None and self._prices is None:
            raise BriefError(
                f"a budget in money needs the prices of {self.model}: set EVALVERSE_PRICE_IN and EVALVERSE_PRICE_OUT,"
                " or EVALVERSE_PRICES to a table of them"
            )

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[dict[str, Any]] = (),
        schema: type[BaseModel] | None = None,
        room: int | None = None,
    ) -> Reply:
        """See :class:`~evalverse.agent.judges.chat.Chat`. What the server refuses is given up once and for all."""
        if questions := asked(messages):
            return Reply(json.dumps(weigh(self._next_word, messages[:-1], questions)))
        return self._read(self._metered(messages, tools, schema, room or self._settings.judge_max_tokens, {}))

    def usage(self) -> dict[str, float]:
        """See :meth:`Meter.usage`."""
        return self._meter.usage()

    def _next_word(self, messages: Sequence[Message]) -> ChatCompletion:
        """One token, with how likely it and others were."""
        try:
            return self._metered(messages, (), None, 1, ASKS)
        except Refused as refusal:
            raise JudgeUnavailable(f"{refusal}; if it will not tell how likely words are, {WAY_OUT}") from None

    def _metered(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        schema: type[BaseModel] | None,
        room: int,
        more: Mapping[str, Any],
    ) -> ChatCompletion:
        prompt = tokens(messages, [*tools, *([strict_schema(schema)] if schema else [])])
        hold = self._meter.hold(Used(prompt, room), self._prices)
        started = time.monotonic()
        used: Used | None = None
        completion: ChatCompletion | None = None
        try:
            completion = self._negotiate(messages, tools, schema, room, more)
            used = _used(completion)
            if used is not None:
                note(llm__token_count__prompt=used.prompt, llm__token_count__completion=used.completion)
        finally:
            self._meter.settle(hold, time.monotonic() - started, used, answered=completion is not None)
        return completion

    def _negotiate(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        schema: type[BaseModel] | None,
        room: int,
        more: Mapping[str, Any],
    ) -> ChatCompletion:
        """Sends the request, in ever weaker dialects while it is refused; keeps the first that is accepted."""
        dialect, first = self._dialect, None
        while True:
            try:
                completion = self._send(dialect.said(messages), {**dialect.options(tools, schema, room), **more})
            except Refused as refusal:
                first = first or refusal
                weaker = dialect.concede(refusal.complaint, tools=bool(tools), schema=schema is not None)
                if weaker is None:
                    raise first from None
                dialect = weaker
            else:
                self._dialect = dialect
                return completion

    def _send(self, messages: Sequence[Message], options: Mapping[str, Any]) -> ChatCompletion:
        from openai.types.chat import ChatCompletion

        with self._errors():
            create: Any = self._client.chat.completions.create
            got = create(
                model=self.model,
                messages=merged(messages),
                timeout=self._timeout(),
                extra_body=self._settings.judge_extra or None,
                **options,
            )
        if not isinstance(got, ChatCompletion):
            raise JudgeMalformed(f"{self._server.url} answered with something that is not a chat completion")
        return got

    def _read(self, completion: ChatCompletion) -> Reply:
        choice = completion.choices[0] if completion.choices else None
        message: Any = getattr(choice, "message", None)
        if choice is None or message is None:
            raise JudgeMalformed(
                f"{self._server.url} answered without a message: {self._words(completion.model_extra)}"
            )
        content = message.content or ""
        if isinstance(content, list):  # some servers answer in parts
            content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        calls = tuple(
            ToolCall(c.id or f"call-{n}", c.function.name or "", c.function.arguments or "")
            for n, c in enumerate(message.tool_calls or ())
            if getattr(c, "function", None) is not None
        )
        return Reply(content, calls, choice.finish_reason or "stop", message.refusal or "")

    def _first_model(self) -> str:
        with self._errors():
            listed = list(self._client.models.list(timeout=self._timeout()))
        if not listed:
            raise JudgeUnavailable(f"{self._server.url} lists no model; name one: remote:{self._server.url}#model")
        return listed[0].id

    def _connect(self) -> OpenAI:
        from openai import OpenAI

        # older releases log whole requests at this level
        logging.getLogger("openai._base_client").setLevel(logging.INFO)
        return OpenAI(
            base_url=self._server.url,
            api_key=self._key,
            max_retries=self._settings.judge_retries,
            default_headers=dict(self._server.headers) or None,
        )

    def _timeout(self) -> Any:
        from openai import Timeout

        left = self._meter.seconds_left()
        seconds = self._settings.judge_timeout if left is None else min(self._settings.judge_timeout, max(left, 0.1))
        return Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Maps what the package raises to our errors, each with the way out."""
        import openai

        url, tries = self._server.url, self._settings.judge_retries + 1
        try:
            yield
        except openai.APITimeoutError:
            raise JudgeUnavailable(
                f"{url}: no answer within {self._settings.judge_timeout:g} s (tried {tries} times);"
                " a slow model needs a higher EVALVERSE_JUDGE_TIMEOUT"
            ) from None
        except openai.APIConnectionError as error:
            raise JudgeUnavailable(
                f"{url}: no connection ({type(error.__cause__ or error).__name__}, tried {tries} times);"
                " is the server running and the address right?"
            ) from None
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except (openai.OpenAIError, ValueError) as error:
            raise JudgeMalformed(
                f"{url} answered with something that cannot be read ({type(error).__name__})"
            ) from None

    def _refusal(self, error: Any) -> JudgeUnavailable:
        status, said = error.status_code, self._words(error.body)
        if status in (400, 422):
            hint = "; the model must take pictures" if "image" in said.lower() else ""
            return Refused(f"{self._server.url} refused the request ({status}: {said}){hint}", said)
        ways_out = {
            401: "set EVALVERSE_API_KEY to a key that this server takes",
            403: "the key in EVALVERSE_API_KEY may not use this model",
            404: f"is the path right (most servers want /v1), and is there a model {getattr(self, 'model', '')!r}?",
            413: "the request is too large; set EVALVERSE_MAX_FRAMES_PER_QUESTION lower",
            429: "the server limits how much may be asked; wait, or raise EVALVERSE_JUDGE_RETRIES",
        }
        way_out = ways_out.get(status, "the server is in trouble; try later, or name another judge")
        return JudgeUnavailable(f"{self._server.url}: {status} {said}; {way_out}")

    def _words(self, body: object) -> str:
        """What the server says of its trouble, without echoes of the request."""
        if isinstance(body, Mapping):
            inner = body.get("error", body)
            said = inner if isinstance(inner, str) else ""
            if isinstance(inner, Mapping):
                said = inner.get("message") or inner.get("detail") or ""
            if isinstance(said, list):
                said = "; ".join(str(item.get("msg", "")) for item in said if isinstance(item, Mapping))
        else:
            said = ""
        said = re.sub(r"data:[\w/+.-]+;base64,\S*", "(picture)", str(said))
        if self._key != NO_KEY:
            said = said.replace(self._key, "***")
        return said[:300] or "no reason given"


def _used(completion: ChatCompletion) -> Used | None:
    """What the server says that a call took; None if it does not say."""
    told = completion.usage
    if told is None:
        return None
    details = getattr(told, "prompt_tokens_details", None)
    cached = min(getattr(details, "cached_tokens", None) or 0, told.prompt_tokens or 0)
    return Used(told.prompt_tokens or 0, told.completion_tokens or 0, cached)
