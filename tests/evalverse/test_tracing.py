"""Spans of a run: silent without the environment's word, whole with it, and never a picture."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from evalverse import Settings, critique
from evalverse.errors import JudgeUnavailable
from tests.agent.judges.fake_server import FakeServer, fail, obliging
from tests.synth import write_clip

pytest.importorskip("opentelemetry.sdk.trace", reason="needs the extra trace")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = [np.full((60, 80, 3), 40 + 5 * i, np.uint8) for i in range(20)]
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, rate=10)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What is exported by a program that has set up a provider of its own."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield exporter


def by_kind(exporter: Any, kind: str) -> list[Any]:
    return [s for s in exporter.get_finished_spans() if s.attributes["openinference.span.kind"] == kind]


def test_one_tree_of_spans_from_the_run_down_to_the_model(film: Path, spans: Any, tmp_path: Path) -> None:
    settings = Settings.load(cache_dir=tmp_path, judge_retries=0, judge_tool_rounds=0, max_frames_per_question=2)
    with FakeServer(obliging) as server:
        critique(film, focus="exposure", judge=f"remote:{server.url}#vl", settings=settings)
    (root,) = by_kind(spans, "AGENT")
    ids = {s.context.span_id for s in spans.get_finished_spans()}
    assert all(s.parent is None or s.parent.span_id in ids for s in spans.get_finished_spans())
    assert {s.context.trace_id for s in spans.get_finished_spans()} == {root.context.trace_id}
    assert {"probe", "survey", "plan", "compose"} <= {s.name for s in by_kind(spans, "CHAIN")}
    assert {"examine", "score"} <= {s.name for s in by_kind(spans, "EVALUATOR")}
    assert "exposure" in {s.attributes["tool.name"] for s in by_kind(spans, "TOOL")}
    asked = by_kind(spans, "LLM")
    assert asked
    assert all(s.attributes["llm.model_name"] == "vl" for s in asked)
    assert all(s.attributes["llm.token_count.prompt"] == 100 for s in asked)
    texts = [str(v) for s in spans.get_finished_spans() for v in s.attributes.values()]
    assert not any("base64" in text for text in texts)
    assert max(map(len, texts)) <= 4_000


def test_a_failure_is_in_the_trace(film: Path, spans: Any, tmp_path: Path) -> None:
    settings = Settings.load(cache_dir=tmp_path, judge_retries=0)
    with FakeServer(fail(500)) as server, pytest.raises(JudgeUnavailable):
        critique(film, focus="exposure", judge=f"remote:{server.url}#vl", settings=settings)
    (root,) = by_kind(spans, "AGENT")
    assert not root.status.is_ok
    assert root.status.description == "JudgeUnavailable"


def test_texts_stay_out_where_they_are_to_be_hidden(
    film: Path, spans: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENINFERENCE_HIDE_INPUTS", "true")
    monkeypatch.setenv("OPENINFERENCE_HIDE_OUTPUTS", "true")
    critique(film, focus="exposure", settings=Settings.load(cache_dir=tmp_path))
    names = {name for s in spans.get_finished_spans() for name in s.attributes}
    assert not {"input.value", "output.value"} & names
    assert by_kind(spans, "TOOL")


RUN = "import sys; from evalverse import critique; critique(sys.argv[1], focus='exposure'); print(*sys.modules)"


def run(film: Path, cache: Path, **env: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "LANGFUSE_", "LANGSMITH_"))}
    kept |= {"EVALVERSE_CACHE_DIR": str(cache), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run([sys.executable, "-c", RUN, str(film)], env=kept | env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_exporter_is_loaded_without_the_environments_word(film: Path, tmp_path: Path) -> None:
    assert "opentelemetry.exporter" not in run(film, tmp_path)  # LangSmith's client loads the rest where it finds it


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["otlp", "langfuse", "langsmith"])
def test_spans_arrive_over_http(film: Path, tmp_path: Path, backend: str) -> None:
    got: list[tuple[str, str | None, int]] = []

    class Sink(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command == "POST":
                got.append((self.path, self.headers.get("Authorization"), len(body)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Sink) as sink:
        Thread(target=sink.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{sink.server_port}"
        env = {
            "otlp": {"OTEL_EXPORTER_OTLP_ENDPOINT": url},
            "langfuse": {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_BASE_URL": url},
            "langsmith": {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "k", "LANGSMITH_ENDPOINT": url},
        }[backend]
        run(film, tmp_path, **env)
        sink.shutdown()
    paths = {
        "otlp": ("/v1/traces", None),
        "langfuse": ("/api/public/otel/v1/traces", "Basic cGs6c2s="),
        "langsmith": ("/runs/multipart", None),
    }
    assert {(path, key) for path, key, _ in got} == {paths[backend]}
    assert sum(size for _, _, size in got) > 1_000
