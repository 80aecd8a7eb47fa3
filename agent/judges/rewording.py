"""Findings in new words that still say the same: no step lost, no number touched, no evidence moved."""

from __future__ import annotations

import re

from evalverse.agent.judges.replies import Rewording
from evalverse.report.model import Finding, Step


def content(finding: Finding) -> str:
    """The finding as a model is shown it."""
    steps = (f"step {n}: {s.text}" for n, s in enumerate(finding.steps, 1))
    rest = (f"fix: {finding.fix}", f"prompt patch: {finding.prompt_patch}", f"where: {finding.timecode}")
    return "\n".join((f"title: {finding.title}", *steps, *rest))


def reworded(finding: Finding, words: Rewording) -> Finding:
    """The finding in new words, if they keep to it: as many steps, in each step the same numbers, elsewhere none that
    the finding does not hold. The evidence ids stay where they are. Otherwise the finding as it was."""
    told = (finding.title, *(s.text for s in finding.steps), finding.fix, finding.prompt_patch, finding.timecode)
    known = _numbers(" ".join(told))
    if len(words.steps) != len(finding.steps):
        return finding
    pairs = list(zip(words.steps, finding.steps, strict=True))
    others = (words.title, words.fix, words.prompt_patch)
    if not all(new.strip() and _numbers(new) == _numbers(old.text) for new, old in pairs):
        return finding
    if not all(text.strip() and _numbers(text) <= known for text in others):
        return finding
    steps = tuple(Step(text=new.strip(), evidence=old.evidence, doubt=old.doubt) for new, old in pairs)
    title, fix, patch = (text.strip() for text in others)
    return finding.model_copy(update={"title": title, "steps": steps, "fix": fix, "prompt_patch": patch})


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.:;,]\d+)*", text))
