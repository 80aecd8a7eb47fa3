"""Questions put several times over, contradictions, other languages: what is kept, asked again, or never scored."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse import Settings, critique
from evalverse.agent.judges.base import Case, Doubt
from evalverse.agent.judges.chat import Reply
from evalverse.agent.judges.examination import joined
from evalverse.agent.judges.remote import RemoteJudge
from evalverse.agent.judges.replies import Examination
from evalverse.agent.judges.structured import ReplyError, read
from evalverse.report.model import Answer, Interval, State, Step
from tests.agent.judges.conftest import PaperBench
from tests.agent.judges.fake_server import Body, FakeServer, Turn, call, obliging, say, texts
from tests.agent.judges.test_remote import CHECKS, LENS, ONE, PATHS, SETTINGS, answers, entry, judge, pictures, said
from tests.synth import write_clip

THREE = SETTINGS.model_copy(update={"judge_samples": 3, "max_frames_per_question": 2})


# samples


def sample(value: float | None, state: State = State.SCORED) -> Answer:
    if value is None:
        return Answer(check="c", state=state, why=str(state), judge="j")
    step = Step(text=f"{value:g}", evidence=("e",))
    return Answer(check="c", state=State.SCORED, value=value, steps=(step,), judge="j")


def test_samples_come_to_their_median_with_their_range() -> None:
    told = joined([sample(0.5), sample(1.0), sample(0.75)])
    assert (told.value, told.interval) == (0.75, Interval(low=0.5, high=1.0))
    assert told.steps[0].text == "0.75", "the reasoning nearest to the median"
    assert "did not answer alike" in told.steps[-1].text
    assert len(joined([sample(0.5), sample(0.5), sample(0.75)]).steps) == 1


def test_one_sample_is_left_as_it_is() -> None:
    assert joined([sample(0.5)]) == sample(0.5)


@pytest.mark.parametrize(
    ("others", "state"),
    [
        ((None, None), State.NOT_ASSESSABLE),
        ((None, 0.75), State.SCORED),
    ],
)
def test_a_value_needs_more_than_half_of_the_samples(others: tuple[float | None, ...], state: State) -> None:
    given = [sample(v, State.NOT_ASSESSABLE) for v in (0.25, *others)]
    assert joined(given).state is state


def test_samples_see_other_frames_in_another_order(case: Case) -> None:
    found, server = answers(
        case,
        said(*(entry(p, 0) for p in PATHS)),
        said(*(entry(p, 0.5) for p in PATHS)),
        said(*(entry(p, 1) for p in PATHS)),
        settings=THREE,
    )
    assert [(a.value, a.interval) for a in found] == [(0.5, Interval(low=0, high=1))] * 3
    asked = [re.findall(r"^### check: (\S+)", "\n".join(texts(body)), re.MULTILINE) for body in server.chats]
    assert asked == [PATHS, [*PATHS[1:], PATHS[0]], [PATHS[2], *PATHS[:2]]]
    shown = [tuple(text for text, _ in pictures(body)) for body in server.chats]
    assert len(set(shown)) > 1


def test_a_sample_that_cannot_be_read_is_left_out(case: Case) -> None:
    found, _ = answers(case, said(*(entry(p, 0.5) for p in PATHS)), say("no more"), settings=THREE)
    assert [a.value for a in found] == [0.5] * 3


# contradictions


@pytest.mark.parametrize(
    "wrong",
    [
        {"applies": False, "value": 1, "why": "there is none"},
        {"value": 1, "anchor": "0"},
        {"value": 0.1, "anchor": 0.5},
    ],
)
def test_what_contradicts_itself_is_asked_again_and_never_scored(case: Case, wrong: Body) -> None:
    rest = [entry(p, 1) for p in PATHS[1:]]
    mended, server = answers(case, said(entry(PATHS[0], **{"value": 0, **wrong}), *rest), said(entry(PATHS[0], 0.5)))
    assert [a.value for a in mended] == [0.5, 1, 1]
    assert "it " in json.dumps(server.chats[1]["messages"][-1])
    kept, _ = answers(case, said(entry(PATHS[0], **{"value": 0, **wrong}), *rest))
    assert kept[0].state is State.NOT_ASSESSABLE
    assert "contradicts itself" in kept[0].why
    assert [a.value for a in kept[1:]] == [1, 1]


@pytest.mark.parametrize(("anchor", "value"), [("0.5", 0.75), ("1", 0.75), (1, 1), ("none", 0.3), (None, 0.3)])
def test_a_value_near_the_anchor_it_names_stands(case: Case, anchor: object, value: float) -> None:
    found, _ = answers(case, said(*(entry(p, value, anchor=anchor) for p in PATHS)))
    assert [a.value for a in found] == [value] * 3


# language


def reply(text: str, path: str = PATHS[0]) -> Reply:
    row = {"check": path, "steps": [{"text": text, "evidence": ["exposure.clipped_high:00000000"]}], "value": 1}
    return Reply(json.dumps({"observed": text, "answers": [row]}, ensure_ascii=False))


@pytest.mark.parametrize("text", ["画面の明るさはとても良く、白飛びは見られません。", "Свет в кадре мягкий и ровный."])
def test_a_reply_in_another_script_is_asked_for_again(text: str) -> None:
    with pytest.raises(ReplyError, match="English"):
        read(reply(text), Examination)


@pytest.mark.parametrize("text", ["The sign reads 営業中 and the light is even.", "Café, naïve, Ærø: all is sharp."])
def test_a_quotation_is_no_other_language(text: str) -> None:
    assert read(reply(text), Examination).answers


# the instruments


def test_the_judge_is_shown_both_answers_and_the_readings(case: Case) -> None:
    first = next(e for e in case.evidence.values() if e.measure == "exposure.clipped_high" and e.span is None)
    step = Step(text="Highlights are held.", evidence=(first.id,))
    mine = Answer(check=ONE.path, state=State.SCORED, value=1.0, steps=(step,), judge="remote:fake-vl")
    theirs = mine.model_copy(update={"value": 0.25, "judge": "evidence"})
    with FakeServer(said(entry(ONE.path, 0.25))) as server:
        (again,) = judge(server).reconsider(case, [Doubt(ONE, mine, theirs)])
        text = "\n".join(texts(server.chats[0]))
    assert again.value == 0.25
    for words in ("You answered 1", "come to 0.25", "Highlights are held.", f"{first.id} | Clipped high: 7.31%"):
        assert words in text


@pytest.fixture(scope="module")
def burnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a picture of which half is clipped to white."""
    rng = np.random.default_rng(2)
    picture = np.kron(rng.integers(20, 235, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    picture[:, :80] = 255
    return write_clip(tmp_path_factory.mktemp("burnt") / "burnt.mp4", [picture] * 50)


def always(value: float) -> Turn:
    """Says of every check that it is worth ``value``."""

    def turn(body: Body) -> Any:
        if "### check:" not in "\n".join(texts(body)):
            return obliging(body)
        told = json.loads(json.loads(obliging(body).content)["choices"][0]["message"]["content"])
        return say({**told, "answers": [{**row, "value": value} for row in told["answers"]]})(body)

    return turn


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One cache for what is measured, none for what is said."""
    update = {"cache_dir": tmp_path_factory.mktemp("cache"), "workers": 1, "judge_cache": False, "judge_repairs": 0}
    return SETTINGS.model_copy(update=update)


def test_flattery_does_not_pass_the_instruments_in_silence(burnt: Path, settings: Settings) -> None:
    settings = settings.model_copy(update={"credibility": False})
    with FakeServer(always(1.0)) as server:
        vl = RemoteJudge(f"{server.url}#fake-vl", settings)
        report = critique(burnt, focus="are the highlights clipped by the exposure?", judge=vl, settings=settings)
        asked = sum("measurements disagree" in "\n".join(texts(body)) for body in server.chats)
    contested = [a for v in report.verdicts for a in v.answers if a.contested]
    assert asked >= 1
    assert contested
    for answer in contested:
        assert answer.interval is not None and answer.interval.low < 0.6 <= answer.interval.high
        assert answer.steps[0].text.startswith("The instruments disagree")


def test_instruments_whose_credibility_was_measured_hold_against_a_judge_of_whom_nothing_is_known(
    burnt: Path, settings: Settings
) -> None:
    with FakeServer(always(1.0)) as server:
        vl = RemoteJudge(f"{server.url}#fake-vl", settings)
        report = critique(burnt, focus="are the highlights clipped by the exposure?", judge=vl, settings=settings)
    contested = [a for v in report.verdicts for a in v.answers if a.contested]
    assert contested
    assert {a.judge for a in contested} == {"evidence"}
    assert all(a.value is not None and a.value < 0.6 for a in contested)


def test_the_same_value_for_everything_is_withdrawn_from_the_report(burnt: Path, settings: Settings) -> None:
    with FakeServer(always(0.5)) as server:
        vl = RemoteJudge(f"{server.url}#fake-vl", settings)
        report = critique(burnt, judge=vl, depth="quick", settings=settings)
    kept = [a for v in report.verdicts for a in v.answers if a.state is State.SCORED]
    assert all(a.judge == "evidence" for a in kept)  # what the instruments were shown to know better stands
    assert any("gave the value 0.5 to" in note for note in report.notes)


def test_a_dimension_that_cannot_be_read_is_not_assessable_and_the_rest_goes_on(
    burnt: Path, settings: Settings
) -> None:
    def garbled(body: Body) -> Any:
        text = "\n".join(texts(body))
        return say("I would rather chat.")(body) if "examine Lens" in text else obliging(body)

    with FakeServer(garbled) as server:
        vl = RemoteJudge(f"{server.url}#fake-vl", settings)
        report = critique(burnt, judge=vl, depth="quick", settings=settings)
    lens = [v for v in report.verdicts if v.path.startswith(LENS.path + "/")]
    assert {v.state for v in lens} <= {State.NOT_ASSESSABLE, State.NOT_APPLICABLE}
    assert any(v.state is State.SCORED for v in report.verdicts)
    assert any(note.startswith("Lens: what the judge replied could not be read") for note in report.notes)


def test_the_calls_of_a_judge_stand_in_the_manifest(burnt: Path, settings: Settings) -> None:
    def looks(body: Body) -> Any:
        asked = "tools" in body and not any(m["role"] == "tool" for m in body["messages"])
        return call(("look_crop", '{"seconds": 0.5, "right": 0.5}'))(body) if asked else obliging(body)

    with FakeServer(looks) as server:
        vl = RemoteJudge(f"{server.url}#fake-vl", settings.model_copy(update={"judge_tool_rounds": 1}))
        report = critique(burnt, focus="is the exposure right?", judge=vl, settings=settings)
    assert any("look_crop" in line and line.endswith("1 readings") for line in report.manifest.calls)
    assert any(e.operator == "look_crop" and e.picture for e in report.evidence)


def test_checks_are_examined_without_anything_measured(bare: Case) -> None:
    with FakeServer(obliging) as server:
        found = judge(server, THREE).answer(bare, LENS, CHECKS, PaperBench())
    assert [a.check for a in found] == PATHS
