"""Runs a stored critique again, with the recorded words of its judge's model in place of the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalverse.agent.budget import Budget
from evalverse.agent.depth import Depth
from evalverse.agent.judges.base import Judge
from evalverse.agent.judges.make import make_judge
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.tape import ReplayingChat, Tape
from evalverse.agent.judges.weighing import MARK, WeighingJudge
from evalverse.agent.manifest import manifest_now
from evalverse.agent.run import asked, stream
from evalverse.agent.state import Context
from evalverse.agent.thread import Event
from evalverse.errors import UsageError
from evalverse.report.model import Report
from evalverse.settings import Settings
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe

PASSING = ("seconds", "usage", "created", "tape")
"""Fields of the manifest that no replay repeats: times, and what the model cost."""


def replay(report: Report, ledger: Ledger, settings: Settings, clip: Path | None = None) -> Iterator[Event | Report]:
    """Progress events, and the new report as the last item.

    Args:
        report, ledger: of the stored run.
        settings: places and limits of this machine; what shaped the judge's questions comes from the stored run.
        clip: where the clip lies now; by default where it lay then.

    Raises:
        UsageError: the clip is gone or is another one, or the run's judge left no recording.
        JudgeUnavailable: a question comes up that the recorded run did not ask; see :func:`changed`.
    """
    path = clip or Path(report.clip.path)
    if not path.exists():
        raise UsageError(f"{path}: the clip of this run is gone; say where it lies now with --clip PATH")
    if (found := probe(path, settings).sha256) != report.clip.sha256:
        raise UsageError(
            f"{path}: this is not the clip of the stored run (SHA-256 {found[:12]}, not {report.clip.sha256[:12]})"
        )
    made = report.manifest
    settings = Settings.model_validate({**settings.model_dump(), **made.settings.get("given", {})})
    depth = Depth.named(made.settings.get("depth"))
    judge = _judge(report, ledger, depth.settings(settings))
    question = asked(path, report.brief, made.judge, made.settings.get("budget"), depth.name)
    yield from stream(question, Context(settings=settings, judge=judge))


def changed(report: Report) -> list[str]:
    """What of this installation is not what the stored run was made with: ``name: then -> now``."""
    then, now = report.manifest, manifest_now(report.manifest.operators)
    pairs = [("evalverse", then.evalverse, now["evalverse"]), ("taxonomy", then.taxonomy, now["taxonomy"])]
    pairs += [("prompts", then.prompts, now["prompts"])]
    pairs += [(f"operator {n}", v, now["operators"].get(n, "none")) for n, v in then.operators.items()]
    pairs += [(n, v, now["packages"].get(n, "none")) for n, v in then.packages.items()]
    return [f"{name}: {old} -> {new}" for name, old, new in pairs if old != new]


def differences(old: Report, new: Report, most: int = 20) -> list[str]:
    """Places at which two reports on one clip differ, apart from times, use of the model and the clip's path."""
    found = list(_walk(_lasting(old), _lasting(new), ""))
    return found[:most] + ([f"and {len(found) - most} more places"] if len(found) > most else [])


def _judge(report: Report, ledger: Ledger, settings: Settings) -> Judge:
    kind, _, model = report.manifest.judge.partition(":")
    if kind == "evidence":
        return make_judge(report.manifest.judge, settings, Budget())
    tape = report.manifest.tape
    if tape is None:
        raise UsageError(f"the judge of this run, {report.manifest.judge}, left no recording to replay")
    try:
        told = Tape.read(ledger.get(tape))
    except FileNotFoundError:
        raise UsageError(f"{ledger.path(tape)}: the recording of this run is gone") from None
    if model.endswith(MARK):
        return WeighingJudge(kind, ReplayingChat(model.removesuffix(MARK), told), settings)
    return ModelJudge(kind, ReplayingChat(model, told), settings)


def _lasting(report: Report) -> dict[str, Any]:
    plain = report.model_dump(mode="json", exclude={"manifest": set(PASSING)})
    plain["clip"] = {k: v for k, v in plain["clip"].items() if k not in ("path", "name")}
    return plain


def _walk(old: Any, new: Any, at: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _walk(old.get(key), new.get(key), f"{at}.{key}" if at else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _walk(a, b, f"{at}[{number}]")
    elif old != new:
        yield f"{at}: {_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    text = f"{len(value)} entries" if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
