"""The packaged trees: complete, named as in the paper, and free of checks that could never apply or help."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain

import pytest

from evalverse.taxonomy import Aspect, Check, Kind, Need, Stage, SubDimension, Taxonomy, find, load
from evalverse.tools.operator import operators

PAPER = {
    ("Visual Concept Design", "Character"): ["Identifiability", "Costume Rationality"],
    ("Visual Concept Design", "Scene"): ["Environment Plausibility", "Genre Distinctiveness"],
    ("Acting", "Consistency"): ["Face Identity", "Attribute"],
    ("Acting", "Action"): ["Action Tension", "Action-Emotion Synergy", "Interaction Plausibility"],
    ("Acting", "Expression"): ["Accuracy", "Facial Tension", "Expression Diversity", "Continuity"],
    ("Cinematography", "Composition"): ["Shot-Size Rationality", "Subject Prominence", "Spatial Layering"],
    ("Cinematography", "Lens"): ["Depth of Field", "Focal Length", "Focus", "Exposure"],
    ("Cinematography", "Pacing"): ["Movement Rationality"],
    ("Aesthetics", "Visual Quality"): ["Rendering Quality", "Physics", "Temporal Consistency"],
    ("Aesthetics", "Chromaticity"): ["Harmony", "Emotive Power"],
    ("Aesthetics", "Materiality"): ["Material Identifiability", "Stylistic Consistency"],
    ("Aesthetics", "Lighting"): ["Lighting Logic", "Volumetric Sculpting"],
    ("Affectivity", "Grounding"): ["Tonal Identifiability", "Visual-Emotional Synergy"],
    ("Affectivity", "Progression"): ["Transition Continuity", "Intensity Layering"],
    ("Multi-Shot", "Logic"): ["Scene Consistency", "Narrative Continuity", "Spatial Continuity"],
    ("Multi-Shot", "Rhythm"): ["Shot Duration Rationality", "Rhythmic Layering"],
    ("Sound Design", "Vocal"): ["Acoustic Quality", "Lip-Sync", "Narrative Sound Design"],
    ("Sound Design", "Soundscape"): ["Ambient Sound Fidelity", "Musical Score Alignment"],
}
"""The 44 sub-dimensions that Section 3 of arXiv 2605.23271 names, by aspect and main dimension, in its order."""

VBENCH = [
    "Subject Consistency",
    "Background Consistency",
    "Temporal Flickering",
    "Motion Smoothness",
    "Dynamic Degree",
    "Aesthetic Quality",
    "Imaging Quality",
    "Overall Consistency",
]
"""The dimensions of VBench (arXiv 2311.17982) that need no prompt suite of its own."""

FILM, RIGHTNESS = load("film"), load("rightness")
CHECKS = [*FILM.checks(), *RIGHTNESS.checks()]
SUBS = [*FILM.subdimensions(), *RIGHTNESS.subdimensions()]

HEARING = {name for name, kind in operators().items() if kind.needs.sound and kind.needs.picture is None}
IMPLIES = {
    Need.SPEECH: Need.SOUND,
    Need.MUSIC: Need.SOUND,
    Need.FACE: Need.PICTURE,
    Need.PERSON: Need.PICTURE,
    Need.SEVERAL_SHOTS: Need.PICTURE,
}


every_sub = pytest.mark.parametrize("sub", SUBS, ids=[s.path for s in SUBS])


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def under(path: str) -> list[Check]:
    """The checks of the film tree below ``path``."""
    return [c for c in FILM.checks() if c.path.startswith(path + "/")]


def test_stages_and_aspects_follow_the_pipeline() -> None:
    assert [(a.name, a.stage) for a in FILM.aspects] == [
        ("Visual Concept Design", Stage.PRE_PRODUCTION),
        ("Acting", Stage.PRODUCTION),
        ("Cinematography", Stage.PRODUCTION),
        ("Aesthetics", Stage.PRODUCTION),
        ("Affectivity", Stage.PRODUCTION),
        ("Multi-Shot", Stage.POST_PRODUCTION),
        ("Sound Design", Stage.POST_PRODUCTION),
    ]


def test_names_of_origin_paper_are_exactly_the_papers() -> None:
    named = {
        (aspect.name, dimension.name): [s.name for s in dimension.subdimensions if s.origin == "paper"]
        for aspect, dimension in FILM.dimensions()
    }
    assert named == PAPER
    assert list(named) == list(PAPER)


def test_counts() -> None:
    assert len(list(FILM.dimensions())) == 18
    assert Counter(s.origin for s in FILM.subdimensions()) == {"paper": 44, "ours": 1}
    assert len(list(FILM.checks())) >= 196


def test_the_foundation_carries_vbench_names() -> None:
    assert [a.stage for a in RIGHTNESS.aspects] == [Stage.FOUNDATION]
    assert [s.name for s in RIGHTNESS.subdimensions()] == VBENCH
    assert {s.origin for s in RIGHTNESS.subdimensions()} == {"vbench"}


@pytest.mark.parametrize("tree", [FILM, RIGHTNESS], ids=["film", "rightness"])
def test_ids_are_slugs_of_names(tree: Taxonomy) -> None:
    named = [node for node in tree.nodes().values() if not isinstance(node, Check)]
    assert [node.id for node in named] == [slug(node.name) for node in named]


def test_find_in_the_packaged_tree() -> None:
    assert isinstance(find(FILM, "Multi-Shot"), Aspect)
    assert find(FILM, "lens/exposure").path == "cinematography/lens/exposure"
    assert find(FILM, "rhythm/cut-motivation").path == "multi-shot/rhythm/cut-motivation"


@every_sub
def test_a_subdimension_asks_both_whether_it_is_right_and_whether_it_is_good(sub: SubDimension) -> None:
    assert len(sub.checks) >= 3
    assert {c.kind for c in sub.checks} == {Kind.RIGHT, Kind.GOOD}


@pytest.mark.parametrize("field", ["statement", "prompt_patch", "fix"])
def test_no_two_checks_say_the_same(field: str) -> None:
    said = Counter(" ".join(getattr(c, field).casefold().split()) for c in CHECKS)
    assert [text for text, times in said.items() if times > 1] == []


@every_sub
def test_words_can_be_used_as_they_stand(sub: SubDimension) -> None:
    """Statements are sentences; patches are phrases to paste between commas; the three anchors differ."""
    for check in sub.checks:
        assert check.statement.endswith(".") and "?" not in check.statement, check.path
        assert check.fix.strip() and check.prompt_patch.strip(), check.path
        assert check.prompt_patch[-1] not in ".,;:!", check.path
        assert not set("{}<>[]") & set(check.prompt_patch), f"{check.path}: a blank that nobody fills in"
        assert len({check.anchors.none, check.anchors.half, check.anchors.full}) == 3, check.path


@every_sub
def test_needs_are_complete(sub: SubDimension) -> None:
    """Who needs speech needs sound, and so on; a check that leans on the brief needs one."""
    for check in sub.checks:
        needs = set(check.needs)
        assert len(check.needs) == len(needs), f"{check.path}: a need is named twice"
        assert needs & {Need.PICTURE, Need.SOUND}, f"{check.path}: something must be seen or heard"
        assert {IMPLIES[n] for n in needs if n in IMPLIES} <= needs, check.path
        assert Need.PROMPT in needs or not re.search(r"\bthe (brief|prompt)\b", check.statement), check.path
        assert Need.REFERENCE in needs or not re.search(r"\bthe reference\b", check.statement), check.path


@every_sub
def test_conditions_agree_with_needs(sub: SubDimension) -> None:
    for check in sub.checks:
        when, needs = check.when, check.needs
        assert when.min_shots is None or Need.SEVERAL_SHOTS in needs, check.path
        seen = (when.min_height, when.moving_camera, when.moving_subject)
        assert seen == (None, None, None) or Need.PICTURE in needs, check.path


@every_sub
def test_operators_can_speak_to_what_is_there(sub: SubDimension) -> None:
    """A check on sound alone has no picture to measure, and evidence is listed once."""
    for check in sub.checks:
        assert len(check.operators) == len(set(check.operators)), check.path
        assert Need.PICTURE in check.needs or set(check.operators) <= HEARING, check.path


def test_picture_aspects_need_a_picture() -> None:
    silent = {"visual-concept-design", "acting", "cinematography", "aesthetics", "affectivity", "multi-shot"}
    seen = chain.from_iterable(under(aspect) for aspect in silent)
    assert [c.path for c in seen if Need.PICTURE not in c.needs] == []


def test_multi_shot_needs_several_shots_unless_one_can_idle_or_be_broken() -> None:
    single = [c.path for c in under("multi-shot") if Need.SEVERAL_SHOTS not in c.needs]
    assert single == [
        "multi-shot/rhythm/shot-duration-rationality/does-not-overstay",
        "multi-shot/rhythm/cut-motivation/no-unasked-cuts",
    ]


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("sound-design", {Need.SOUND}),
        ("sound-design/vocal/acoustic-quality", {Need.SOUND, Need.SPEECH}),
        ("sound-design/vocal/lip-sync", {Need.PICTURE, Need.SOUND, Need.SPEECH, Need.FACE}),
        ("sound-design/vocal/narrative-sound-design", {Need.PICTURE, Need.SOUND}),
        ("sound-design/soundscape/musical-score-alignment", {Need.SOUND, Need.MUSIC}),
        ("acting/consistency/face-identity", {Need.PICTURE, Need.FACE}),
    ],
)
def test_whole_branches_need_what_they_are_about(path: str, needs: set[Need]) -> None:
    assert under(path)
    assert [c.path for c in under(path) if not needs <= set(c.needs)] == []


def test_ambience_does_not_wait_for_speech_or_music() -> None:
    ambience = under("sound-design/soundscape/ambient-sound-fidelity")
    assert ambience and not any({Need.SPEECH, Need.MUSIC} & set(c.needs) for c in ambience)


def find_check(path: str) -> Check:
    node = find(FILM, path)
    assert isinstance(node, Check)
    return node
