"""The judge that is a vision-language model: it looks at frames and reads the ledger.

It knows of prompts and replies; how the model is reached is the :class:`~evalverse.agent.judges.chat.Chat`'s business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from evalverse.agent.judges import exhibits, replies
from evalverse.agent.judges.base import Bench, Case, Doubt, Judge, Reflection, Request, Ruling
from evalverse.agent.judges.chat import Chat, Message, Part, Reply, says, words
from evalverse.agent.judges.examination import Examiner
from evalverse.agent.judges.functions import schema, worth_running
from evalverse.agent.judges.rewording import content, reworded
from evalverse.agent.judges.structured import ask
from evalverse.agent.judges.tape import RememberingChat, Tape
from evalverse.agent.plan import estimate
from evalverse.errors import BudgetExhausted, JudgeMalformed
from evalverse.prompts import render
from evalverse.report.model import Answer, Finding, State
from evalverse.settings import Settings
from evalverse.taxonomy import Check, Dimension, SubDimension, load
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import operator

GATE_BATCH, REFLECT_BATCH, EXPLAIN_BATCH = 15, 12, 12
"""How many sub-dimensions, answers or findings one call treats: more would crowd each other out of the reply."""

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class ModelJudge(Judge):
    """A model behind a chat; ``kind`` stands in front of its name. See :class:`~evalverse.agent.judges.base.Judge`.

    Every method raises JudgeUnavailable, JudgeMalformed (nothing readable even after repair) or BudgetExhausted.
    """

    calibration = "none"

    def __init__(self, kind: str, chat: Chat, settings: Settings) -> None:
        self.id = f"{kind}:{chat.model}"
        self._chat = chat
        self._settings = settings
        self._examiner = Examiner(chat, settings, self.id)

    @property
    def chat(self) -> Chat:
        """The model behind it, for a conversation."""
        return self._chat

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        """What gets no ruling is inspected: its checks still have conditions of their own."""
        pictures = exhibits.parts(exhibits.sheet(case))
        rulings: dict[str, Ruling] = {}
        for batch in _batches(candidates, GATE_BATCH):
            paths = [sub.path for sub in batch]
            said = self._ask(replies.Decisions, pictures, "gate", **exhibits.clip_words(case), candidates=batch)
            for ruling in said.rulings:
                path = replies.match(ruling.path, paths)
                if path is not None and path not in rulings:
                    rulings[path] = Ruling(path, ruling.applies, ruling.why or "the judge gave no reason")
        return [
            rulings.get(sub.path) or Ruling(sub.path, True, "the judge gave no ruling, so it is inspected")
            for sub in candidates
        ]

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        """Only operators that were offered; without an offer or anything to inspect, nothing is asked."""
        if not offered or not inspected:
            return []
        said = self._ask(
            replies.Wishes,
            exhibits.parts(exhibits.sheet(case)),
            "choose",
            **exhibits.clip_words(case),
            inspected=inspected,
            operators=[_described(name, case) for name in offered],
        )
        return _requests(said.requests, offered)

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        """See :meth:`~evalverse.agent.judges.examination.Examiner.examine`."""
        return self._examiner.examine(case, dimension, checks, bench)

    def reconsider(self, case: Case, doubts: Sequence[Doubt]) -> list[Answer]:
        """Its second answers, given once it has seen what the instruments say."""
        ids = [i for d in doubts for i in (*d.measured.evidence, *d.said.evidence)]
        shown = exhibits.cited(case, ids, self._settings.max_frames_per_question)
        values = {**exhibits.clip_words(case), "doubts": [_doubted(d, case) for d in doubts]}
        thread = self._thread([*exhibits.parts(shown), words(render("disagree", **values).text)])
        return self._examiner.answers(thread, [d.check for d in doubts], case.clip.duration)

    def settle_cuts(self, case: Case, doubts: Sequence[Evidence]) -> dict[float, Literal["cut", "take"]]:
        """One question per doubtful cut. Where the budget ends, the rest stays in doubt."""
        found: dict[float, Literal["cut", "take"]] = {}
        for doubt in doubts:
            try:
                said = self._ask(replies.Cut, exhibits.parts(exhibits.pictures(case, [doubt])), "cut")
            except JudgeMalformed:
                continue
            except BudgetExhausted:
                break
            if said.verdict != "unsure":
                found[doubt.data["at"]] = said.verdict
        return found

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        """Scored answers are re-examined beside the lines and pictures that they cite; those that hold stay away."""
        statements = _checks()
        revised: list[Answer] = []
        wanted: dict[str, Request] = {}
        names = worth_running(case)
        for batch in _batches([a for a in answers if a.state is State.SCORED], REFLECT_BATCH):
            ids = [i for a in batch for i in a.evidence]
            rows = [case.evidence[i] for i in dict.fromkeys(ids) if i in case.evidence]
            gone = [f"{i} | does not exist" for i in dict.fromkeys(ids) if i not in case.evidence]
            ledger = "\n".join(filter(None, (exhibits.lines(rows), *gone)))
            said = self._ask(
                replies.Revisions,
                exhibits.parts(exhibits.cited(case, ids, self._settings.max_frames_per_question)),
                "reflect",
                **exhibits.clip_words(case),
                answers=[_claimed(a, statements.get(a.check)) for a in batch],
                ledger=ledger,
                operators=[_described(name, case) for name in names],
            )
            by_path = {a.check: a for a in batch}
            for revision in said.revisions:
                path = replies.match(revision.check, list(by_path))
                changed = self._revised(by_path.pop(path), revision, case, ledger) if path is not None else None
                if changed is not None:
                    revised.append(changed)
            for request in _requests(said.wants, names):
                wanted.setdefault(request.operator, request)
        return Reflection(tuple(revised), tuple(wanted.values()))

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        """A finding whose rewording loses a step or touches a number keeps its own words."""
        worded: dict[str, Finding] = {}
        for batch in _batches(findings, EXPLAIN_BATCH):
            said = self._ask(
                replies.Rewordings,
                [],
                "explain",
                **exhibits.clip_words(case),
                findings=[
                    {"id": f.id, "kind": f.kind, "severity": f.severity.value, "content": content(f)} for f in batch
                ],
            )
            originals = {f.id: f for f in batch}
            for rewording in said.findings:
                if rewording.id in originals:
                    worded[rewording.id] = reworded(originals[rewording.id], rewording)
        return [worded.get(f.id, f) for f in findings]

    def usage(self) -> dict[str, float]:
        return self._chat.usage()

    def record(self, tape: Tape) -> None:
        """From now on every reply is written to ``tape``; see :mod:`evalverse.agent.judges.tape`."""
        if isinstance(self._chat, RememberingChat):
            self._chat.tape = tape

    def ping(self) -> str:
        """What the model says to a greeting: shows that it answers at all. Raises JudgeError if it does not."""
        live = self._chat.chat if isinstance(self._chat, RememberingChat) else self._chat
        return live.complete([says("user", "Answer with one word: ready.")], room=64).text.strip()

    def _ask(self, model: type[M], pictures: Sequence[Part], template: str, **values: Any) -> M:
        return self._read(model, self._thread([*pictures, words(render(template, **values).text)]))

    def _read(self, model: type[M], thread: Sequence[Message], first: Reply | None = None) -> M:
        settings = self._settings
        return ask(
            self._chat, thread, model, repairs=settings.judge_repairs, room=settings.judge_max_tokens, first=first
        )

    def _thread(self, parts: list[Part]) -> list[Message]:
        return [says("system", render("system").text), says("user", parts)]

    def _revised(self, answer: Answer, revision: replies.Revision, case: Case, ledger: str) -> Answer | None:
        """None for a correction without a value, without words of the ledger or without evidence that exists: the
        answer stays as it was."""
        if revision.action == "withdraw":
            why = f"withdrawn on reflection: {revision.why or 'the judge gave no reason'}"
            return replies.cannot(answer.check, why, self.id)
        steps = replies.steps(revision.steps)
        cites = any(i in case.evidence for step in steps for i in step.evidence)
        if not isinstance(revision.value, float) or not cites or not replies.quotes(revision.quote, ledger):
            return None
        spread = answer.interval
        kept = spread if spread and spread.low <= revision.value <= spread.high else None
        return answer.model_copy(update={"value": revision.value, "steps": steps, "interval": kept, "judge": self.id})


def _claimed(answer: Answer, check: Check | None) -> dict[str, Any]:
    """An answer as the reflection prompt shows it."""
    anchors = check.anchors if check else None
    return {
        "check": answer.check,
        "statement": check.statement if check else "",
        "anchors": [f"0: {anchors.none}", f"0.5: {anchors.half}", f"1: {anchors.full}"] if anchors else [],
        "claims": f"value: {answer.value:g}\n{_claims(answer)}",
    }


def _checks() -> Mapping[str, Check]:
    return {check.path: check for tree in (load("film"), load("rightness")) for check in tree.checks()}


def _described(name: str, case: Case) -> dict[str, str]:
    """An operator as the prompts list it."""
    kind = operator(name)
    settings = schema(kind)["properties"]
    return {
        "name": name,
        "title": kind.title,
        "measures": ", ".join(m.title.lower() for m in kind.measures),
        "seconds": f"{estimate(name, case.facts):.2g}",
        "settings": "; ".join(f"{key} {json.dumps(form)}" for key, form in settings.items()),
    }


def _requests(wishes: Sequence[replies.Wish], offered: Sequence[str]) -> list[Request]:
    """The wishes that can be met, each operator once."""
    found: dict[str, Request] = {}
    for wish in wishes:
        if wish.operator in offered:
            why = wish.why or "the judge gave no reason"
            found.setdefault(wish.operator, Request(wish.operator, why, wish.settings))
    return list(found.values())


def _doubted(doubt: Doubt, case: Case) -> dict[str, Any]:
    """A disagreement as the prompt shows it."""
    rows = [case.evidence[i] for i in doubt.measured.evidence if i in case.evidence]
    return {
        "check": doubt.check,
        "said": f"{doubt.said.value:g}",
        "claims": _claims(doubt.said),
        "measured": f"{doubt.measured.value:g}",
        "readings": exhibits.lines(rows),
    }


def _claims(answer: Answer) -> str:
    return "\n".join(f"- {s.text} [{', '.join(s.evidence)}]" for s in answer.steps)


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
