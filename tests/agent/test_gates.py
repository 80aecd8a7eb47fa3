"""Deterministic gates and the choice of operators under a budget."""

from __future__ import annotations

import pytest

from evalverse.agent.budget import Budget
from evalverse.agent.facts import Facts, facts
from evalverse.agent.plan import ALWAYS, afford, foresee, gate, wanted
from evalverse.report.brief import Brief
from evalverse.report.model import State
from evalverse.taxonomy import find, load
from evalverse.taxonomy.models import SubDimension
from evalverse.tools.operator import operator
from tests.agent._case import clip, reading

TREE = load()


def sub(path: str) -> SubDimension:
    node = find(TREE, path)
    assert isinstance(node, SubDimension)
    return node


def known(**fields: object) -> Facts:
    return facts(clip(), Brief()).model_copy(update=fields)


def test_no_sound_rules_out_the_whole_sound_aspect() -> None:
    silent = facts(clip(sound=False), Brief())
    for s in TREE.subdimensions():
        if s.path.startswith("sound-design/"):
            planned = gate(s, silent)
            assert not planned.inspect
            assert planned.state is State.NOT_APPLICABLE
            assert "no sound" in planned.why


def test_one_shot_rules_out_what_needs_several_and_unknown_does_not() -> None:
    continuity = sub("multi-shot/logic/scene-consistency")
    assert not gate(continuity, known(shots=1)).inspect
    assert gate(continuity, known(shots=2)).inspect
    assert gate(continuity, known(shots=None)).inspect


def test_a_missing_prompt_switches_off_only_the_checks_that_need_it() -> None:
    mixed = next(
        s
        for s in TREE.subdimensions()
        if {"prompt" in c.needs for c in s.checks} == {True, False} and all("sound" not in c.needs for c in s.checks)
    )
    planned = gate(mixed, known(shots=3, face=True, person=True))
    assert planned.inspect
    assert set(planned.off.values()) >= {"the brief has no prompt"}
    assert set(planned.checks) | set(planned.off) == {c.path for c in mixed.checks}


def test_evidence_becomes_facts() -> None:
    read = [reading("shot_cutter.count", 3), reading("speech_activity.share", 0.5)]
    assert facts(clip(), Brief(), read).shots == 3
    assert facts(clip(), Brief(), read).speech is True
    assert facts(clip(), Brief(), [reading("speech_activity.share", 0.0)]).speech is False
    assert facts(clip(), Brief()).speech is None


@pytest.mark.parametrize(
    ("music", "steady", "known"),
    [(0.9, 0.0, True), (0.0, 0.6, True), (0.0, 0.0, False), (0.0, 0.2, None), (0.1, 0.0, None), (0.0, None, False)],
)
def test_music_is_what_either_measure_hears(music: float, steady: float | None, known: bool | None) -> None:
    shares = {"music.share": music, "steady_tones.share": steady}
    read = [reading(name, share) for name, share in shares.items() if share is not None]
    assert facts(clip(), Brief(), read).music is known


def test_heads_and_bodies_tell_faces_and_people_and_what_the_mesh_alone_follows_does_not() -> None:
    def told(*names: str) -> tuple[bool | None, bool | None]:
        known = facts(clip(), Brief(), [reading(name, 0.02) for name in names])
        return known.face, known.person

    assert told("head_tracks.share") == (True, True)
    assert told("body_tracks.share") == (None, True)
    assert told("face_tracks.share") == (None, None)
    assert facts(clip(), Brief(), [reading("head_tracks.share", 0.0)]).face is None


def test_a_budget_drops_the_operators_that_say_least_per_second_and_says_so() -> None:
    whole = wanted(TREE.checks(), known())
    everything = afford(whole, known(), Budget())
    assert all(c.run for c in everything)
    tight = afford(whole, known(), Budget(seconds=sum(c.seconds for c in everything) / 3))
    dropped = [c for c in tight if not c.run]
    assert dropped
    assert all("budget" in c.why for c in dropped)
    assert all(c.run for c in tight if c.name in ALWAYS)
    assert {c.name for c in tight} == {c.name for c in everything}


def test_operators_that_cannot_work_on_the_clip_are_not_wanted() -> None:
    deaf = wanted(TREE.checks(), facts(clip(sound=False), Brief()))
    assert deaf
    assert not any(operator(name).needs.sound for name in deaf)
    blind = foresee(TREE, facts(clip(picture=False), Brief()), Budget())
    assert blind
    assert not any(operator(name).needs.picture for name in blind)


def test_what_decides_whether_checks_apply_is_foreseen_even_for_a_narrow_focus() -> None:
    names = foresee(TREE, facts(clip(), Brief()), Budget(), ["sound-design/vocal/lip-sync"])
    assert {"lip_sync", "head_tracks", "speech_activity"} <= set(names)
