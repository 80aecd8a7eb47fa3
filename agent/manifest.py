"""The manifest: everything that a score depends on."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from evalverse.agent.case import depth_of, plan_of
from evalverse.agent.judges.base import Judge
from evalverse.agent.state import State
from evalverse.prompts import version as prompts_version
from evalverse.report.model import Manifest
from evalverse.settings import Settings
from evalverse.taxonomy import load
from evalverse.tools.operator import operator

PACKAGES = ("av", "librosa", "langgraph", "numpy", "opencv-python", "pydantic", "scenedetect", "scipy", "torch")
"""Packages whose version can move a reading."""


def manifest(state: State, judge: Judge, settings: Settings, seconds: dict[str, float]) -> Manifest:
    """The manifest of a run that is about to be written."""
    names = sorted({name.split("(")[0] for name in state.get("readings") or {}})
    return Manifest(
        evalverse=version("evalverse-agent"),
        taxonomy=load().version,
        prompts=prompts_version(),
        judge=judge.id,
        calibration=judge.calibration,
        operators={name: operator(name).version for name in names},
        packages={name: v for name in PACKAGES if (v := _version(name))},
        settings={
            "budget": state.get("budget"),
            "depth": depth_of(state).name,
            "reflections": settings.reflections,
            "max_frames_per_question": settings.max_frames_per_question,
            "judge_tool_rounds": settings.judge_tool_rounds,
            "judge_samples": settings.judge_samples,
            "operators_left_out": [c.name for c in plan_of(state).operators if not c.run],
        },
        seconds=seconds,
        usage=judge.usage(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
