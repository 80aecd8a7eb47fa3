"""What langgraph.json points LangGraph Studio at: it brings its own checkpointer."""

from evalverse.agent.graph import compiled

graph = compiled()
