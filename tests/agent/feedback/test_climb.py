"""The refining loop's decisions on made-up tries."""

from __future__ import annotations

from typing import Any

from evalverse.agent.feedback.climb import best_of, failures, following, why_end
from evalverse.agent.feedback.stop import Stop
from evalverse.agent.feedback.tries import Problem, Try

STEADY, LIGHT, SOUND = "steady camera on a tripod", "constant even lighting", "clean undistorted sound"
PATCH = {"shake": STEADY, "flicker": LIGHT, "clip": SOUND}


def made(number: int, total: float | None, bad: dict[str, float], patches: str = "", **more: Any) -> Try:
    """A try with answers below 1 for the checks ``bad``, which are its problems when at most 0.5."""
    checks = dict.fromkeys(PATCH, 1.0) | bad
    asked = {c: PATCH[c] for c in patches.split()}
    fields: dict[str, Any] = {
        "number": number,
        "parent": None if number == 0 else 0,
        "prompt": ", ".join(["a lake", *asked.values()]),
        "patches": asked,
        "left_out": {},
        "clip": f"{number}.mp4",
        "sha256": str(number),
        "report": "",
        "total": total,
        "aggregation": "",
        "scores": {},
        "reasons": {},
        "checks": checks,
        "problems": tuple(
            Problem(check=c, title=c, severity="major", score=v, patch=PATCH[c])
            for c, v in sorted(bad.items(), key=lambda item: item[1])
            if v <= 0.5
        ),
        "seconds": 10.0,
    }
    return Try(**{**fields, **more})


def test_the_worst_problems_are_asked_for_first_and_only_so_many() -> None:
    tries = [made(0, 0.3, {"shake": 0.4, "flicker": 0.0, "clip": 0.2})]
    coming = following("a lake", tries, per_try=2, max_words=100)
    assert coming.prompt == f"a lake, {LIGHT}, {SOUND}"
    assert coming.patches == {"flicker": LIGHT, "clip": SOUND} and coming.parent == 0


def test_what_helped_is_kept_though_the_try_was_no_better() -> None:
    tries = [made(0, 0.5, {"shake": 0.2, "flicker": 0.2}), made(1, 0.4, {"flicker": 0.0}, "shake flicker")]
    coming = following("a lake", tries, per_try=4, max_words=100)
    assert set(coming.patches) == {"shake", "flicker"} and best_of(tries) is tries[0]


def test_what_failed_moves_to_the_front_and_makes_room_the_second_time() -> None:
    first = made(0, 0.3, {"shake": 0.2, "flicker": 0.3})
    once = made(1, 0.6, {"flicker": 0.3}, "shake flicker")
    assert failures([first, once]) == {LIGHT: 1}
    again = following("a lake", [first, once], per_try=4, max_words=100)
    assert list(again.patches) == ["flicker", "shake"] and again.prompt == f"a lake, {LIGHT}, {STEADY}"
    twice = made(2, 0.6, {"flicker": 0.3}, "flicker shake", parent=1)
    last = following("a lake", [first, once, twice], per_try=4, max_words=100)
    assert list(last.patches) == ["shake"] and last.left_out == {LIGHT: "it did not help before"}
    alone = made(3, 0.6, {"flicker": 0.3}, "shake", parent=1)
    back = following("a lake", [first, once, twice, alone], per_try=4, max_words=100)
    assert list(back.patches) == ["flicker", "shake"]


def test_a_fault_that_another_one_hid_is_asked_for_though_the_try_was_no_better() -> None:
    first, after = made(0, 0.5, {"shake": 0.0}), made(1, 0.4, {"flicker": 0.0}, "shake")
    assert following("a lake", [first, after], per_try=4, max_words=100).prompt == f"a lake, {STEADY}, {LIGHT}"


def test_a_patch_that_worked_once_is_kept_through_a_relapse() -> None:
    first = made(0, 0.3, {"shake": 0.2, "flicker": 0.3})
    good = made(1, 0.8, {"flicker": 0.4}, "shake flicker")
    relapses = [made(n, 0.5, {"shake": 0.1, "flicker": 0.4}, "shake flicker", parent=1) for n in (2, 3, 4)]
    assert failures([first, good, *relapses]) == {LIGHT: 3}
    assert STEADY in following("a lake", [first, good, *relapses], per_try=4, max_words=100).prompt


def test_the_best_is_the_first_of_the_highest_and_a_try_without_total_never() -> None:
    tries = [made(0, 0.5, {}), made(1, 0.7, {}), made(2, 0.7, {}), made(3, None, {})]
    best = best_of(tries)
    assert best is not None and best.number == 1
    assert best_of([made(0, None, {})]) is None


def ends(made_up: list[Try], **rules: Any) -> str:
    coming = following("a lake", made_up, per_try=4, max_words=100) if best_of(made_up) else None
    return (why_end(made_up, coming, Stop(**{"patience": 99, **rules})) or "").split(":")[0]


def test_the_loop_ends_on_each_of_its_rules() -> None:
    first = made(0, 0.3, {"shake": 0.2, "flicker": 0.3})
    better, same = made(1, 0.6, {"flicker": 0.3}, "shake"), made(2, 0.3, {"shake": 0.2}, "flicker")
    assert ends([first]) == ""
    assert ends([made(0, 0.97, {})]) == "target"
    assert ends([first, better], tries=2) == "budget"
    assert ends([first, better], seconds=15) == "budget"
    assert ends([first, same, same], patience=2) == "no gain"
    assert ends([first, better, same], patience=2) == ""
    assert ends([first, made(1, 0.3, {"shake": 0.2}, "flicker", sha256="0")]) == "repetition"
    assert ends([made(0, 0.6, {})], target=0.9, same_prompt=1) == "repetition"
    assert ends([made(0, 0.6, {})], target=0.9, same_prompt=2) == ""
    assert ends([made(0, None, {})]) == "nothing that is wanted could be judged"
