"""Every error the user can meet, in one tree, named for what they can do next.

    EvalVerseError
    ├── UsageError            the call is wrong                          exit 2
    │   ├── BriefError        a brief, policy or settings file is wrong
    │   ├── UnknownName       no such operator, judge, path of the taxonomy ...
    │   ├── MediaError        the clip cannot be read
    │   └── MissingExtra      an optional package or a weight is absent
    ├── TaxonomyError         a YAML of the taxonomy breaks its own rules
    ├── JudgeError            a judge or its server failed                exit 3
    │   ├── JudgeUnavailable  no connection, time-out, 5xx to the end
    │   ├── JudgeMalformed    the answer could not be repaired
    │   └── BudgetExhausted   the budget for tokens, seconds or money ran out
    ├── GeneratorError        a generator of the refining loop failed    exit 3
    └── OperatorError         a bug inside an operator (recorded as evidence that could not be measured)

Ground floor: imports nothing of ours.
"""

from __future__ import annotations

from pathlib import Path


class EvalVerseError(Exception):
    """Base of all errors that EvalVerse raises on purpose."""

    exit_code = 2


class UsageError(EvalVerseError):
    """The call or a file handed in is wrong; the message says what to change."""


class BriefError(UsageError):
    """A brief, policy or settings file does not hold what it must."""


class UnknownName(UsageError):
    """A name that we do not have; lists the near ones."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=3, cutoff=0.5)
        way_out = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(sorted(known))}"
        super().__init__(f"no {kind} named {name!r}; {way_out}")
        self.kind, self.name, self.known = kind, name, known

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, list[str]]]:
        return type(self), (self.kind, self.name, self.known)


class MediaError(UsageError):
    """The clip cannot be read. The message names the file and the cause."""

    def __init__(self, path: str | Path, cause: str) -> None:
        super().__init__(f"{path}: {cause}")
        self.path, self.cause = str(path), cause

    def __reduce__(self) -> tuple[type[MediaError], tuple[str, str]]:
        return type(self), (self.path, self.cause)


class MissingExtra(UsageError):
    """An optional package or a weight is absent; ``hint`` is the command that gets it."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what} is not installed; get it with: {hint}")
        self.what, self.hint = what, hint

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return type(self), (self.what, self.hint)


class TaxonomyError(EvalVerseError):
    """A YAML of the taxonomy breaks the rules of :mod:`evalverse.taxonomy.models`."""


class JudgeError(EvalVerseError):
    """A judge or the server behind it failed."""

    exit_code = 3


class JudgeUnavailable(JudgeError):
    """The judge cannot be reached, or kept failing after all retries."""


class JudgeMalformed(JudgeError):
    """The judge answered, but not in a form that could be read, even after repair."""


class BudgetExhausted(JudgeError):
    """The budget for tokens, seconds or money is used up."""


class GeneratorError(EvalVerseError):
    """A generator that was handed to the refining loop made no clip."""

    exit_code = 3


class OperatorError(EvalVerseError):
    """An operator broke its own contract (for instance an undeclared measure)."""
