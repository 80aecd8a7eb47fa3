"""Builds what a judge looks at out of the graph's state and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from evalverse.agent.budget import Budget
from evalverse.agent.depth import Depth
from evalverse.agent.facts import facts
from evalverse.agent.judges.base import Case, Judge
from evalverse.agent.judges.make import make_judge
from evalverse.agent.plan import Plan
from evalverse.agent.state import Context, State
from evalverse.report.brief import Brief
from evalverse.settings import Settings
from evalverse.taxonomy import Check, Taxonomy, load
from evalverse.tools.evidence import Evidence, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.operator import OperatorSettings, Shot, Wishes, operator, operators
from evalverse.tools.schedule import measure
from evalverse.tools.shots.shot_cutter import shots_from


def ledger_of(settings: Settings) -> Ledger:
    """The ledger of this installation: shared by all critiques, content-addressed."""
    return _ledger(settings.cache_dir)


@cache
def _ledger(root: Path) -> Ledger:
    """One object per place, so that what it has read stays read."""
    return Ledger(root)


def clip_of(state: State) -> Clip:
    """The probed clip."""
    return Clip.model_validate(state["probed"])


def brief_of(state: State) -> Brief:
    """The brief that was handed in, or an empty one."""
    return Brief.model_validate(state.get("brief") or {})


def budget_of(state: State) -> Budget:
    """The budget that was handed in, or an unbounded one."""
    return Budget.parse(state.get("budget"))


def depth_of(state: State) -> Depth:
    """The depth that was asked for, or the standard one."""
    return Depth.named(state.get("depth"))


def settings_of(state: State, context: Context) -> Settings:
    """The caller's settings as the depth of this run scales them."""
    return depth_of(state).settings(context.settings)


def plan_of(state: State) -> Plan:
    """The plan."""
    return Plan.model_validate(state["plan"])


def judge_of(state: State, context: Context) -> Judge:
    """The judge of this run, made at its first use."""
    if context.judge is None:
        context.judge = make_judge(state.get("judge") or "evidence", settings_of(state, context), budget_of(state))
    return context.judge


def tuning(brief: Brief) -> dict[str, OperatorSettings]:
    """The settings of operators that suit themselves to the brief."""
    suited = {name: kind.tune(wishes(brief)) for name, kind in operators().items()}
    return {name: settings for name, settings in suited.items() if settings is not None}


def wishes(brief: Brief) -> Wishes:
    """The part of the brief that operators may suit themselves to."""
    return Wishes(prompt=brief.prompt, genre=brief.genre, shots=brief.shots, cuts=brief.cuts)


def evidence_of(state: State, ledger: Ledger) -> dict[str, list[Evidence]]:
    """All evidence of this run by reading. One that was cleared from the cache meanwhile is measured again."""
    found: dict[str, list[Evidence]] = {}
    for name, key in sorted((state.get("readings") or {}).items()):
        rows = ledger.load(key)
        if rows is None:
            kind, tuned = unlabel(name)
            rows = measure(clip_of(state), [kind], ledger, tuned={kind: tuned}).evidence[kind]
        found[name] = rows
    return found


def label(name: str, tuned: OperatorSettings) -> str:
    """What the state calls a reading: the operator, with its settings where they are not the usual ones."""
    if tuned == operator(name).Settings():
        return name
    return f"{name}({tuned.model_dump_json(include=set(type(tuned).model_fields))})"  # without computed fields


def is_chosen(reading: str) -> bool:
    """Whether a reading's :func:`label` names settings of its own."""
    return "(" in reading


def unlabel(reading: str) -> tuple[str, OperatorSettings]:
    """The operator and the settings behind a reading's :func:`label`."""
    name, _, settings = reading.partition("(")
    return name, operator(name).Settings.model_validate_json(settings.removesuffix(")") or "{}")


def case_of(state: State, context: Context) -> Case:
    """The case as it stands at this point of the run."""
    ledger = ledger_of(context.settings)
    clip, brief = clip_of(state), brief_of(state)
    readings = evidence_of(state, ledger)
    usual = [e for name, rows in readings.items() if not is_chosen(name) for e in rows]
    return Case(
        clip=clip,
        brief=brief,
        facts=facts(clip, brief, usual),
        shots=shots_of(clip, usual),
        ledger=ledger,
        evidence={e.id: e for rows in readings.values() for e in rows},
        chosen=frozenset(e.id for rows in readings.values() for e in rows) - {e.id for e in usual},
    )


def shots_of(clip: Clip, evidence: Iterable[Evidence]) -> tuple[Shot, ...]:
    """The shots that were found; the whole clip as one for a picture that could not be cut; none without picture."""
    if clip.picture is None:
        return ()
    found = shots_from([e for e in evidence if e.operator == "shot_cutter"])
    return found or (Shot(0, Span(start=0.0, end=max(clip.duration, 1e-3))),)


def checks_by_path(taxonomy: Taxonomy | None = None) -> Mapping[str, Check]:
    """All checks of the film tree by path."""
    return {check.path: check for check in (taxonomy or load()).checks()}
