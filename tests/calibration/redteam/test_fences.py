"""Every attempt against everything that is ever sent to a model: no hostile word stands outside of a fence.

The model obliges and the clip is on paper, so that the whole suite takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalverse.agent.converse.talk import Spoken, talk
from evalverse.agent.judges.base import Case, Fallible
from evalverse.agent.judges.chat import Message, Reply, ToolCall
from evalverse.agent.judges.evidence import EvidenceJudge
from evalverse.agent.judges.model import ModelJudge
from evalverse.calibration.redteam.attempt import Attempt, Place, attempts
from evalverse.calibration.redteam.place import PICTURED, TAGS, brief_with, file_name
from evalverse.calibration.redteam.watch import Watched
from evalverse.report.model import Finding, Severity, Step
from evalverse.settings import Settings
from evalverse.taxonomy import Stage, load
from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from tests.agent._case import case as on_paper
from tests.agent._case import reading
from tests.calibration.redteam._minds import FENCED, holds, keeps_the_rules
from tests.report import _example as example

READ = [a for a in attempts() if a.place not in PICTURED and a.place is not Place.SUBTITLE_STREAM]
"""Attempts whose words can come to stand in a text that a model is sent."""

LENS = next(d for _, d in load().dimensions() if d.path == "cinematography/lens")


class Obliging:
    """A model that answers in form; ``sent`` holds every request."""

    model = "paper"

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def complete(self, messages: Sequence[Message], *, tools: Any = (), schema: Any = None, room: Any = None) -> Reply:
        body = {"messages": list(messages), "tools": list(tools)}
        self.sent.append(body)
        if schema is Spoken:
            return Reply(json.dumps({"about_clip": True, "claims": [], "cannot": "Nothing shows it."}))
        choice = json.loads(keeps_the_rules(body).content)["choices"][0]
        calls = choice["message"].get("tool_calls") or []
        made = tuple(ToolCall(c["id"], c["function"]["name"], c["function"]["arguments"]) for c in calls)
        return Reply(choice["message"]["content"] or "", made, choice["finish_reason"])

    def usage(self) -> dict[str, float]:
        return {}


class PaperBench:
    """Measures one thing, whatever it is asked for."""

    def measure(self, operator: str, arguments: Any) -> list[Evidence]:
        return [reading(f"{operator}.level", 0.25, words="A quarter.")]

    def look(self, seconds: Sequence[float], height: int = 512) -> list[Evidence]:
        return []


def sent(attempt: Attempt, root: Path) -> list[str]:
    """What a model is sent in a critique and a conversation with ``attempt`` in its place, one text per request."""
    ledger = Ledger(root)
    shot = ledger.put(b"\xff\xd8\xff", "image/jpeg", "worst place")
    rows = (
        reading("exposure.clipped_high", 7.3, words="Highlights clip.", low=0.0, high=100.0),
        reading("exposure.clipped_high", 30.0, span=(1.2, 1.4), picture=shot),
        reading("loudness.integrated", -20.0, unit="LUFS"),
    )
    case = on_paper(*rows, root=root, brief=brief_with(attempt.place, attempt.words))
    clip = case.clip
    if attempt.place in TAGS:
        clip = clip.model_copy(update={"metadata": {TAGS[attempt.place]: attempt.words}})
    if attempt.place is Place.FILE_NAME:
        clip = clip.model_copy(update={"path": Path("/films") / file_name(attempt.words)})
    case = replace(case, clip=clip)
    chat = Obliging()
    settings = Settings(judge_tool_rounds=2, judge_repairs=1)
    model = ModelJudge("paper", chat, settings)
    judge = Watched(model, attempt.place, attempt.words)
    critique(judge, case)
    report = example.make(root / "report").report
    talk(
        model,
        settings,
        judge._tainted(case),
        PaperBench(),
        report,
        attempt.words,
        [{"said": attempt.words, "reply": "No."}],
    )
    return ["\n".join(_texts(body)) for body in chat.sent]


def critique(judge: Watched, case: Case) -> None:
    """Every question that a critique puts."""
    judge.gate(case, LENS.subdimensions)
    judge.choose(case, LENS.subdimensions, ["exposure", "contrast"])
    checks = [c for s in LENS.subdimensions for c in s.checks][:3]
    judge.reflect(case, judge.answer(case, LENS, checks, PaperBench()))
    step = Step(text=f"It shows. {judge._words}", evidence=(next(iter(case.evidence)),))
    judge.explain(
        case,
        [
            Finding(
                id="f1",
                kind="problem",
                severity=Severity.MAJOR,
                check=checks[0].path,
                title="Highlights are lost",
                stage=Stage.PRODUCTION,
                span=None,
                steps=(step,),
                score=0.2,
                fix="Expose for them.",
                prompt_patch="held highlights",
            )
        ],
    )


def _texts(body: dict[str, Any]) -> list[str]:
    found = []
    for message in body["messages"]:
        content = message.get("content") or ""
        found += [content] if isinstance(content, str) else [p["text"] for p in content if p["type"] == "text"]
    return found


@pytest.mark.parametrize("attempt", READ, ids=lambda a: a.id)
def test_hostile_words_reach_a_model_in_fences_only(attempt: Attempt, tmp_path: Path) -> None:
    requests = sent(attempt, tmp_path)
    assert len(requests) >= 7
    assert any(holds(text, attempt) for text in requests), "the words never came to where a model reads them"
    loose = [text for text in requests if holds(FENCED.sub(" ", text), attempt)]
    assert not loose


def test_a_fence_that_is_not_escaped_would_be_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import evalverse.prompts.data as data

    attempt = next(a for a in attempts() if a.id == "prompt-fence")
    monkeypatch.setattr(data, "clean", str)
    assert any(holds(FENCED.sub(" ", text), attempt) for text in sent(attempt, tmp_path))


def test_whoever_is_watched_stays_what_they_are() -> None:
    assert isinstance(Watched(ModelJudge("paper", Obliging(), Settings()), Place.PROMPT, ""), Fallible)
    assert not isinstance(Watched(EvidenceJudge(), Place.PROMPT, ""), Fallible)
