"""The judge that answers by weight, with a model whose mind is known: what is asked, cited, left out and told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import ClassVar

import pytest

from evalverse.agent.findings import findings
from evalverse.agent.judges.base import Case, Doubt
from evalverse.agent.judges.chat import Chat, Message, Reply
from evalverse.agent.judges.plain import prose
from evalverse.agent.judges.tape import RememberingChat, ReplayingChat, Tape
from evalverse.agent.judges.weigh import Question, Weighs
from evalverse.agent.judges.weigher import asked
from evalverse.agent.judges.weighing import DESCRIBED, WeighingJudge
from evalverse.agent.verify import verify_answer
from evalverse.report.model import Answer, State, Step
from evalverse.settings import Settings
from evalverse.taxonomy import Check, load
from evalverse.taxonomy.models import Dimension, SubDimension
from tests.agent.judges.conftest import INJECTION, PaperBench

TREE = load()
LENS = next(d for _, d in TREE.dimensions() if d.path == "cinematography/lens")
EXPOSURE = next(s for s in LENS.subdimensions if s.id == "exposure")
CHECKS = EXPOSURE.checks
SOUND = next(c for c in TREE.checks() if {"sound"} <= set(c.needs) and "exposure" not in c.operators)

Mind = Callable[[str], float | None]
"""What the model thinks of a statement or description, 0 to 1; None for no opinion."""


class Mindful:
    """A model that thinks of each statement what its mind says, likes ``habit`` besides, and knows nothing blind."""

    model = "mindful"

    def __init__(self, mind: Mind, text: str = "", mass: float = 1.0, **habit: float) -> None:
        self.mind, self.text, self.mass, self.habit = mind, text, mass, habit
        self.threads: list[Sequence[Message]] = []
        self.asked: list[Question] = []
        self.written = 0

    def weigh(self, messages: Sequence[Message], questions: Sequence[Question]) -> list[dict[str, float]]:
        self.threads.append(messages)
        self.asked += questions
        blind = "Nothing of the clip is shown" in str(messages)
        return [self._weights(question, blind) for question in questions]

    def complete(self, messages: Sequence[Message], **_: object) -> Reply:
        self.threads.append(messages)
        self.written += 1
        return Reply(self.text)

    def usage(self) -> dict[str, float]:
        return {}

    def _weights(self, question: Question, blind: bool) -> dict[str, float]:
        likes = {o: self.habit.get(o, 0.0) + (0.0 if blind else self._liked(question, o)) for o in question.options}
        total = sum(exp(v) for v in likes.values())
        return {o: self.mass * exp(v) / total for o, v in likes.items()}

    def _liked(self, question: Question, option: str) -> float:
        if question.options == ("Yes", "No"):
            statement = re.search(r"A statement about the clip: (.*)", question.text)
            opinion = self.mind(statement.group(1)) if statement else None
            for_it = (option == "Yes") == ("wrong" not in question.text.splitlines()[1])
            return 0.0 if opinion is None else 6.0 * (opinion if for_it else 1 - opinion)
        (described,) = re.findall(rf"^{option}: (.*)$", question.text, re.MULTILINE)
        opinion = self.mind(described)
        return 0.0 if opinion is None else 6.0 * opinion


def thinks(check: Check, truth: float) -> Mind:
    """Sure of the statement as far as it is true, of the anchor that is nearest to it, and that all conditions hold."""
    anchors = {check.anchors.none: 0.0, check.anchors.half: 0.5, check.anchors.full: 1.0}

    def mind(text: str) -> float | None:
        if text.startswith("This condition holds"):
            return 1.0
        if text == check.statement:
            return truth
        return 1 - abs(anchors[text] - truth) if text in anchors else None

    return mind


def answers(model: Mindful, case: Case, checks: Sequence[Check] = CHECKS) -> dict[str, Answer]:
    judge = WeighingJudge("local", model, Settings.load())
    return {a.check: a for a in judge.answer(case, LENS, checks, PaperBench())}


def test_it_is_a_model_that_weighs() -> None:
    assert isinstance(Mindful(lambda text: None), Weighs)


@pytest.mark.parametrize(("truth", "low", "high"), [(0.0, 0.0, 0.1), (1.0, 0.9, 1.0)])
def test_what_the_model_thinks_is_the_answer_with_its_evidence(
    truth: float, low: float, high: float, case: Case
) -> None:
    check = CHECKS[0]
    (answer,) = answers(Mindful(thinks(check, truth)), case, [check]).values()
    assert answer.state is State.SCORED, answer.why
    assert answer.value is not None and answer.interval is not None
    assert low <= answer.value <= high
    assert answer.interval.low <= answer.value <= answer.interval.high
    wanted = check.anchors.full if truth else check.anchors.none
    assert answer.steps[-1].text.endswith(wanted)
    assert answer.evidence and set(answer.evidence) <= set(case.evidence)
    verified, tally = verify_answer(answer, check, case)
    assert (tally.marked, tally.dropped) == (0, 0), [s.doubt for s in verified.steps]


def test_a_condition_that_it_denies_closes_the_check(case: Case) -> None:
    check = CHECKS[0]
    sure = thinks(check, 1.0)
    mind = lambda text: 0.0 if text.startswith("This condition") else sure(text)  # noqa: E731
    (answer,) = answers(Mindful(mind), case, [check]).values()
    assert answer.state is State.NOT_APPLICABLE
    assert check.gate in answer.why


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Mindful(lambda text: None), "without seeing the clip"),
        (Mindful(lambda text: 0.52), "close to chance"),
        (Mindful(lambda text: 0.56, Yes=4.0), "yes to a statement and to its opposite"),
        (Mindful(lambda text: 1.0, mass=0.01), "words that it was offered"),
    ],
    ids=["blind", "undecided", "yes to all", "says something else"],
)
def test_what_is_no_answer_is_never_scored(model: Mindful, why: str, case: Case) -> None:
    told = answers(model, case)
    assert {a.state for a in told.values()} == {State.NOT_ASSESSABLE}
    assert all(why in a.why for a in told.values()), {a.why for a in told.values()}


def test_it_is_shown_frames_and_readings_once_and_hostile_words_only_as_data(case: Case) -> None:
    model = Mindful(lambda text: None)
    answers(model, case)
    seen = [t for t in model.threads if "Nothing of the clip is shown" not in str(t)]
    assert len(seen) == 1
    content = seen[0][1]["content"]
    assert sum(part["type"] == "image_url" for part in content) == 4  # three sampled frames, one moment
    text = "\n".join(part["text"] for part in content if part["type"] == "text")
    assert "7.31" in text
    assert INJECTION not in str(seen) and "</data> &lt;" not in text
    assert all("Ignore all rules" not in question.text for question in model.asked)


def test_weights_are_cached_recorded_and_replayed_like_replies(case: Case, tmp_path: Path) -> None:
    """A chat that answers what a Weigher asks, behind the cache and the tape that every model judge has."""

    class Talks:
        model, usage, calls = "talks", dict, 0

        def complete(self, messages: Sequence[Message], **_: object) -> Reply:
            self.calls += 1
            return Reply(json.dumps(Mindful(thinks(CHECKS[0], 1.0)).weigh(messages[:-1], asked(messages))))

    def judged(chat: Chat) -> tuple[WeighingJudge, list[Answer]]:
        judge = WeighingJudge("local", chat, Settings.load())
        judge.record(tape)
        return judge, judge.answer(case, LENS, CHECKS, PaperBench())

    live, tape = Talks(), Tape(tmp_path / "tape.jsonl")
    judge, first = judged(RememberingChat(live, tmp_path / "cache"))
    assert live.calls == 2  # with the clip and blind
    assert first[0].state is State.SCORED
    assert judged(RememberingChat(live, tmp_path / "cache"))[1] == first
    assert live.calls == 2
    replayed, again = judged(ReplayingChat("talks", Tape.read(tape.content())))
    assert again == first
    assert replayed.id == judge.id


def test_what_it_cannot_hear_is_not_even_asked(case: Case) -> None:
    model = Mindful(lambda text: 1.0)
    (answer,) = answers(model, case, [SOUND]).values()
    assert answer.state is State.NOT_ASSESSABLE
    assert "hears nothing" in answer.why
    assert not model.asked


def test_only_a_clear_no_closes_a_sub_dimension(case: Case) -> None:
    subs: list[SubDimension] = list(LENS.subdimensions)
    no = subs[0].name.lower()
    mind = lambda text: 0.0 if no in text.split("(")[0] else 1.0  # noqa: E731
    rulings = WeighingJudge("local", Mindful(mind), Settings.load()).gate(case, subs)
    assert [r.applies for r in rulings] == [False] + [True] * (len(subs) - 1)
    unsure = WeighingJudge("local", Mindful(lambda text: None), Settings.load()).gate(case, subs)
    assert all(r.applies for r in unsure)


class Walker(Mindful):
    """Thinks of a single frame by the time in its caption, of several as its first mind says."""

    def weigh(self, messages: Sequence[Message], questions: Sequence[Question]) -> list[dict[str, float]]:
        several = self.mind
        captions = re.findall(r"\((\d\.\d+) s\)", str(messages))
        if len(captions) == 1:
            self.mind = self.alone[float(captions[0])]
        try:
            return super().weigh(messages, questions)
        finally:
            self.mind = several

    alone: ClassVar[dict[float, Mind]] = {}


@pytest.mark.parametrize("worst", [1.0, None])
def test_a_problem_is_placed_at_the_frame_that_stands_out(worst: float | None, case: Case) -> None:
    check = CHECKS[0]
    model = Walker(thinks(check, 0.0))
    model.alone = {t: thinks(check, 0.0 if t == worst or worst is None else 1.0) for t in (0.2, 1.0, 1.8)}
    (answer,) = answers(model, case, [check]).values()
    assert answer.value is not None and answer.value < 0.1
    if worst is None:
        assert answer.span is None
    else:
        assert answer.span is not None and answer.span.start == worst
        assert case.evidence[answer.steps[-2].evidence[0]].data["seconds"] == worst


def test_asked_again_it_has_the_instruments_before_it(case: Case) -> None:
    check = CHECKS[0]
    reading = next(e for e in case.evidence.values() if e.operator == "exposure")
    said, measured = (
        Answer(check=check.path, state=State.SCORED, value=v, steps=(Step(text="x", evidence=(reading.id,)),), judge=j)
        for v, j in ((1.0, "local"), (0.0, "evidence"))
    )
    model = Mindful(thinks(check, 0.0))
    (again,) = WeighingJudge("local", model, Settings.load()).reconsider(case, [Doubt(check, said, measured)])
    assert again.value is not None and again.value < 0.1
    assert reading.id in str(model.threads[0])


def test_problems_gain_what_their_frames_show(case: Case) -> None:
    told = [a for check in CHECKS for a in answers(Mindful(thinks(check, 0.0)), case, [check]).values()]
    plain = findings(told, case, TREE)
    assert plain
    model = Mindful(lambda text: None, text="The window behind her is a white, empty shape.")
    worded = WeighingJudge("local", model, Settings.load()).explain(case, plain)
    assert model.written == min(DESCRIBED, len(plain))
    step = worded[0].steps[-2]
    assert "white, empty shape" in step.text and set(step.evidence) <= set(case.evidence)
    assert worded[0].steps[-1] == plain[0].steps[-1]
    silent = WeighingJudge("local", Mindful(lambda text: None, text="Nothing."), Settings.load())
    assert silent.explain(case, plain) == plain


def test_a_clip_of_which_nothing_is_known_gets_no_score(bare: Case) -> None:
    blind = replace(bare, clip=bare.clip.model_copy(update={"picture": None}))
    told = answers(Mindful(lambda text: 1.0), blind)
    assert {a.state for a in told.values()} == {State.NOT_ASSESSABLE}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("The sky is white. The face is da", "The sky is white."),
        ("<think>hm</think> The  sky\nis white.", "The sky is white."),
        ("Nothing.", ""),
        ("", ""),
        ("the the the the the the.", ""),
        ("画面很暗，看不清人物的脸。", ""),
        ("white white sky no end", ""),
        ("\x0e\x0eamamam\x04", ""),
    ],
)
def test_only_plain_sentences_are_kept(written: str, kept: str) -> None:
    assert prose(written) == kept


def test_every_dimension_can_be_asked(case: Case) -> None:
    """The templates take every check of the tree."""
    judge = WeighingJudge("local", Mindful(lambda text: None), Settings.load())
    for _, dimension in TREE.dimensions():
        assert isinstance(dimension, Dimension)
        checks = [c for s in dimension.subdimensions for c in s.checks]
        assert [a.check for a in judge.answer(case, dimension, checks, PaperBench())] == [c.path for c in checks]
