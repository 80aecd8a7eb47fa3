"""The procedural film maker: what it is told decides its faults, in whatever words, and its film can be judged."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from evalverse.taxonomy import find, load
from evalverse.taxonomy.models import Check
from evalverse.tools.media.probe import probe

FILM: dict[str, Any] = runpy.run_path(str(Path(__file__).resolve().parents[1] / "examples" / "procedural_film.py"))

ASKED = {
    "flicker": ["lens/exposure/no-flicker", "no-tone-pops", "light-stays-put"],
    "shake": ["no-unwanted-shake"],
    "noise": ["clean-flat-areas"],
    "dark": ["shadows-held", "full-use-of-range"],
    "burnt": ["highlights-held"],
    "stutter": ["cadence-is-even"],
    "bars": ["picture-shape-holds"],
    "clipping": ["effects-are-clean"],
    "dropouts": ["bed-is-unbroken"],
    "garish": ["saturation-in-hand"],
}


def patch(name: str) -> str:
    node = find(load(), name)
    assert isinstance(node, Check)
    return node.prompt_patch


@pytest.mark.parametrize(("fault", "check"), [(f, c) for f, checks in ASKED.items() for c in checks])
def test_a_fault_answers_to_the_patches_of_its_checks_and_to_few_others(fault: str, check: str) -> None:
    heard = FILM["heard"](patch(check))
    assert fault in heard and len(heard) <= 2


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("Camera locked off.", "shake"),
        ("shot from a fixed tripod", "shake"),
        ("uniform brightness from start to end", "flicker"),
        ("a noise-free image", "noise"),
        ("brighter scene", "dark"),
        ("whites protected", "burnt"),
        ("smooth movement", "stutter"),
        ("muted colors", "garish"),
    ],
)
def test_it_hears_other_words_for_the_same(words: str, fault: str) -> None:
    assert fault in FILM["heard"](words)


def test_a_plain_prompt_turns_nothing_off_and_wishes_are_mostly_followed() -> None:
    make_faults, habits = FILM["faults"], FILM["temper"](1)
    prompt = "a boat crosses a lake"
    assert len(habits) == 5 and all(set(make_faults(prompt, 1, seed)) == set(habits) for seed in range(20))
    wish = ", ".join(patch(ASKED[h][0]) for h in habits[:2])
    left = [set(make_faults(f"{prompt}, {wish}", 1, seed)) for seed in range(200)]
    assert all(set(habits[2:]) <= bad for bad in left)
    followed = sum(habits[0] not in bad for bad in left) / len(left)
    assert 0.9 <= followed < 1.0


def test_a_long_prompt_is_followed_less() -> None:
    habit, wish = FILM["temper"](1)[0], patch(ASKED[FILM["temper"](1)[0]][0])

    def followed(padding: int) -> int:
        prompt = wish + ", and a boat" * padding
        return sum(habit not in FILM["faults"](prompt, 1, seed) for seed in range(200))

    assert followed(60) < 0.6 * followed(0)


def test_its_film_has_picture_and_sound(tmp_path: Path) -> None:
    clip = probe(FILM["make"]("a boat on a lake", 0, tmp_path / "film.mp4", 2))
    assert clip.picture is not None and (clip.picture.width, clip.picture.height) == (384, 216)
    assert clip.sound is not None and clip.duration == pytest.approx(3.0, abs=0.1)
