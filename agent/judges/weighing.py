"""The judge that answers by weight: a vision-language model that need not write to be asked.

Every check is asked in mirrored forms, all of them about the same frames and readings, with the clip and blind; see
:mod:`~evalverse.agent.judges.weigh`. Writing is left for where it is read: what the frames of a finding show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalverse.agent.findings import PROBLEM
from evalverse.agent.judges import exhibits
from evalverse.agent.judges.base import Bench, Case, Doubt, Reflection, Request, Ruling
from evalverse.agent.judges.chat import Chat, Message, says, words
from evalverse.agent.judges.exhibits import Still
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.plain import prose
from evalverse.agent.judges.rewording import content
from evalverse.agent.judges.weigh import Asked, Form, Question, Weighed, Weighs, weigh_up
from evalverse.agent.judges.weigher import Weigher
from evalverse.agent.judges.whereabouts import places
from evalverse.prompts import render
from evalverse.report.model import Answer, Finding, State, Step
from evalverse.settings import Settings
from evalverse.taxonomy import Check, Dimension, Need, SubDimension
from evalverse.tools.evidence import Evidence, Span, still_time

CLEAR_NO = 0.2
"""At or below this the condition of a check, or the call for a sub-dimension, does not hold."""

MOST_CITED = 4
"""Readings that a step names for one check."""

DESCRIBED = 6
"""Problems whose frames are described, the worst first, and"""
DESCRIBED_FRAMES, DESCRIPTION_ROOM = 4, 96
"""how many of these frames are shown, and the tokens of the description."""

YES_NO, LETTERS = ("Yes", "No"), ("A", "B", "C")


MARK = ", by weight"
"""Ends the id of such a judge."""


class WeighingJudge(ModelJudge):
    """A chat that weighs, itself or as :class:`~evalverse.agent.judges.weigher.Weigher` asks it to. See
    :class:`~evalverse.agent.judges.base.Judge`. Raises JudgeUnavailable or BudgetExhausted.
    """

    def __init__(self, kind: str, chat: Chat, settings: Settings) -> None:
        super().__init__(kind, chat, settings)
        self.id += MARK
        self._weighs: Weighs = chat if isinstance(chat, Weighs) else Weigher(chat)

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        """Closed is only what the model denies clearly, in both wordings."""
        if not candidates:
            return []
        thread = self._shown(case, exhibits.sheet(case), [])
        said = self._ask_all(thread, [_pair(_call(sub)) for sub in candidates])
        return [_ruling(sub, one) for sub, one in zip(candidates, said, strict=True)]

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        """All of them: their readings are shown beside the frames."""
        return [Request(name, "its readings are shown beside the frames") for name in offered] if inspected else []

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        """One answer per check. What the model can neither see nor read is not assessable, without asking it."""
        shown = exhibits.stills(case, checks, bench, self._settings.max_frames_per_question)
        lacking = {check.path: why for check in checks if (why := _lacking(case, check, shown))}
        open_ones = [check for check in checks if check.path not in lacking]
        thread = self._shown(case, shown, exhibits.relevant(case, checks))
        forms = [_pair(f"This condition holds in it: {check.gate}") for check in open_ones]
        said = self._ask_all(thread, [*forms, *(_pair(c.statement) + _anchors(c) for c in open_ones)])
        gates, found = said[: len(open_ones)], said[len(open_ones) :]
        answers = {
            check.path: self._answer(case, check, shown, gate, one)
            for check, gate, one in zip(open_ones, gates, found, strict=True)
        }
        answers |= self._placed(case, shown, open_ones, answers)
        return [answers.get(check.path) or self._cannot(check, lacking[check.path]) for check in checks]

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        """Nothing: what it cannot say in every form was no answer in the first place."""
        return Reflection()

    def reconsider(self, case: Case, doubts: Sequence[Doubt]) -> list[Answer]:
        """Second answers, with nothing before the model but what the instruments read there and the frames cited."""
        answers = []
        for doubt in doubts:
            ids = (*doubt.measured.evidence, *doubt.said.evidence)
            shown = exhibits.cited(case, ids, self._settings.max_frames_per_question)
            rows = [case.evidence[i] for i in doubt.measured.evidence if i in case.evidence]
            (said,) = self._ask_all(
                self._shown(case, shown, rows), [_pair(doubt.check.statement) + _anchors(doubt.check)]
            )
            answers.append(self._scored(case, doubt.check, shown, said))
        return answers

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        """The worst problems gain a step that says what their frames show, in the model's words."""
        problems = [f.id for f in findings if f.kind == "problem"][:DESCRIBED]
        return [self._described(case, f) if f.id in problems else f for f in findings]

    def ping(self) -> str:
        """How likely it is to answer yes or no at all, which is what it must do."""
        question = "Is this a question? Answer with one word, Yes or No."
        (weights,) = self._weighs.weigh([_system()], [Question(question, YES_NO)])
        return ", ".join(f"{option} {weight:.0%}" for option, weight in weights.items())

    def _ask_all(self, thread: Sequence[Message], asked: Sequence[tuple[Form, ...]]) -> list[Weighed]:
        """All forms of all matters in one go, with the clip before the model and blind."""
        questions = list(dict.fromkeys(form.question for forms in asked for form in forms))
        if not questions:
            return []
        seen = dict(zip(questions, self._weighs.weigh(thread, questions), strict=True))
        blind = dict(zip(questions, self._weighs.weigh(_nothing(), questions), strict=True))
        return weigh_up(
            [
                Asked(forms, tuple(seen[f.question] for f in forms), tuple(blind[f.question] for f in forms))
                for forms in asked
            ]
        )

    def _shown(self, case: Case, shown: Sequence[Still], evidence: Sequence[Evidence]) -> list[Message]:
        clip = render("clip", **exhibits.clip_words(case)).text
        task = render("weigh", shown=True, evidence=exhibits.lines(evidence)).text
        return [_system(), says("user", [words(clip), *exhibits.parts(shown), words(task)])]

    def _answer(self, case: Case, check: Check, shown: Sequence[Still], gate: Weighed, said: Weighed) -> Answer:
        if gate.value is None or gate.value > CLEAR_NO:
            return self._scored(case, check, shown, said)
        why = f"the model finds that its condition does not hold: {check.gate}"
        text = "Asked in both ways, the model says that the condition does not hold."
        step = Step(text=text, evidence=_rests(shown, _readings(case, check)))
        return Answer(check=check.path, state=State.NOT_APPLICABLE, why=why, steps=(step,), judge=self.id)

    def _scored(self, case: Case, check: Check, shown: Sequence[Still], said: Weighed) -> Answer:
        if said.value is None:
            return self._cannot(check, said.why)
        read = _readings(case, check)[:MOST_CITED]
        steps = [Step(text=e.words or f"{e.title}: {e.value_text()}.", evidence=(e.id,)) for e in read]
        anchors = check.anchors
        anchor = anchors.none if said.value < 0.25 else anchors.half if said.value < 0.75 else anchors.full
        steps.append(
            Step(text=f"Asked in every form, the model comes closest to: {anchor}", evidence=_rests(shown, read))
        )
        return Answer(
            check=check.path,
            state=State.SCORED,
            value=said.value,
            interval=said.interval,
            steps=tuple(steps),
            judge=self.id,
        )

    def _placed(
        self, case: Case, shown: Sequence[Still], checks: Sequence[Check], answers: Mapping[str, Answer]
    ) -> dict[str, Answer]:
        """The answers that tell of a problem, with the place where it shows most, as far as one stands out."""
        problems = [c for c in checks if (value := answers[c.path].value) is not None and value <= PROBLEM]
        frames = [s for s in shown if (e := case.evidence.get(s.evidence)) is None or still_time(e) is not None]
        if len(frames) < 2 or not problems:
            return {}
        forms = [_pair(check.statement) for check in problems]
        blind = self._weighs.weigh(_nothing(), [form.question for pair in forms for form in pair])
        found: dict[str, Answer] = {}
        for check, place in zip(problems, places(self._weighs, _system(), frames, forms, blind), strict=True):
            if place is not None:
                answer, text = answers[check.path], "Shown each frame alone, the model finds it worst in this one."
                steps = (*answer.steps[:-1], Step(text=text, evidence=(place.evidence,)), answer.steps[-1])
                span = Span(start=place.seconds, end=place.seconds)
                found[check.path] = answer.model_copy(update={"steps": steps, "span": span})
        return found

    def _cannot(self, check: Check, why: str) -> Answer:
        return Answer(check=check.path, state=State.NOT_ASSESSABLE, why=why, judge=self.id)

    def _described(self, case: Case, finding: Finding) -> Finding:
        """The finding as it was, if the model sees nothing of it or writes no plain sentence."""
        ids = [i for step in finding.steps for i in step.evidence]
        shown = exhibits.cited(case, ids, DESCRIBED_FRAMES)
        if not shown:
            return finding
        task = render("weigh_describe", finding=content(finding)).text
        thread = [_system(), says("user", [*exhibits.parts(shown), words(task)])]
        text = prose(self._chat.complete(thread, room=DESCRIPTION_ROOM).text)
        if not text:
            return finding
        step = Step(text=f"In the frames: {text}", evidence=tuple(s.evidence for s in shown))
        return finding.model_copy(update={"steps": (*finding.steps[:-1], step, finding.steps[-1])})


def _system() -> Message:
    return says("system", render("weigh_system").text)


def _nothing() -> list[Message]:
    """What stands before a question that is asked blind."""
    return [_system(), says("user", render("weigh", shown=False, evidence="").text)]


def _pair(statement: str) -> tuple[Form, ...]:
    """A statement and its denial, each to be answered with yes or no."""
    return tuple(
        Form("yes or no", Question(render("weigh_form", form=form, statement=statement).text, YES_NO), means)
        for form, means in (("true", {"Yes": 1.0, "No": 0.0}), ("false", {"Yes": 0.0, "No": 1.0}))
    )


def _anchors(check: Check) -> tuple[Form, ...]:
    """The three anchors to choose from, in both orders."""
    rising = ((0.0, check.anchors.none), (0.5, check.anchors.half), (1.0, check.anchors.full))
    found = []
    for rows in (rising, rising[::-1]):
        choices = [(letter, text) for letter, (_, text) in zip(LETTERS, rows, strict=True)]
        means = {letter: value for letter, (value, _) in zip(LETTERS, rows, strict=True)}
        text = render("weigh_form", form="choice", choices=choices).text
        found.append(Form("anchors", Question(text, LETTERS), means))
    return tuple(found)


def _call(sub: SubDimension) -> str:
    conditions = " or: ".join(check.gate.rstrip(".") for check in sub.checks)
    return (
        f"It calls for a judgement of {sub.name.lower()} ({sub.summary.rstrip('.')}), since this holds: {conditions}."
    )


def _ruling(sub: SubDimension, said: Weighed) -> Ruling:
    if said.value is not None and said.value <= CLEAR_NO:
        return Ruling(sub.path, False, "the model sees nothing in the clip that calls for it, asked in both ways")
    return Ruling(sub.path, True, said.why or "the model does not deny that the clip calls for it")


def _lacking(case: Case, check: Check, shown: Sequence[Still]) -> str:
    """Why the model cannot judge a check whatever it says; empty if it can."""
    if _readings(case, check):
        return ""
    if {Need.SOUND, Need.SPEECH, Need.MUSIC} & set(check.needs):
        return "the model hears nothing, and nothing was measured that speaks to it"
    return "" if shown else "there is nothing to see, and nothing was measured that speaks to it"


def _rests(shown: Sequence[Still], read: Sequence[Evidence]) -> tuple[str, ...]:
    """What a conclusion rests on: the frames that were shown, or the readings where there were none."""
    return tuple(dict.fromkeys(s.evidence for s in shown if s.evidence)) or tuple(e.id for e in read[:MOST_CITED])


def _readings(case: Case, check: Check) -> list[Evidence]:
    """What was measured of what the check names, most telling first."""
    return [e for e in exhibits.relevant(case, [check]) if e.operator in check.operators and e.value is not None]
