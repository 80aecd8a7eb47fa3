"""A judge that says what a script tells it to: for tests, demonstrations, and human answers replayed from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalverse.agent.judges.base import Bench, Case, Judge, Reflection, Request, Ruling
from evalverse.errors import UsageError
from evalverse.report.model import Answer, Finding, State, Step
from evalverse.taxonomy import Check, Dimension, SubDimension

Line = float | str | Answer | None
"""A value; or the reason why there is none; or a whole answer; or None for nothing said."""

Script = Mapping[str, Line] | Callable[[Case, Check], Line]


class ScriptedJudge(Judge):
    """Answers from a mapping (check path or its tail: line) or from a function.

    Args:
        closed: paths of sub-dimensions that :meth:`gate` closes, with the reason.
        wants: operators that :meth:`choose` asks for, as far as they are offered.
        reflections: what :meth:`reflect` returns, one per call; nothing after the last.
        explained: rewords one finding.

    ``calls`` records (method, what it was asked about) in order.
    """

    calibration = "none"

    def __init__(
        self,
        script: Script,
        *,
        closed: Mapping[str, str] | None = None,
        wants: Sequence[str] = (),
        reflections: Sequence[Reflection] = (),
        explained: Callable[[Finding], Finding] | None = None,
        name: str = "scripted",
    ) -> None:
        self.id = name
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self._script = script
        self._closed = dict(closed or {})
        self._wants = tuple(wants)
        self._reflections = list(reflections)
        self._explained = explained or (lambda finding: finding)

    @classmethod
    def read(cls, path: str | Path) -> ScriptedJudge:
        """A script from a YAML (or JSON) file: check path or tail to a value 0..1 or a reason in words.

        Raises:
            UsageError: the file is missing, does not parse, or holds something else.
        """
        import yaml

        try:
            raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UsageError(f"{path}: the script cannot be read: {error}") from error
        if not isinstance(raw, dict) or not all(_sayable(k, v) for k, v in raw.items()):
            raise UsageError(f"{path}: a script maps paths of checks to values from 0 to 1 or to reasons in words")
        return cls(raw, name=f"scripted:{Path(path).name}")

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        self._record("gate", [sub.path for sub in candidates])
        return [
            Ruling(sub.path, sub.path not in self._closed, self._closed.get(sub.path, "the script lets it through"))
            for sub in candidates
        ]

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        self._record("choose", offered)
        return [Request(name, "the script wants it") for name in self._wants if name in offered]

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        self._record("answer", [check.path for check in checks])
        return [self._answer(case, check) for check in checks]

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        self._record("reflect", [a.check for a in answers])
        return self._reflections.pop(0) if self._reflections else Reflection()

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        self._record("explain", [f.id for f in findings])
        return [self._explained(f) for f in findings]

    def usage(self) -> dict[str, float]:
        return {"calls": float(len(self.calls))}

    def _record(self, method: str, about: Sequence[str]) -> None:
        self.calls.append((method, tuple(about)))

    def _answer(self, case: Case, check: Check) -> Answer:
        line = self._script(case, check) if callable(self._script) else _find(self._script, check.path)
        if isinstance(line, Answer):
            return line
        if isinstance(line, str) or line is None:
            why = line or "the script does not say"
            return Answer(check=check.path, state=State.NOT_ASSESSABLE, why=why, judge=self.id)
        ids = tuple(e.id for e in case.speaking_to([check])[:1])
        step = Step(text="The script says so.", evidence=ids)
        return Answer(check=check.path, state=State.SCORED, value=float(line), steps=(step,), judge=self.id)


def _find(script: Mapping[str, Line], path: str) -> Line:
    """The line for the longest tail of ``path``."""
    parts = path.split("/")
    return next((script[tail] for i in range(len(parts)) if (tail := "/".join(parts[i:])) in script), None)


def _sayable(key: Any, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(key, str):
        return False
    return (isinstance(value, int | float) and 0 <= value <= 1) or (isinstance(value, str) and bool(value.strip()))
