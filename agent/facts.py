"""Facts about a clip that gates are decided on. None means not known, which is not the same as no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from evalverse.report.brief import Brief
from evalverse.taxonomy import Check, Need
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.media.clip import Clip

SPEECH_SHARE = 0.05
"""Below this share of the time with speech, a clip counts as one without speech."""

NO_MUSIC, SOME_MUSIC = 0.05, 0.3
"""Share of the sound with lasting tones up to which there is no music, and from which on there is."""

STILL_CAMERA, STILL_SUBJECT = 90.0, 90.0
"""Percentage of the time at rest from which on the camera (the subject) counts as still."""

WORDS = {
    Need.PICTURE: "the clip has no picture",
    Need.SOUND: "the clip has no sound",
    Need.SPEECH: "nobody speaks in the clip",
    Need.MUSIC: "the clip has no music",
    Need.FACE: "no face is to be seen",
    Need.PERSON: "no person is to be seen",
    Need.SEVERAL_SHOTS: "the clip is a single shot",
    Need.PROMPT: "the brief has no prompt",
    Need.REFERENCE: "the brief has no reference",
}
"""Why a check does not apply when its need is not met."""


UNKNOWN = {
    Need.PICTURE: "the clip has a picture",
    Need.SOUND: "the clip has sound",
    Need.SPEECH: "anybody speaks",
    Need.MUSIC: "there is music",
    Need.FACE: "a face is to be seen",
    Need.PERSON: "a person is to be seen",
    Need.SEVERAL_SHOTS: "there is more than one shot",
    Need.PROMPT: "there is a prompt",
    Need.REFERENCE: "there is a reference",
}
"""What is not known when a need is neither met nor unmet."""

TELLS = {
    Need.SPEECH: ("speech_activity",),
    Need.MUSIC: ("music", "steady_tones"),
    Need.FACE: ("head_tracks",),
    Need.PERSON: ("head_tracks", "body_tracks"),
}
"""Which operators tell whether a clip has what a check needs."""


class Facts(BaseModel):
    """What is known. Grows as operators report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    picture: bool
    sound: bool
    prompt: bool
    reference: bool
    seconds: float = Field(ge=0)
    height: int | None = None
    shots: int | None = None
    speech: bool | None = None
    music: bool | None = None
    face: bool | None = None
    person: bool | None = None
    moving_camera: bool | None = None
    moving_subject: bool | None = None

    def has(self, need: Need) -> bool | None:
        """Whether the clip or brief has what a check needs."""
        if need is Need.SEVERAL_SHOTS:
            return None if self.shots is None else self.shots > 1
        if need in (Need.SPEECH, Need.MUSIC) and not self.sound:
            return False
        if need in (Need.FACE, Need.PERSON) and not self.picture:
            return False
        return bool(getattr(self, need.value)) if getattr(self, need.value) is not None else None

    def against(self, check: Check) -> str | None:
        """Why ``check`` cannot apply, or None if nothing that is known speaks against it."""
        for need in check.needs:
            if self.has(need) is False:
                return WORDS[need]
        when = check.when
        if when.min_seconds is not None and self.seconds < when.min_seconds:
            return f"the clip lasts {self.seconds:.1f} s, the check needs {when.min_seconds:g} s"
        if when.min_shots is not None and self.shots is not None and self.shots < when.min_shots:
            return f"the clip has {self.shots} shots, the check needs {when.min_shots}"
        if when.min_height is not None and self.height is not None and self.height < when.min_height:
            return f"the picture is {self.height} pixels high, the check needs {when.min_height}"
        for wanted, known, words in (
            (when.moving_camera, self.moving_camera, "the camera"),
            (when.moving_subject, self.moving_subject, "what is filmed"),
        ):
            if wanted is not None and known is not None and wanted != known:
                return f"{words} {'moves' if known else 'does not move'}"
        return None


def _music(*shares: float | None) -> bool | None:
    """By the measure that hears most, since one misses music under a voice. In between, tones last that may be music or
    not.
    """
    share = max((s for s in shares if s is not None), default=None)
    return None if share is None or SOME_MUSIC > share > NO_MUSIC else share >= SOME_MUSIC


def facts(clip: Clip, brief: Brief, evidence: Sequence[Evidence] = ()) -> Facts:
    """What the probe, the brief and the evidence so far say."""
    return known(
        {e.measure: e.value for e in evidence if e.scope is Scope.CLIP and e.value is not None},
        picture=clip.picture is not None,
        sound=clip.sound is not None,
        seconds=clip.duration,
        height=clip.picture.height if clip.picture else None,
        prompt=bool(brief.prompt),
        reference=brief.reference is not None,
    )


def known(
    read: Mapping[str, float],
    *,
    picture: bool,
    sound: bool,
    seconds: float,
    height: int | None = None,
    prompt: bool = False,
    reference: bool = False,
) -> Facts:
    """The same from the readings of the whole clip (``operator.measure``: value), where there is no clip at hand."""

    def still(measure: str, limit: float) -> bool | None:
        return None if measure not in read else read[measure] < limit

    def seen(*measures: str) -> bool | None:
        """Detectors know photographed people: that they find none must not shut Acting on drawn ones."""
        return True if any(read.get(measure, 0.0) > 0 for measure in measures) else None

    shots = read.get("shot_cutter.count")
    speech = read.get("speech_activity.share")
    return Facts(
        picture=picture,
        sound=sound,
        prompt=prompt,
        reference=reference,
        seconds=seconds,
        height=height,
        shots=None if shots is None else int(shots),
        speech=None if speech is None else speech >= SPEECH_SHARE,
        music=_music(read.get("music.share"), read.get("steady_tones.share")),
        face=seen("head_tracks.share"),  # the mesh alone follows wheels and animals too
        person=seen("head_tracks.share", "body_tracks.share"),
        moving_camera=still("camera_motion.static_share", STILL_CAMERA),
        moving_subject=still("subject_motion.still_share", STILL_SUBJECT),
    )
