"""Features: one number per measure and place, nothing for what could not be measured."""

from __future__ import annotations

from evalverse.agent.judges.reading import features
from evalverse.tools.evidence import Direction, Evidence, Scope


def row(value: float | None, scope: Scope = Scope.CLIP, measure: str = "flicker.luma_flicker") -> Evidence:
    return Evidence(
        operator=measure.split(".")[0],
        version="1",
        measure=measure,
        title="Flicker",
        value=value,
        unit="",
        direction=Direction.LOWER,
        scope=scope,
        unmeasured=None if value is not None else "too short",
    )


def test_clip_shots_and_moments_are_apart() -> None:
    rows = [row(2.0), row(1.0, Scope.SHOT), row(5.0, Scope.SHOT), row(3.0, Scope.SHOT), row(9.0, Scope.MOMENT)]
    assert features(rows) == {
        "flicker.luma_flicker": 2.0,
        "flicker.luma_flicker@low": 1.0,
        "flicker.luma_flicker@high": 5.0,
        "flicker.luma_flicker@moment_low": 9.0,
        "flicker.luma_flicker@moment_high": 9.0,
    }


def test_what_was_not_measured_has_no_number() -> None:
    assert features([row(None), row(None, Scope.SHOT), row(0.0, measure="hum.level")]) == {"hum.level": 0.0}
