"""The shots of a clip as sound operators need them: they run without the picture, after the shot cutter."""

from __future__ import annotations

from evalverse.tools.operator import Scene, Shot
from evalverse.tools.shots.shot_cutter import shots_from


def shots(scene: Scene) -> tuple[Shot, ...]:
    """The shots that were cut; those of the scene when the shot cutter has not told."""
    return shots_from(scene.evidence.get("shot_cutter", [])) or scene.shots


def cuts(scene: Scene) -> list[float]:
    """Seconds of the hard cuts."""
    return [s.span.start for s in shots(scene) if s.begins_with == "cut"]
