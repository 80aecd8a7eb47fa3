"""Traces of a run as OpenTelemetry spans with OpenInference's attribute names, when the environment asks for them.

Off, and nothing is imported or sent, unless the program around us has set up a tracer provider or one of these is set:
``OTEL_EXPORTER_OTLP_ENDPOINT``, ``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``, ``OTEL_TRACES_EXPORTER`` (otlp or console), or
Langfuse's ``LANGFUSE_PUBLIC_KEY`` with ``LANGFUSE_SECRET_KEY``. Pictures never leave; texts are cut, and left out where
``OPENINFERENCE_HIDE_INPUTS`` or ``OPENINFERENCE_HIDE_OUTPUTS`` is true.

Ground floor: imports nothing of ours but errors. Attribute names: OpenInference semantic conventions.
"""

from __future__ import annotations

import atexit
import base64
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

from evalverse.errors import MissingExtra

Kind = Literal["AGENT", "CHAIN", "TOOL", "LLM", "EVALUATOR"]
"""OpenInference's kinds of span."""

LONGEST = 4_000
"""Characters of one attribute."""


class Span:
    """One span; does nothing while tracing is off."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def note(self, **attributes: Any) -> None:
        """Adds attributes; ``__`` in a name stands for a dot. None is left out."""
        if self._span is not None:
            self._span.set_attributes(_attributes(attributes))

    def end(self, error: BaseException | None = None) -> None:
        """Ends it, as failed if there is an ``error``."""
        if self._span is None:
            return
        if error is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.record_exception(error)
            self._span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        self._span.end()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Spans that begin inside have this one as their parent."""
        if self._span is None:
            yield
            return
        from opentelemetry.trace import use_span

        with use_span(self._span):
            yield


def begin(name: str, kind: Kind, parent: Span | None = None, **attributes: Any) -> Span:
    """Begins a span that its caller ends. Without a ``parent``, the current span of this thread is it."""
    tracer = _tracer()
    if tracer is None:
        return Span()
    from opentelemetry.trace import set_span_in_context

    above = None if parent is None or parent._span is None else set_span_in_context(parent._span)
    known = _attributes({"openinference__span__kind": kind, **attributes})
    return Span(tracer.start_span(name, context=above, attributes=known))


@contextmanager
def span(name: str, kind: Kind, parent: Span | None = None, **attributes: Any) -> Iterator[Span]:
    """A span around a block; an exception that leaves the block marks it as failed."""
    made = begin(name, kind, parent, **attributes)
    try:
        with made.current():
            yield made
    except BaseException as error:
        made.end(error)
        raise
    made.end()


def note(**attributes: Any) -> None:
    """Adds attributes to the current span, if there is one."""
    if _tracer() is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(_attributes(attributes))


def _attributes(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        name = name.replace("__", ".")
        if value is None or _hidden(name):
            continue
        found[name] = value if isinstance(value, bool | int | float) else str(value)[:LONGEST]
    return found


def _hidden(name: str) -> bool:
    side = "INPUTS" if ".input" in f".{name}" else "OUTPUTS" if ".output" in f".{name}" else None
    return side is not None and os.environ.get(f"OPENINFERENCE_HIDE_{side}", "").lower() in ("true", "1")


def _tracer() -> Any:
    """The tracer of the program around us, else our own where the environment asks for one, else None."""
    provider = _around() or _own()
    return provider.get_tracer("evalverse") if provider is not None else None


def _around() -> Any:
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import get_tracer_provider

    found = get_tracer_provider()
    return found if isinstance(found, TracerProvider) else None


@cache
def _own() -> Any:
    """Our own provider, made once from the environment.

    Raises:
        MissingExtra: tracing is asked for and the packages are not there.
    """
    exporters = _wanted()
    if not exporters or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
    except ImportError as error:
        what, hint = "OpenTelemetry, which the environment asks for,", "pip install 'evalverse-agent[trace]'"
        raise MissingExtra(what, hint) from error
    named = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "evalverse")})
    provider = TracerProvider(resource=named)
    for wanted in exporters:
        exporter: SpanExporter
        if wanted == "console":
            exporter = ConsoleSpanExporter(out=sys.stderr)
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(**(_langfuse() if wanted == "langfuse" else {}))
        provider.add_span_processor(BatchSpanProcessor(exporter))
    atexit.register(provider.shutdown)
    return provider


def _wanted() -> list[str]:
    named = [n.strip() for n in os.environ.get("OTEL_TRACES_EXPORTER", "").split(",") if n.strip()]
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if not named and any(os.environ.get(name) for name in endpoints):
        named = ["otlp"]
    if os.environ.get("LANGFUSE_PUBLIC_KEY") and os.environ.get("LANGFUSE_SECRET_KEY"):
        named.append("langfuse")
    return [n for n in named if n in ("otlp", "console", "langfuse")]


def _langfuse() -> dict[str, Any]:
    """Langfuse takes OpenTelemetry over HTTP, its two keys as basic authentication."""
    keys = f"{os.environ['LANGFUSE_PUBLIC_KEY']}:{os.environ['LANGFUSE_SECRET_KEY']}"
    host = os.environ.get("LANGFUSE_BASE_URL") or os.environ.get("LANGFUSE_HOST") or "https://cloud.langfuse.com"
    return {
        "endpoint": f"{host.rstrip('/')}/api/public/otel/v1/traces",
        "headers": {"Authorization": f"Basic {base64.b64encode(keys.encode()).decode('ascii')}"},
    }
