"""One dimension put to a model: frames and readings first, then the checks; asked again for what is missing, cannot be
read or contradicts itself; and, where the settings say so, several times over, with the median and the spread kept.

Samples differ in the frames that are shown and in the order of the checks, not in a random seed: what moves then is
what the answer hangs on, and the same clip still gets the same report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from evalverse.agent.judges import exhibits, replies
from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.chat import Chat, Message, Reply, says, words
from evalverse.agent.judges.structured import ask
from evalverse.agent.judges.toolbox import Toolbox
from evalverse.errors import JudgeMalformed
from evalverse.prompts import render
from evalverse.report.model import Answer, Interval, State, Step
from evalverse.settings import Settings
from evalverse.taxonomy import Check, Dimension
from evalverse.tools.evidence import Evidence

VIDEO_FRAMES = 64
"""Frames of the film that a model watches where it takes one."""

WIDE = 0.5
"""Spread of the samples from which on the answer says that they did not agree."""


@dataclass(frozen=True)
class Examiner:
    """A model that is examined on dimensions; ``judge`` is the id that its answers carry."""

    chat: Chat
    settings: Settings
    judge: str

    def examine(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        """One answer per check, in the order of ``checks``.

        Raises:
            JudgeMalformed: nothing readable in the first sample, even after repair.
            JudgeUnavailable, BudgetExhausted: what the chat raises.
        """
        count = self.settings.judge_samples
        answers, gained = self._sample(case, dimension, checks, bench, 0.5, self.settings.judge_tool_rounds)
        samples = [answers]
        seen = replace(case, evidence={**case.evidence, **gained})
        for n in range(1, count):
            turned = [*checks[n % len(checks) :], *checks[: n % len(checks)]]
            try:
                again, _ = self._sample(seen, dimension, turned, bench, (0.5 + n / count) % 1, 0)
            except JudgeMalformed:
                continue  # the samples that could be read stand
            samples.append(again)
        return [joined([a for answers in samples for a in answers if a.check == check.path]) for check in checks]

    def _sample(
        self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench, phase: float, rounds: int
    ) -> tuple[list[Answer], dict[str, Evidence]]:
        """The answers of one sample, and the evidence that was called for."""
        most = self.settings.max_frames_per_question
        first_ones = most if rounds == 0 else most - most // 3
        shown = exhibits.stills(case, checks, bench, first_ones, phase, self.settings.judge_frame_height)
        task = render(
            "answer",
            dimension=dimension,
            checks=checks,
            evidence=exhibits.lines(exhibits.relevant(case, checks)),
            tools=rounds > 0,
            rounds=rounds,
        )
        clip = render("clip", **exhibits.clip_words(case)).text
        film = exhibits.film(case, self.settings.judge_video_fps, VIDEO_FRAMES)
        thread = [
            says("system", render("system").text),
            says("user", [words(clip), *film, *exhibits.parts(shown), words(task.text)]),
        ]
        toolbox = Toolbox(case, bench, most - len(shown), checks)
        first = toolbox.consult(self.chat, thread, rounds) if rounds > 0 else None
        return self.answers(thread, checks, case.clip.duration, first), toolbox.gained

    def answers(
        self, thread: Sequence[Message], checks: Sequence[Check], seconds: float, first: Reply | None = None
    ) -> list[Answer]:
        """What the model replies to ``thread`` on ``checks`` of a clip of ``seconds``. A check that it passes over is
        not assessable if it stays without an answer; so is one on which it keeps contradicting itself."""
        talk = list(thread)
        paths = {check.path: check for check in checks}
        found: dict[str, Answer] = {}
        against: dict[str, str] = {}
        for _ in range(self.settings.judge_repairs + 1):
            try:
                said = self._read(talk, first)
            except JudgeMalformed:
                if not found and not against:
                    raise
                break  # what was answered before stands
            first = None
            for judgement in said.answers:
                path = replies.match(judgement.check, list(paths))
                if path is None or path in found:
                    continue
                if (problem := replies.contradiction(judgement)) is not None:
                    against[path] = problem
                else:
                    found[path] = replies.answer(judgement, paths[path], self.judge, seconds)
            missing = [path for path in paths if path not in found]
            if not missing:
                break
            unread = [*said.unread, *(f"{path}: {against[path]}" for path in missing if path in against)]
            talk += [says("assistant", said.model_dump_json()), says("user", _reminder(missing, unread))]
        reasons = {path: f"the judge contradicts itself: {why}" for path, why in against.items()}
        return [
            found.get(path) or replies.cannot(path, reasons.get(path, replies.NO_ANSWER), self.judge) for path in paths
        ]

    def _read(self, thread: Sequence[Message], first: Reply | None) -> replies.Examination:
        settings = self.settings
        return ask(
            self.chat,
            thread,
            replies.Examination,
            repairs=settings.judge_repairs,
            room=settings.judge_max_tokens,
            first=first,
        )


def joined(samples: Sequence[Answer]) -> Answer:
    """One answer out of several to the same check: the median of the values with the reasoning nearest to it, and their
    range as interval. Where no more than half of the samples came to a value, the commonest reason for none."""
    if len(samples) == 1:
        return samples[0]
    scored = [(a.value, a) for a in samples if a.value is not None]
    if 2 * len(scored) <= len(samples):
        silent = [a for a in samples if a.value is None]
        state, _ = Counter(a.state for a in silent).most_common(1)[0]
        return next(a for a in silent if a.state is state)
    values = [value for value, _ in scored]
    middle = median(values)
    _, nearest = min(scored, key=lambda pair: abs(pair[0] - middle))
    steps = nearest.steps
    if max(values) - min(values) >= WIDE:
        told = "Asked again with other frames and in another order, the judge did not answer alike."
        steps = (*steps, Step(text=told, evidence=nearest.evidence))
    interval = Interval(low=min(values), high=max(values))
    return nearest.model_copy(update={"state": State.SCORED, "value": middle, "interval": interval, "steps": steps})


def _reminder(missing: Sequence[str], unread: Sequence[str]) -> str:
    problem = "These checks have no answer yet: " + ", ".join(missing)
    if unread:
        problem += "\nThese entries could not be used: " + "; ".join(unread)
    return render("repair", problem=problem, request="Answer these checks only, in the same form.").text
