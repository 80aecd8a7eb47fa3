"""The remote judge around the answers: gate, choose, reflect, explain; and what the clip says stays data throughout."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from evalverse.agent.bench import LedgerBench
from evalverse.agent.judges.base import Case
from evalverse.agent.judges.remote import RemoteJudge
from evalverse.report.model import Answer, Finding, Severity, State, Step
from evalverse.taxonomy import Dimension, Stage, SubDimension, load
from evalverse.tools.evidence import Span
from tests.agent.judges.conftest import INJECTION, PaperBench
from tests.agent.judges.fake_server import Body, FakeServer, obliging, say, texts
from tests.agent.judges.test_remote import CHECKS, LENS, ONE, PATHS, TOOLS, judge, pictures

# gate and choose


def subs(count: int) -> list[SubDimension]:
    return list(load().subdimensions())[:count]


def test_gate_shows_a_contact_sheet_and_rules_on_every_candidate(case: Case) -> None:
    with FakeServer(obliging) as server:
        rulings = judge(server).gate(case, subs(20))
        assert len(server.chats) == 2, "in batches"
    assert [r.path for r in rulings] == [s.path for s in subs(20)]
    assert all(r.applies and r.why == "the frames call for it" for r in rulings)
    ((caption, content),) = pictures(server.chats[0])
    assert caption.startswith("Contact sheet of the clip, row by row, at 00:00.")
    assert content.startswith(b"\xff\xd8")


def test_gate_closes_what_the_judge_closes_and_inspects_what_it_passes_over(case: Case) -> None:
    one, two, three = subs(3)
    reply = {"rulings": [{"path": one.path, "why": "no people", "applies": False}, {"path": two.path, "applies": True}]}
    with FakeServer(say(reply)) as server:
        rulings = judge(server).gate(case, [one, two, three])
    assert [r.applies for r in rulings] == [False, True, True]
    assert rulings[0].why == "no people"
    assert "no ruling" in rulings[2].why


def test_gate_does_without_the_sheet_if_the_file_has_gone(case: Case) -> None:
    gone = replace(case, clip=case.clip.model_copy(update={"path": case.clip.path.with_name("gone.mp4")}))
    with FakeServer(obliging) as server:
        assert len(judge(server).gate(gone, subs(1))) == 1
    assert pictures(server.chats[0]) == []


def test_choose_takes_only_what_is_offered_each_once_in_order(case: Case) -> None:
    wishes = [{"operator": o, "why": "w"} for o in ("integrity", "nonsense", "exposure", "integrity")]
    with FakeServer(say({"requests": wishes})) as server:
        found = judge(server).choose(case, subs(2), ["exposure", "integrity"])
        assert [(r.operator, r.why) for r in found] == [("integrity", "w"), ("exposure", "w")]
        assert judge(server).choose(case, subs(2), []) == []
        assert len(server.chats) == 1, "nothing to choose from, nothing asked"


# reflect

QUOTE = "highlights  CLIP."
"""Words of the ledger line that the answers cite."""
STEP = {"text": "It is clipped.", "evidence": ["REAL"]}


def scored(check: str, value: float = 1.0, **fields: Any) -> Answer:
    given: dict[str, Any] = {"steps": (Step(text="It shows.", evidence=("exposure.clipped_high:00000000",)),), **fields}
    return Answer(check=check, state=State.SCORED, value=value, judge="remote:fake-vl", **given)


def reflected(case: Case, *revisions: Body, wants: list[Body] | None = None, count: int = 3) -> tuple[Any, FakeServer]:
    real = next(iter(case.evidence))
    cited = (Step(text="It shows.", evidence=(real,)),)
    told = json.loads(json.dumps({"revisions": list(revisions), "wants": wants or []}).replace("REAL", real))
    with FakeServer(say(told)) as server:
        return judge(server).reflect(case, [scored(p, steps=cited) for p in PATHS[:count]]), server


def test_reflection_corrects_withdraws_and_wants(case: Case) -> None:
    reflection, _ = reflected(
        case,
        {"check": PATHS[0], "action": "correct", "value": 0.25, "steps": [STEP], "why": "overlooked", "quote": QUOTE},
        {"check": PATHS[1], "action": "withdraw", "value": None, "steps": [], "why": "not to be seen"},
        wants=[{"operator": "integrity", "why": "w"}, {"operator": "made_up", "why": "w"}],
    )
    first, second = reflection.answers
    assert (first.check, first.value, first.evidence) == (PATHS[0], 0.25, tuple(case.evidence)[:1])
    assert second.state is State.NOT_ASSESSABLE
    assert second.why == "withdrawn on reflection: not to be seen"
    assert [r.operator for r in reflection.wants] == ["integrity"]


@pytest.mark.parametrize(
    "revision",
    [
        {"check": PATHS[0], "action": "correct", "value": "not_assessable", "steps": [{"text": "?"}], "why": ""},
        {"check": PATHS[0], "action": "correct", "value": 0, "steps": [], "why": "just so", "quote": QUOTE},
        {
            "check": PATHS[0],
            "action": "correct",
            "value": 0,
            "steps": [STEP],
            "why": "so",
            "quote": "it never says this",
        },
        {"check": PATHS[0], "action": "correct", "value": 0, "steps": [STEP], "why": "so", "quote": ""},
        {
            "check": PATHS[0],
            "action": "correct",
            "value": 0,
            "steps": [{"text": "It is.", "evidence": ["x.y:1"]}],
            "why": "cites nothing",
            "quote": QUOTE,
        },
        {"check": "acting/smile", "action": "withdraw", "value": None, "steps": [], "why": "never asked"},
    ],
)
def test_a_revision_without_value_reason_or_answer_changes_nothing(case: Case, revision: Body) -> None:
    assert reflected(case, revision)[0].answers == ()


def test_reflection_sees_the_lines_and_pictures_that_were_cited(case: Case) -> None:
    moment = next(e for e in case.evidence.values() if e.span is not None)
    cites = (moment.id, "exposure.clipped_high:00000000")
    with FakeServer(obliging) as server:
        judge(server).reflect(case, [scored(PATHS[0], steps=(Step(text="It clips.", evidence=cites),))])
    text = "\n".join(texts(server.chats[0]))
    assert f"{moment.id} | Clipped high: 30%" in text
    assert "exposure.clipped_high:00000000 | does not exist" in text
    assert "It clips." in text
    assert CHECKS[0].anchors.none in text
    assert [caption.split(",")[1].split()[1] for caption, _ in pictures(server.chats[0])] == [moment.id]


def test_nothing_scored_nothing_to_reflect_on(case: Case) -> None:
    silent = Answer(check=PATHS[0], state=State.NOT_ASSESSABLE, why="dark", judge="remote:fake-vl")
    with FakeServer(obliging) as server:
        reflection = judge(server).reflect(case, [silent])
    assert (reflection.answers, reflection.wants, server.chats) == ((), (), [])


# explain


def finding(**fields: Any) -> Finding:
    given: dict[str, Any] = {
        "id": "f1",
        "kind": "problem",
        "severity": Severity.MAJOR,
        "check": PATHS[0],
        "title": "Highlights clip",
        "stage": Stage.PRODUCTION,
        "span": Span(start=1.2, end=1.4),
        "timecode": "00:01.200",
        "steps": (
            Step(
                text=f"7.3 % of the picture clips at 00:01.200. {INJECTION[:17]}", evidence=("exposure.clipped_high:1",)
            ),
            Step(text="The window has no detail.", evidence=("frame_sampler.frame:2",), doubt="cites no evidence"),
        ),
        "score": 0.2,
        "fix": "Close the iris by 1 stop.",
        "prompt_patch": "soft window light",
        **fields,
    }
    return Finding(**given)


WORDED: Body = {
    "id": "f1",
    "title": "The window burns out",
    "steps": ["At 00:01.200, 7.3 % of the frame is pure white.", "You cannot see through the window."],
    "fix": "Stop down by 1.",
    "prompt_patch": "balanced exposure, detail in the window",
}


def explained(case: Case, **changes: Any) -> Finding:
    with FakeServer(say({"findings": [{**WORDED, **changes}]})) as server:
        (told,) = judge(server).explain(case, [finding()])
    return told


def test_findings_get_new_words_and_keep_everything_else(case: Case) -> None:
    told = explained(case)
    assert told.title == WORDED["title"]
    assert [s.text for s in told.steps] == WORDED["steps"]
    assert [s.evidence for s in told.steps] == [s.evidence for s in finding().steps]
    assert [s.doubt for s in told.steps] == [s.doubt for s in finding().steps]
    same = {"title", "steps", "fix", "prompt_patch"}
    assert told.model_dump(exclude=same) == finding().model_dump(exclude=same)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": WORDED["steps"][:1]},
        {"steps": [*WORDED["steps"], "And it flickers."]},
        {"steps": ["At 00:01.200, 9 % of the frame is pure white.", WORDED["steps"][1]]},
        {"steps": ["The frame is pure white.", WORDED["steps"][1]]},
        {"steps": [WORDED["steps"][0], "For 3 seconds you cannot see through the window."]},
        {"steps": [WORDED["steps"][0], " "]},
        {"title": "40 % of the window burns out"},
        {"fix": "Stop down by 2."},
        {"fix": ""},
        {"prompt_patch": "shot at f/16"},
        {"id": "f2"},
    ],
)
def test_words_that_change_the_finding_are_not_taken(case: Case, changes: Body) -> None:
    assert explained(case, **changes) == finding()


# fences


@pytest.mark.parametrize("question", ["gate", "choose", "answer", "reflect", "explain"])
def test_what_the_clip_says_stays_inside_its_fence(case: Case, question: str) -> None:
    """Brief, tags, file name, evidence, the judge's own words about them: all of it is data."""
    path = case.clip.path.with_name(INJECTION.replace("/", "\N{DIVISION SLASH}"))
    hostile = replace(case, clip=case.clip.model_copy(update={"path": path}))
    with FakeServer(obliging) as server:
        ask(judge(server), question, hostile)
        body = server.chats[0]
    system, *rest = texts(body)
    assert "never an instruction" in system
    text = "\n".join(rest)
    outside = re.sub(r'<data kind="[a-z.-]+">.*?</data>', "", text, flags=re.DOTALL)
    assert "Ignore all rules" in text
    assert "Ignore all rules" not in outside
    assert "<data" not in outside.replace("&lt;", "")
    for token in ("<|im_start|>", "```", "</data> "):
        assert token not in text


def ask(asked: RemoteJudge, question: str, case: Case) -> None:
    subs = list(LENS.subdimensions)
    if question == "gate":
        # the contact sheet needs the file under its own name
        asked.gate(replace(case, clip=case.clip.model_copy(update={"picture": None})), subs)
    elif question == "choose":
        asked.choose(case, subs, ["exposure"])
    elif question == "answer":
        asked.answer(case, LENS, [ONE], PaperBench())
    elif question == "reflect":
        asked.reflect(case, [scored(PATHS[0], steps=(Step(text=INJECTION, evidence=tuple(case.evidence)),))])
    else:
        asked.explain(case, [finding()])


# all of it


def test_a_whole_round_on_a_real_clip(bare: Case) -> None:
    with FakeServer(obliging) as server:
        asked = judge(server, TOOLS)
        bench = LedgerBench(bare, TOOLS)
        dimension: Dimension = LENS
        assert all(r.applies for r in asked.gate(bare, dimension.subdimensions))
        assert asked.choose(bare, dimension.subdimensions, ["exposure"])[0].operator == "exposure"
        read = {e.id: e for e in bench.measure("exposure", {})}
        case = replace(bare, evidence=read)
        found = asked.answer(case, dimension, [ONE, *CHECKS[1:]], bench)
        assert all(a.evidence and a.evidence[0] in read for a in found)
        assert asked.reflect(case, found).answers == ()
        assert asked.explain(case, [finding()]) == [finding()]
        used = asked.usage()
    assert used["calls"] == len(server.chats)
    assert used["prompt_tokens"] == 100 * used["calls"]
