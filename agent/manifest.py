"""The manifest: everything that a score depends on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from evalverse.agent.case import depth_of, plan_of
from evalverse.agent.judges.base import Judge
from evalverse.agent.state import State
from evalverse.prompts import version as prompts_version
from evalverse.report.model import Manifest
from evalverse.settings import Settings
from evalverse.taxonomy import load
from evalverse.tools.evidence import Blob
from evalverse.tools.operator import operators

PACKAGES = ("av", "librosa", "langgraph", "numpy", "opencv-python", "pydantic", "scenedetect", "scipy", "torch")
"""Packages whose version can move a reading."""

ASKING = (
    "reflections",
    "max_frames_per_question",
    "judge_frame_height",
    "judge_tool_rounds",
    "judge_samples",
    "judge_repairs",
    "judge_max_tokens",
    "judge_video_fps",
    "judge_extra",
)
"""Settings that shape what a judge is asked."""


def manifest(state: State, judge: Judge, settings: Settings, seconds: dict[str, float], tape: Blob | None) -> Manifest:
    """The manifest of a run that is about to be written; ``settings`` are the caller's, ``tape`` what a model said."""
    usual, depth = Settings(), depth_of(state)
    given = {name: getattr(settings, name) for name in ASKING if getattr(settings, name) != getattr(usual, name)}
    settings = depth.settings(settings)
    names = sorted({name.split("(")[0] for name in state.get("readings") or {}})
    return Manifest(
        **manifest_now(names),
        judge=judge.id,
        calibration=judge.calibration,
        settings={
            "budget": state.get("budget"),
            "depth": depth.name,
            "reflections": settings.reflections,
            "max_frames_per_question": settings.max_frames_per_question,
            "judge_tool_rounds": settings.judge_tool_rounds,
            "judge_samples": settings.judge_samples,
            "operators_left_out": [c.name for c in plan_of(state).operators if not c.run],
            **({"given": given} if given else {}),
        },
        seconds=seconds,
        usage=judge.usage(),
        calls=tuple(state.get("calls") or ()),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        tape=tape,
    )


def manifest_now(names: Iterable[str]) -> dict[str, Any]:
    """Versions of this installation: of EvalVerse, the taxonomy, the prompts, packages, and the operators ``names``."""
    known = operators()
    return {
        "evalverse": version("evalverse-agent"),
        "taxonomy": load().version,
        "prompts": prompts_version(),
        "operators": {name: known[name].version for name in names if name in known},
        "packages": {name: v for name in PACKAGES if (v := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
