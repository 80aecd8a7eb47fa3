"""Planning with a judge: what the facts rule out stays out, arguments are checked, and the depth bounds everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse import Report, Settings, critique, plan
from evalverse.agent.budget import Budget
from evalverse.agent.depth import DEPTHS, Depth
from evalverse.agent.facts import facts
from evalverse.agent.judges.base import Case, Reflection, Request, Ruling
from evalverse.agent.judges.scripted import ScriptedJudge
from evalverse.agent.plan import ALWAYS, afford, wanted
from evalverse.agent.run import asked, thread_id
from evalverse.errors import JudgeMalformed, UnknownName
from evalverse.report.brief import Brief
from evalverse.report.model import Answer, State, Step
from evalverse.taxonomy import load
from evalverse.taxonomy.models import SubDimension
from evalverse.tools.operator import operator
from tests.agent._case import clip
from tests.synth import write_clip

LIP_SYNC = "sound-design/vocal/lip-sync"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second and a half, silent."""
    rng = np.random.default_rng(4)
    picture = np.kron(rng.integers(40, 200, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", [np.roll(picture, i, axis=1) for i in range(36)])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One cache for all: what is measured does not depend on the judge."""
    return Settings.load(cache_dir=tmp_path_factory.mktemp("cache"))


class Planner(ScriptedJudge):
    """A judge that gates and chooses as it is told."""

    def __init__(self, rulings: Sequence[Ruling] = (), requests: Sequence[Request] = (), **options: Any) -> None:
        super().__init__({}, **options)
        self.rulings, self.requests = list(rulings), list(requests)
        self.candidates: list[str] = []

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        self.candidates = [sub.path for sub in candidates]
        return self.rulings

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        return self.requests


def test_a_judge_that_insists_on_lip_sync_without_sound_changes_nothing(film: Path, settings: Settings) -> None:
    class Insisting(Planner):
        def answer(self, case: Case, *others: Any) -> list[Answer]:
            return [self.one(case, "lips-match")]

        def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
            paths = [c.path for c in load().checks() if c.path.startswith(LIP_SYNC)]
            return Reflection(answers=tuple(self.one(case, path) for path in paths))

        def one(self, case: Case, path: str) -> Answer:
            step = Step(text="The lips fit.", evidence=(next(iter(case.evidence)),))
            return Answer(check=path, state=State.SCORED, value=1.0, steps=(step,), judge=self.id)

    judge = Insisting([Ruling(LIP_SYNC, True, "I hear every word")], [Request("lip_sync", "look at the lips")])
    report = critique(film, judge=judge, settings=settings)
    told = report.verdict(LIP_SYNC)
    assert LIP_SYNC not in judge.candidates
    assert (told.state, told.score) == (State.NOT_APPLICABLE, None)
    assert told.why == "the clip has no sound"
    assert not any(e.operator == "lip_sync" for e in report.evidence)


def test_a_ruling_on_what_was_never_open_does_not_touch_its_reason(film: Path, settings: Settings) -> None:
    judge = Planner([Ruling(LIP_SYNC, False, "I do not like it")])
    made = plan(film, judge=judge, settings=settings)
    assert next(p for p in made.subdimensions if p.path == LIP_SYNC).why == "the clip has no sound"


def test_a_judge_shuts_what_the_story_does_not_call_for_with_its_reason(film: Path, settings: Settings) -> None:
    judge = Planner([Ruling("cinematography/lens/focus", False, "a soft dream throughout")])
    made = plan(film, judge=judge, settings=settings)
    shut = next(p for p in made.subdimensions if p.path == "cinematography/lens/focus")
    assert (shut.inspect, shut.why) == (False, "a soft dream throughout")


def test_a_judge_that_rules_out_everything_is_not_believed(film: Path, settings: Settings) -> None:
    everything = [Ruling(sub.path, False, "no") for sub in load().subdimensions()]
    made = plan(film, judge=Planner(everything), settings=settings)
    assert len(made.inspected) > 20
    assert any("ruled out everything" in note for note in made.notes)


def test_rulings_and_wishes_that_cannot_be_read_leave_everything_in_and_say_so(film: Path, settings: Settings) -> None:
    class Garbled(Planner):
        def gate(self, *given: Any) -> list[Ruling]:
            raise JudgeMalformed("no JSON")

        def choose(self, *given: Any) -> list[Request]:
            raise JudgeMalformed("no JSON either")

    made = plan(film, judge=Garbled(), settings=settings)
    assert len(made.inspected) > 20
    assert {c.name for c in made.operators} > {"exposure", "sharpness"}
    assert len([note for note in made.notes if "no JSON" in note]) == 2


def test_operators_come_in_the_judges_order_with_its_arguments(film: Path, settings: Settings) -> None:
    requests = [
        Request("face_tracks", "who is it", {"faces": 2}),
        Request("exposure", "the light"),
        Request("face_tracks", "!"),
    ]
    made = plan(film, judge=Planner(requests=requests), settings=settings)
    chosen = [c for c in made.operators if c.name not in ALWAYS]
    assert [(c.name, c.arguments) for c in chosen] == [("face_tracks", {"faces": 2}), ("exposure", {})]
    assert "the judge: who is it" in chosen[0].why


def test_what_a_judges_arguments_measured_is_evidence_and_moves_no_fact(film: Path, settings: Settings) -> None:
    seen: list[Case] = []

    class Cutting(Planner):
        def answer(self, case: Case, *others: Any) -> list[Answer]:
            seen.append(case)
            return []

    requests = [Request("shot_cutter", "I see cuts", {"cuts": [0.3, 0.6, 0.9]})]
    report = critique(film, judge=Cutting(requests=requests), settings=settings)
    counts = {e.value for e in report.evidence if e.measure == "shot_cutter.count"}
    assert counts == {1.0, 4.0}
    assert len(report.shots) == 1
    assert all(case.facts.shots == 1 for case in seen)
    assert {e.value for e in seen[0].usual.evidence.values() if e.measure == "shot_cutter.count"} == {1.0}


def test_arguments_that_do_not_fit_are_refused_aloud(film: Path, settings: Settings) -> None:
    made = plan(film, judge=Planner(requests=[Request("exposure", "w", {"threshold": 3})]), settings=settings)
    assert next(c for c in made.operators if c.name == "exposure").arguments == {}
    assert any("threshold: no such setting" in note for note in made.notes)


# depth


def test_depths_scale_what_a_judge_may_use() -> None:
    given = Settings(max_frames_per_question=12, judge_tool_rounds=3, reflections=2)
    quick, standard, deep = (Depth.named(name).settings(given) for name in DEPTHS)
    assert standard == given
    assert (quick.max_frames_per_question, quick.judge_tool_rounds, quick.reflections) == (6, 0, 0)
    assert (deep.max_frames_per_question, deep.judge_tool_rounds, deep.judge_samples) == (24, 6, 3)


def test_a_depth_that_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownName, match="quick"):
        asked("clip.mp4", Brief(), "evidence", None, "quik")


def test_the_depth_is_part_of_the_thread() -> None:
    threads = {thread_id(asked("clip.mp4", Brief(), "evidence", None, depth), "0") for depth in DEPTHS}
    assert len(threads) == len(DEPTHS)


def test_quick_leaves_out_dear_operators_and_says_so() -> None:
    whole = wanted(load().checks(), known := facts(clip(), Brief()))
    told = afford(whole, known, Budget(), DEPTHS["quick"])
    ran = [c.name for c in told if c.run]
    assert "exposure" in ran and set(ALWAYS) & set(ran)
    assert all(operator(name).cost <= 3 for name in ran)
    left = next(c for c in told if c.name == "track_survival")
    assert not left.run and "quick depth" in left.why


def test_quick_does_not_reflect_and_is_told_in_the_manifest(film: Path, settings: Settings) -> None:
    def reflections(depth: str) -> tuple[int, Report]:
        judge = ScriptedJudge({"lens/exposure/highlights-held": 0.5})
        report = critique(film, judge=judge, depth=depth, settings=settings)
        return sum(name == "reflect" for name, _ in judge.calls), report

    (quick, short), (standard, long) = reflections("quick"), reflections("standard")
    assert (quick, standard) == (0, 1)
    assert (short.manifest.settings["depth"], long.manifest.settings["depth"]) == ("quick", "standard")
    assert len({e.operator for e in short.evidence}) < len({e.operator for e in long.evidence})
    assert short.verification.claims > 0
