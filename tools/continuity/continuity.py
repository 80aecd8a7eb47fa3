"""Continuity: what jumps over the cuts of one scene, and when a set-up comes back.

Scenes are those of the operator ``scenes``; between scenes nothing counts as a fault. It compares pictures, not the
world in them: a new angle shows another part of the set in another light, so a step over a cut to a new set-up weighs
less than one when a set-up comes back, and every reading is a hint to look, not a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.continuity._compare import angle, levelled, lighter_side, stops, tint
from evalverse.tools.continuity._joins import Grouping, Join, Pairs, Value, ends, grouping, over_joins, row
from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.features import FLOW_HEIGHT, Flow, block_means, flow
from evalverse.tools.likeness.picture_similarity import descriptor
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import GlobalMotion, global_motion, grid, texture, to_heights
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._track import Track, steps
from evalverse.tools.shots._likeness import Strip, Thumbs

LOOK = 0.2
"""Seconds on either side of a cut from which light and colour are read."""
MOVE = 0.4
"""Seconds on either side from which movement is read."""
BLOCK = 4
SLOWEST = 0.05
"""Frame heights per second that movement must have on both sides to be compared."""
ONE_WAY = 0.6
"""Length of the mean of all moving blocks' vectors over the mean of their lengths, from which on it has a direction."""
SMALLEST = 0.01
"""Share of the textured picture that must move."""
JUMP = 0.85
"""Likeness of the pictures on either side of a cut from which on the cut is not to another view."""
HINT = 0.4
"""Confidence in what depends on the angle of the camera, which is not known. Ours."""
SOURCE_180 = "180-degree rule and match on action: Bordwell and Thompson, Film Art, on continuity editing"

NO_SCENE = "no two shots look like one scene"
NO_RETURN = "no set-up comes back"
NO_SETUP = "no two shots show one set-up"


def travel(moved: Flow, camera: GlobalMotion, textured: Any) -> tuple[complex, float, float]:
    """What moves against the camera: (mean velocity, mean speed, share of the textured picture).

    Velocity is x + iy in frame heights per second, x right and y down; speed in the same unit.
    """
    height = moved.vectors.shape[0]
    here = to_heights(block_means(moved.vectors, BLOCK), height)
    trust = block_means(textured, BLOCK)
    carried = camera.at(grid(textured.shape, BLOCK)[: here.shape[0], : here.shape[1]])
    velocity = (here - carried) / moved.seconds
    weight = trust * (np.abs(velocity) > SLOWEST + 0.1 * np.abs(carried) / moved.seconds)
    total = float(weight.sum())
    if total <= 0:
        return 0j, 0.0, 0.0
    return (
        complex((weight * velocity).sum() / total),
        float((weight * np.abs(velocity)).sum() / total),
        total / max(float(trust.sum()), 1e-9),
    )


@register
class Continuity(Operator):
    """Steps of light, colour and movement within scenes, returning set-ups and jump cuts."""

    name, version, title = "continuity", "1", "Continuity"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT), after=("scenes", "sound_over_cuts"))
    cost = 1.5
    measures = (
        Measure(
            name="exposure_step",
            title="Step of exposure over cuts",
            unit="stops",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest change of trimmed mean log2 luminance over a cut within a scene, between the last "
            "0.2 s and the first 0.2 s. Another view may rightly be lighter or darker.",
        ),
        Measure(
            name="returning_exposure",
            title="Step of exposure within a set-up",
            unit="stops",
            low=0,
            direction=Direction.LOWER,
            definition="The same change, between the end of a shot and the beginning of the next that shows the same "
            "set-up.",
        ),
        Measure(
            name="grade_step",
            title="Step of colour over cuts",
            unit="ΔE",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest distance in the a*b* plane of the mean colour, without black, white and outliers, "
            "over a cut within a scene. Another view may rightly show other colours.",
            source="CIE 1976 L*a*b*",
        ),
        Measure(
            name="returning_grade",
            title="Step of colour within a set-up",
            unit="ΔE",
            low=0,
            direction=Direction.LOWER,
            definition="The same distance, between the end of a shot and the beginning of the next that shows the same "
            "set-up.",
            source="CIE 1976 L*a*b*",
        ),
        Measure(
            name="returning_likeness",
            title="Likeness of a set-up that comes back",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition="Lowest cosine of layout descriptors, light and tint made equal, between the last "
            "picture of a set-up and the first when it comes back. Things that moved meanwhile lower it too.",
        ),
        Measure(
            name="light_turn",
            title="Turn of the light when a set-up comes back",
            unit="°",
            low=0,
            high=180,
            direction=Direction.LOWER,
            definition="Largest angle between the directions in which the picture gets lighter, where both have a "
            "side lighter by a stop per picture height. A hint: things in the picture are light and dark too.",
        ),
        Measure(
            name="jump_cuts",
            title="Jump cuts",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition=f"Hard cuts within a scene between pictures that, made equal in light, are {JUMP} alike or "
            "more: the camera did not move to another view. They may be meant.",
            source="30-degree rule: Bordwell and Thompson, Film Art",
        ),
        Measure(
            name="direction_turn",
            title="Turn of movement over cuts",
            unit="°",
            low=0,
            high=180,
            direction=Direction.NEUTRAL,
            definition="Largest angle between the mean directions in which things move against the camera in the "
            "0.4 s before and after a hard cut within a scene, where both sides have one direction. 180 is a reversal.",
            source=SOURCE_180,
        ),
        Measure(
            name="speed_step",
            title="Step of speed over cuts",
            unit="octaves",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest |log2| of the ratio of these movements' speeds on screen. A change of shot size "
            "changes it too.",
            source=SOURCE_180,
        ),
        Measure(
            name="level_step",
            title="Step of sound level within a scene",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="Largest step of sound level at a cut within a scene, see sound_over_cuts.level_step.",
        ),
        Measure(
            name="ambience_step",
            title="Step of ambience within a scene",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="Largest step of the sound's background at a cut within a scene, see "
            "sound_over_cuts.ambience_step.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._strip = Strip()
        self._motion = Track("right", "down", "speed", "area")

    def see(self, frame: Frame) -> None:
        self._strip.append(frame.rgb(FLOW_HEIGHT))
        moved, camera = flow(frame), global_motion(frame)
        if moved is None or camera is None or frame.previous is None or moved.seconds <= 0:
            self._motion.add(frame.seconds, 0, 0, 0, 0)
            return
        velocity, speed, area = travel(moved, camera, texture(frame.previous))
        self._motion.add(frame.seconds, velocity.real, velocity.imag, speed, area)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = grouping(scene)
        if found is None:
            few = len(scene.shots) < 2
            yield from self.could_not_at_all("the clip has a single shot" if few else "the scenes could not be told")
            return
        joins = found.joins(scene.shots)
        pairs = Pairs(self)
        yield from self._looks(scene, found, joins, pairs)
        yield from self._movement(scene, found, [j for j in joins if not j.returns], pairs)
        yield from self._sound(scene, found, joins)

    def _thumbs(self, scene: Scene, shot: Shot, last: bool) -> Thumbs:
        """The pictures at one end of a shot, without bars; at least one."""
        t = self._motion.t
        first, end = ends(t, scene, shot, LOOK)
        chosen = end if last else first
        if not len(chosen):
            chosen = np.array([np.abs(t - shot.span.start).argmin()])
        return np.stack([self._strip.thumbs()[i][self._strip.picture_area()] for i in chosen])

    def _looks(self, scene: Scene, found: Grouping, joins: list[Join], pairs: Pairs) -> Iterator[Evidence]:
        exposure: list[Value] = []
        grade: list[Value] = []
        alike: list[Value] = []
        turn: list[Value] = []
        jumps: list[Value] = []
        for join in joins:
            before, after = self._thumbs(scene, join.old, True), self._thumbs(scene, join.new, False)
            change = stops(after) - stops(before)
            exposure.append((join, abs(change), {"change": round(change, 3)}))
            shift = tint(after) - tint(before)
            grade.append((join, float(np.linalg.norm(shift)), {"a": round(shift[0], 2), "b": round(shift[1], 2)}))
            likeness = float(descriptor(levelled(before[-1])) @ descriptor(levelled(after[0])))
            if join.returns:
                alike.append((join, likeness, {}))
                sides = lighter_side(before), lighter_side(after)
                if sides[0] is not None and sides[1] is not None:
                    turn.append((join, angle(sides[0], sides[1]), {}))
            elif join.new.begins_with == "cut" and likeness >= JUMP:
                jumps.append((join, likeness, {}))
        sure = found.confidence
        for measure, values, words, fault, absent, highest, confidence in (
            ("exposure_step", over_cuts(exposure), "exposure changes by {} stops.", np.inf, NO_SCENE, True, sure),
            ("grade_step", over_cuts(grade), "colour shifts by {} ΔE.", np.inf, NO_SCENE, True, sure),
            ("returning_exposure", in_setup(exposure), "exposure changes by {} stops.", 0.5, NO_SETUP, True, sure),
            ("returning_grade", in_setup(grade), "colour shifts by {} ΔE.", 6.0, NO_SETUP, True, sure),
            ("returning_likeness", alike, "the set-up comes back {} alike.", 0.6, NO_RETURN, False, sure),
            ("light_turn", turn, "the lighter side turns by {}°.", 60.0, NO_RETURN, True, sure * HINT),
        ):
            if measure == "light_turn" and alike and not turn:
                absent = "the pictures have no lighter side"
            yield from over_joins(
                self,
                measure,
                values,
                pairs,
                words.format,
                confidence=round(confidence, 3),
                fault=fault,
                absent=absent,
                highest=highest,
            )
        yield from self._jumps(found, joins, jumps, pairs)

    def _jumps(self, found: Grouping, joins: list[Join], jumps: list[Value], pairs: Pairs) -> Iterator[Evidence]:
        if not any(not join.returns for join in joins):
            yield self.could_not("jump_cuts", NO_SCENE)
            return
        count = len(jumps)
        words = "No cut jumps within one view." if not count else f"{count} cut{'s' * (count > 1)} within one view."
        yield self.found(
            "jump_cuts", count, words=words, confidence=found.confidence, joins=[row(j, 1.0, {}) for j, _, _ in jumps]
        )
        for evidence in over_joins(
            self,
            "jump_cuts",
            [(join, 1.0, {"likeness": round(likeness, 3)}) for join, likeness, _ in jumps],
            pairs,
            lambda _: "the view hardly changes over this cut.",
            confidence=found.confidence,
            fault=1.0,
            absent="",
        ):
            if evidence.span is not None:
                yield evidence

    def _movement(self, scene: Scene, found: Grouping, joins: list[Join], pairs: Pairs) -> Iterator[Evidence]:
        turns: list[Value] = []
        speeds: list[Value] = []
        for join in joins:
            if join.new.begins_with != "cut":
                continue
            before, after = self._moves(scene, join.old, True), self._moves(scene, join.new, False)
            if before is None or after is None:
                continue
            turns.append((join, angle(before, after), {"before": _degrees(before), "after": _degrees(after)}))
            speeds.append((join, float(abs(np.log2(abs(after) / abs(before)))), {}))
        absent = "no cut within a scene has movement in one direction on both sides" if joins else NO_SCENE
        for measure, values, words, fault in (
            ("direction_turn", turns, "movement turns by {}° on screen.", np.inf),
            ("speed_step", speeds, "movement changes speed by {} octaves.", np.inf),
        ):
            yield from over_joins(
                self,
                measure,
                values,
                pairs,
                words.format,
                confidence=round(found.confidence * HINT, 3),
                fault=fault,
                absent=absent,
            )

    def _moves(self, scene: Scene, shot: Shot, last: bool) -> complex | None:
        """The mean velocity at one end of a shot, in frame heights per second; None without one direction."""
        t = self._motion.t
        chosen = steps(t, scene, shot)
        if not len(chosen):
            return None
        chosen = chosen[t[chosen] > t[chosen[-1]] - MOVE] if last else chosen[t[chosen] < t[chosen[0]] + MOVE]
        area, speed = self._motion["area"][chosen], self._motion["speed"][chosen]
        velocity = self._motion["right"][chosen] + 1j * self._motion["down"][chosen]
        if area.mean() < SMALLEST:
            return None
        mean, length = np.average(velocity, weights=area), np.average(speed, weights=area)
        return complex(mean) if abs(mean) >= max(SLOWEST, ONE_WAY * length) else None

    def _sound(self, scene: Scene, found: Grouping, joins: list[Join]) -> Iterator[Evidence]:
        """What sound_over_cuts read, at the cuts within scenes."""
        at = {join.new.index + 1: join for join in joins if not join.returns}
        heard = scene.evidence.get("sound_over_cuts", [])
        for measure, what, fault in (("level_step", "level", 10.0), ("ambience_step", "background", 12.0)):
            told = next((e for e in heard if e.measure == f"sound_over_cuts.{measure}" and e.span is None), None)
            if told is None or told.value is None:
                yield self.could_not(measure, (told and told.unmeasured) or "the sound could not be read")
                continue
            values: list[Value] = [(at[r["new"]], r["value"], {}) for r in told.data["joins"] if r["new"] in at]
            yield from over_joins(
                self,
                measure,
                values,
                None,
                lambda n, what=what: f"the sound's {what} changes by {n} dB.",  # type: ignore[misc]
                confidence=found.confidence,
                fault=fault,
                absent=NO_SCENE,
            )


def over_cuts(values: list[Value]) -> list[Value]:
    """Those over a cut."""
    return [value for value in values if not value[0].returns]


def in_setup(values: list[Value]) -> list[Value]:
    """Those between two shots of one set-up."""
    return [value for value in values if value[0].same_setup]


def _degrees(velocity: complex) -> float:
    """Direction on screen, 0 to the right, 90 upwards."""
    return round(float(np.degrees(np.angle(np.conj(velocity)))) % 360, 1)
