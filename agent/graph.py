"""The wiring: clip and brief in, report out, in one direction.

    probe -> survey -> plan -> gather* -> question -> examine* -> reflect -> score -> compose
                                 ^                                  |
                                 +------- more evidence, <= N ------+

    on a finished thread:  converse -> a reply, or, for a dispute, examine* -> reflect -> score -> settle

Starred nodes fan out with Send. Routing stands in the nodes' return types.
"""

from __future__ import annotations

from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from evalverse.agent.nodes.compose import compose
from evalverse.agent.nodes.converse import converse
from evalverse.agent.nodes.examine import examine
from evalverse.agent.nodes.gather import gather
from evalverse.agent.nodes.plan import plan
from evalverse.agent.nodes.probe import probe
from evalverse.agent.nodes.question import question
from evalverse.agent.nodes.reflect import reflect
from evalverse.agent.nodes.score import score
from evalverse.agent.nodes.settle import settle
from evalverse.agent.nodes.survey import survey
from evalverse.agent.state import Asked, Context, State, Told

Graph = CompiledStateGraph[State, Context, Asked, Told]


def build() -> StateGraph[State, Context, Asked, Told]:
    """The graph before it is compiled."""
    graph = StateGraph(State, context_schema=Context, input_schema=Asked, output_schema=Told)
    for node in (probe, survey, plan, gather, question, examine, reflect, score, compose, converse, settle):
        graph.add_node(node.__name__, node)
    graph.add_conditional_edges(START, entry)
    graph.add_edge("probe", "survey")
    graph.add_edge("survey", "plan")
    graph.add_edge("gather", "question")
    graph.add_edge("examine", "reflect")
    graph.add_conditional_edges("score", scored)
    graph.add_edge("compose", END)
    graph.add_edge("settle", END)
    return graph


def entry(state: State) -> Literal["probe", "converse"]:
    """A critique begins at the probe; words on a finished one go to the conversation."""
    return "converse" if state.get("say") and state.get("report") else "probe"


def scored(state: State) -> Literal["compose", "settle"]:
    """A critique ends in its report; a dispute in the report with one verdict changed."""
    return "settle" if state.get("disputed") else "compose"


def compiled(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Graph:
    """The graph, ready to run: as it is, with a checkpointer, or as a node of another graph."""
    return build().compile(checkpointer=checkpointer, name="evalverse")
