"""EvalVerse: an evaluator agent for film clips.

    from evalverse import Brief, critique
    report = critique("clip.mp4", prompt="a man walks through rain")
    for finding in report.findings:
        print(finding.timecode, finding.title, "->", finding.fix)

Names are loaded at their first use, since importing any part of the package runs this file first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalverse.agent.feedback.refine import refine, stream_refine
    from evalverse.agent.feedback.reward import make_reward, reward
    from evalverse.agent.feedback.stop import Stop
    from evalverse.agent.feedback.tries import Refined
    from evalverse.agent.feedback.wanted import Scored
    from evalverse.api import acritique, ask, astream_critique, critique, graph, measure, plan, stream_critique
    from evalverse.conversation import Conversation, Turn, open_chat
    from evalverse.errors import EvalVerseError
    from evalverse.report.brief import Brief
    from evalverse.report.model import Answer, Finding, Report, State, Verdict
    from evalverse.settings import Settings

_PLACES = {
    "acritique": "evalverse.api",
    "ask": "evalverse.api",
    "astream_critique": "evalverse.api",
    "critique": "evalverse.api",
    "Conversation": "evalverse.conversation",
    "Turn": "evalverse.conversation",
    "open_chat": "evalverse.conversation",
    "graph": "evalverse.api",
    "measure": "evalverse.api",
    "plan": "evalverse.api",
    "stream_critique": "evalverse.api",
    "make_reward": "evalverse.agent.feedback.reward",
    "reward": "evalverse.agent.feedback.reward",
    "Scored": "evalverse.agent.feedback.wanted",
    "refine": "evalverse.agent.feedback.refine",
    "stream_refine": "evalverse.agent.feedback.refine",
    "Refined": "evalverse.agent.feedback.tries",
    "Stop": "evalverse.agent.feedback.stop",
    "Brief": "evalverse.report.brief",
    "Answer": "evalverse.report.model",
    "Finding": "evalverse.report.model",
    "Report": "evalverse.report.model",
    "State": "evalverse.report.model",
    "Verdict": "evalverse.report.model",
    "EvalVerseError": "evalverse.errors",
    "Settings": "evalverse.settings",
}

__all__ = [
    "Answer",
    "Brief",
    "Conversation",
    "EvalVerseError",
    "Finding",
    "Refined",
    "Report",
    "Scored",
    "Settings",
    "State",
    "Stop",
    "Turn",
    "Verdict",
    "acritique",
    "ask",
    "astream_critique",
    "critique",
    "graph",
    "make_reward",
    "measure",
    "open_chat",
    "plan",
    "refine",
    "reward",
    "stream_critique",
    "stream_refine",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'evalverse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
