"""Makes a judge from the words of ``--judge``. Adding a judge: one file beside this one, one line in ``_KINDS``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evalverse.agent.budget import Budget
from evalverse.agent.judges.base import Judge
from evalverse.errors import UnknownName, UsageError
from evalverse.settings import Settings


def make_judge(spec: str, settings: Settings, budget: Budget) -> Judge:
    """A judge from ``evidence`` (``evidence:FILE``: with a calibration of one's own), ``local:MODEL``,
    ``remote:URL#MODEL`` or ``scripted:FILE`` (answers out of a file).

    Raises:
        UnknownName: no such kind of judge.
        UsageError: the rest of the words does not fit the kind.
    """
    kind, _, rest = spec.strip().partition(":")
    if kind not in _KINDS:
        raise UnknownName("judge", kind, list(_KINDS))
    return _KINDS[kind](rest, settings, budget)


def _evidence(rest: str, settings: Settings, budget: Budget) -> Judge:
    from evalverse.agent.judges.evidence import EvidenceJudge
    from evalverse.agent.judges.fitted import packaged, read_calibration

    return EvidenceJudge(read_calibration(Path(rest)) if rest else packaged())


def _local(rest: str, settings: Settings, budget: Budget) -> Judge:
    from evalverse.agent.judges.local import local_judge

    return local_judge(rest, settings, budget)


def _remote(rest: str, settings: Settings, budget: Budget) -> Judge:
    from evalverse.agent.judges.remote import RemoteJudge, weighing

    address, asks, answers = rest.partition("?answers=")
    if not address:
        raise UsageError("name the server: --judge remote:http://HOST:PORT/v1#MODEL")
    if asks and answers not in ("weighed", "written"):
        raise UsageError(f"a remote judge's answers are weighed or written, not {answers!r}")
    return (weighing if answers == "weighed" else RemoteJudge)(address, settings, budget)


def _scripted(rest: str, settings: Settings, budget: Budget) -> Judge:
    from evalverse.agent.judges.scripted import ScriptedJudge

    if not rest:
        raise UsageError("name the file with the answers: --judge scripted:FILE.yaml")
    return ScriptedJudge.read(rest)


_KINDS: dict[str, Callable[[str, Settings, Budget], Judge]] = {
    "evidence": _evidence,
    "local": _local,
    "remote": _remote,
    "scripted": _scripted,
}
