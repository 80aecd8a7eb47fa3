"""LangGraph Studio opens the graph by the path that langgraph.json names."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from langgraph.graph.state import CompiledStateGraph

ROOT = Path(__file__).resolve().parents[2]


def test_the_named_file_holds_the_compiled_graph() -> None:
    path, _, name = json.loads((ROOT / "langgraph.json").read_text())["graphs"]["evalverse"].partition(":")
    graph = runpy.run_path(str(ROOT / path))[name]
    assert isinstance(graph, CompiledStateGraph)
    assert {"probe", "plan", "examine", "reflect", "compose", "converse"} <= set(graph.nodes)
    assert "clip" in graph.get_input_jsonschema()["properties"]
