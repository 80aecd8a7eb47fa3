"""The refining loop's decisions, as plain functions of its tries: which is best, what to ask for next, when to end.

The next prompt is the user's prompt with the patches of the best try, those that helped their own check in a later try,
and patches for the worst problems that the best try still has or that its last follower laid bare. What was asked for
in vain moves to the front; asked for in vain twice, it makes room for others, and comes back when nothing else is left
to try: a generator may have overlooked it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalverse.agent.feedback.revise import revise
from evalverse.agent.feedback.stop import Stop
from evalverse.agent.feedback.tries import Try

HELPED = 0.02
"""Rise of a check's answer that counts as the work of its patch."""

IN_VAIN = 2
"""Times that a patch may fail to help before others come first."""


@dataclass(frozen=True)
class Next:
    """What the next try is to be made from."""

    parent: int
    prompt: str
    patches: dict[str, str]
    left_out: dict[str, str]


def best_of(tries: Sequence[Try]) -> Try | None:
    """The try with the highest total; the earlier one of equals."""
    judged = [t for t in tries if t.total is not None]
    return max(judged, key=lambda t: (t.total, -t.number), default=None)


def following(base: str, tries: Sequence[Try], *, per_try: int, max_words: int) -> Next:
    """The next prompt. It equals that of the best try when nothing is left to add.

    ``base`` is the user's prompt; at least one try must have been judged.
    """
    failed = failures(tries)
    coming = _climb(base, tries, failed, {p for p, n in failed.items() if n >= IN_VAIN}, per_try, max_words)
    if any(t.prompt == coming.prompt for t in tries):
        coming = _climb(base, tries, failed, set(), per_try, max_words)
    return coming


def _climb(
    base: str, tries: Sequence[Try], failed: Mapping[str, int], banned: set[str], per_try: int, max_words: int
) -> Next:
    best = best_of(tries)
    assert best is not None
    kept = {c: p for c, p in best.patches.items() if p not in banned}
    for child in tries:
        if child.parent == best.number:
            kept |= {c: p for c, p in child.patches.items() if c not in kept and helped(c, child, best)}
    left_out: dict[str, str] = {}
    fresh: dict[str, str] = {}
    revealed = tries[-1].problems if tries[-1].parent == best.number else ()  # mending one fault may lay bare another
    for problem in (*best.problems, *revealed):
        patch = problem.patch
        if len(fresh) == per_try or problem.check in kept or patch in kept.values() or not patch:
            continue
        if patch in banned:
            left_out[patch] = "it did not help before"
            continue
        tried = revise(base, [*kept.values(), *fresh.values(), patch], max_words=max_words)
        if patch in tried.added:
            fresh[problem.check] = patch
        else:
            left_out[patch] = tried.left_out[patch]
    patches = kept | fresh
    ordered = sorted(patches.items(), key=lambda item: -failed.get(item[1], 0))  # stable: otherwise as they came
    made = revise(base, [patch for _, patch in ordered], max_words=max_words)
    return Next(best.number, made.prompt, {c: p for c, p in ordered if p in made.added}, left_out)


def helped(check: str, child: Try, parent: Try) -> bool:
    """Whether ``child`` does better on ``check`` than the try that it builds on."""
    after, before = child.checks.get(check), parent.checks.get(check)
    return after is not None and before is not None and after > before + HELPED


def failures(tries: Sequence[Try]) -> Counter[str]:
    """How often each patch was in a prompt in vain: its check is at fault and did no better than before.

    A patch that worked once is believed: later relapses are the generator's, not the patch's.
    """
    count, worked = Counter[str](), set[str]()
    for child in tries:
        if child.parent is not None:
            troubled = {p.check for p in child.problems}
            parent = tries[child.parent]
            worked |= {p for c, p in child.patches.items() if c not in troubled}
            count.update(p for c, p in child.patches.items() if c in troubled and not helped(c, child, parent))
    return Counter({p: n for p, n in count.items() if p not in worked})


def why_end(tries: Sequence[Try], coming: Next | None, stop: Stop) -> str | None:
    """Why the loop ends here, or None."""
    best, last = best_of(tries), tries[-1]
    if best is None or coming is None:
        return "nothing that is wanted could be judged"
    assert best.total is not None
    if best.total >= stop.target:
        return f"target: {best.total:.3f} reaches {stop.target:g}"
    if len(tries) >= stop.tries:
        return f"budget: {len(tries)} tries are made"
    spent = sum(t.seconds for t in tries)
    if stop.seconds is not None and spent >= stop.seconds:
        return f"budget: {spent:.0f} s have passed"
    if (idle := _without_gain(tries, stop.min_gain)) >= stop.patience:
        return f"no gain: the best total stands since {idle} tries"
    if any(t.sha256 == last.sha256 for t in tries[:-1]):
        return "repetition: the generator made the same clip again"
    if sum(t.prompt == coming.prompt for t in tries) >= stop.same_prompt:
        return "repetition: nothing is left to change in the prompt"
    return None


def _without_gain(tries: Sequence[Try], least: float) -> int:
    """Tries since the best total last rose by ``least`` or more."""
    height, since = float("-inf"), 0
    for made in tries:
        since += 1
        if made.total is not None and made.total >= height + least:
            height, since = made.total, 0
    return since
