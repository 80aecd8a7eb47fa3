"""What flows through the graph: plain JSON, ids and paths, never pixels. It stays small however long the clip."""

from __future__ import annotations

import operator as op
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from typing_extensions import TypedDict  # pydantic, which Studio asks for the schema, wants this one before Python 3.12

from evalverse.agent.judges.base import Judge
from evalverse.agent.judges.tape import Tape
from evalverse.settings import Settings
from evalverse.tracing import Span

Json = dict[str, Any]


def merge(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Json:
    """Joins two mappings; the newer value wins."""
    return {**(old or {}), **(new or {})}


def add(old: Mapping[str, float] | None, new: Mapping[str, float] | None) -> dict[str, float]:
    """Adds up numbers by key, so that stages and branches each report their own share."""
    total = dict(old or {})
    for key, value in (new or {}).items():
        total[key] = op.add(total.get(key, 0.0), value)
    return total


def joined(old: list[str] | None, new: list[str] | None) -> list[str]:
    """Both lists, each line once."""
    return list(dict.fromkeys((*(old or ()), *(new or ()))))


def latest(old: Mapping[str, float] | None, new: Mapping[str, float] | None) -> dict[str, float]:
    """The larger of two counts by key: branches report the same growing meter."""
    return {key: max((old or {}).get(key, 0.0), (new or {}).get(key, 0.0)) for key in {**(old or {}), **(new or {})}}


class Asked(TypedDict, total=False):
    """What a caller hands in. Only ``clip`` must be there."""

    clip: str
    brief: Json
    judge: str
    budget: str | None
    depth: str  # agent.depth.Depth, by name
    wanted: list[str]  # paths of the only sub-dimensions that are judged; all without it
    say: str | None  # a follow-up on a finished critique of the same thread
    by: str | None  # who says it


class State(Asked, total=False):
    """Everything that nodes pass on. Dictionaries are the JSON form of the model named beside them."""

    probed: Json  # tools.media.clip.Clip
    readings: Annotated[dict[str, str], merge]  # operator -> key of its reading in the ledger
    plan: Json  # agent.plan.Plan
    answers: Annotated[dict[str, Json], merge]  # check path -> report.model.Answer
    wants: list[Json]  # agent.judges.base.Request, of the last reflection
    notes: Annotated[list[str], joined]  # what the report remarks on the judge
    calls: Annotated[list[str], joined]  # tools that the judge called
    rounds: int  # reflections so far
    verification: Json  # report.model.Verification
    verdicts: list[Json]  # report.model.Verdict, without answers
    seconds: Annotated[dict[str, float], add]  # per stage
    usage: Annotated[dict[str, float], latest]  # of the judge
    report: str  # path of report.json in the ledger
    replies: Annotated[list[Json], op.add]  # of the conversation: said, reply, what it is about
    disputed: Json | None  # of the verdict under dispute: path, said, by, and what was gathered


CARRIED = ("clip", "brief", "judge", "budget", "depth", "probed", "readings")


def carry(state: State, task: Json | list[Json]) -> State:
    """What a branch gets: its task in ``wants`` and the little of the state that it reads, since a checkpoint keeps
    one copy per branch."""
    kept = {name: value for name, value in state.items() if name in CARRIED}
    return cast(State, {**kept, "wants": task if isinstance(task, list) else [task]})


class Told(TypedDict, total=False):
    """What the graph gives back."""

    report: str
    verdicts: list[Json]
    replies: list[Json]


@dataclass
class Context:
    """What nodes work with but do not pass on. All of it can be made from the state alone."""

    settings: Settings = field(default_factory=Settings.load)
    judge: Judge | None = None
    """A ready judge; None means: make the one that the state names."""
    tape: Tape | None = None
    """Where the replies of a judge's model are recorded."""
    span: Span | None = None
    """The span of the whole run, which those of the nodes belong to."""
