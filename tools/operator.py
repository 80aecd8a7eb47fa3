"""The one protocol of operators, and how they are found.

An operator is one file under tools/picture, tools/sound, tools/shots ...: pure functions on arrays, and one class
that the scheduler drives through ``see`` (pictures, in order), ``listen`` (the sound, once) and ``finish``:

    @register
    class Letterbox(Operator):
        name, version, title = "letterbox", "1", "Letterbox"
        needs = Needs(picture=Picture(height=180, rate=2))
        measures = (Measure(name="bars", ...),)

        def see(self, frame: Frame) -> None: ...
        def finish(self, scene: Scene) -> Iterator[Evidence]:
            yield self.found("bars", 0.0, words="No bars.")

One instance lives for one clip. ``see`` must keep numbers, not pictures: memory stays flat in clip length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from evalverse.errors import OperatorError, UnknownName
from evalverse.tools.evidence import Blob, Evidence, Measure, Scope, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evalverse.tools.ledger import Ledger
    from evalverse.tools.media.clip import Clip
    from evalverse.tools.media.decode import Lost
    from evalverse.tools.media.frame import Frame
    from evalverse.tools.media.sound import Sound

FOLDERS = ("shots", "picture", "image", "composition", "likeness", "people", "sound", "continuity", "rightness")
"""The folders below tools/ that hold operators, in the order in which reports show them."""


class Picture(BaseModel):
    """What an operator wants to see: frames ``height`` pixels high (never enlarged), at most ``rate`` per second."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    height: int | Literal["native"] = 240
    rate: float | None = None


class Needs(BaseModel):
    """What an operator must be fed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    picture: Picture | None = None
    sound: bool = False
    after: tuple[str, ...] = ()
    """Operators whose evidence must be there before ``finish``; ``shot_cutter`` is always implied for pictures."""


class OperatorSettings(BaseModel):
    """Base of an operator's own settings; they are part of the evidence cache's key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Wishes:
    """What a brief says that operators may suit themselves to. It is data, never an instruction."""

    prompt: str | None = None
    genre: str | None = None
    shots: tuple[str, ...] = ()
    """The shots that were asked for, in order."""
    cuts: tuple[float, ...] | None = None
    """Seconds at which the user says that shots begin, the first left out; () for a single shot."""


@dataclass(frozen=True)
class Shot:
    """One shot: 0-based ``index``, its span, and whether it begins with a cut, a dissolve or a fade."""

    index: int
    span: Span
    begins_with: Literal["start", "cut", "dissolve", "fade", "wipe"] = "start"
    confidence: float = 1.0


@dataclass
class Scene:
    """What ``finish`` may look at: the clip, its shots, and evidence that came before."""

    clip: Clip
    ledger: Ledger
    shots: tuple[Shot, ...] = ()
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    """By operator name."""
    lost: Lost | None = None
    """What could not be decoded; None before the picture was read."""

    def shot_at(self, seconds: float) -> Shot:
        """The shot on screen at ``seconds``; the nearest one outside the clip."""
        for shot in self.shots:
            if seconds < shot.span.end:
                return shot
        return self.shots[-1]


class Operator(ABC):
    """Base of all operators; see the module's docstring for the contract."""

    name: ClassVar[str]
    version: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[Needs]
    measures: ClassVar[tuple[Measure, ...]]
    Settings: ClassVar[type[OperatorSettings]] = OperatorSettings
    cost: ClassVar[float] = 1.0
    """Rough seconds of one core per minute of a 25 fps clip; plans weigh it against the budget."""

    on_request: ClassVar[bool] = False
    """Runs only when it is named with settings, never as part of "all operators"."""

    def __init__(self, clip: Clip, ledger: Ledger, settings: OperatorSettings | None = None) -> None:
        self.clip = clip
        self.ledger = ledger
        self.settings: Any = settings or self.Settings()

    @classmethod
    def tune(cls, wishes: Wishes) -> OperatorSettings | None:
        """Settings that suit a brief's ``wishes``; None when the defaults do."""
        return None

    @classmethod
    def lacks(cls) -> str | None:
        """Why it cannot work on this machine (a package, a weight) and the command that helps; None when it can."""
        return None

    def see(self, frame: Frame) -> None:
        """Takes the next picture, in order of time. Must not keep the frame."""

    def listen(self, sound: Sound) -> None:
        """Takes the whole sound, once."""

    @abstractmethod
    def finish(self, scene: Scene) -> Iterator[Evidence]:
        """Yields the evidence, at least one item per declared measure (value or reason)."""

    # what operators use to speak

    def found(
        self,
        measure: str,
        value: float,
        *,
        span: Span | None = None,
        shot: Shot | None = None,
        words: str = "",
        confidence: float = 1.0,
        curve: Blob | None = None,
        picture: Blob | None = None,
        **data: Any,
    ) -> Evidence:
        """A reading. A ``shot`` alone means the whole shot; a ``span`` marks a moment (in that shot)."""
        scope = Scope.MOMENT if span else Scope.SHOT if shot else Scope.CLIP
        return self._evidence(
            measure,
            value=float(value),
            scope=scope,
            span=span or (shot.span if shot else None),
            shot=shot.index if shot else None,
            words=words,
            confidence=confidence,
            curve=curve,
            picture=picture,
            data=data,
        )

    def could_not(self, measure: str, reason: str, *, shot: Shot | None = None) -> Evidence:
        """A recorded failure to measure: never a zero, never silence."""
        return self._evidence(
            measure,
            value=None,
            unmeasured=reason,
            scope=Scope.SHOT if shot else Scope.CLIP,
            span=shot.span if shot else None,
            shot=shot.index if shot else None,
        )

    def could_not_at_all(self, reason: str) -> Iterator[Evidence]:
        """The same reason for every declared measure."""
        for measure in self.measures:
            yield self.could_not(measure.name, reason)

    def curve(self, measure: str, t: NDArray[np.floating], y: NDArray[np.floating]) -> Blob:
        """Stores a curve (both (N,)) for the report's timeline."""
        return self.ledger.put_curve(t, y, caption=self._measure(measure).title)

    def _measure(self, name: str) -> Measure:
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise OperatorError(f"operator {self.name} does not declare the measure {name!r}")

    def _evidence(self, measure: str, **fields: Any) -> Evidence:
        spec = self._measure(measure)
        return Evidence(
            operator=self.name,
            version=self.version,
            measure=f"{self.name}.{spec.name}",
            title=spec.title,
            unit=spec.unit,
            direction=spec.direction,
            low=spec.low,
            high=spec.high,
            **fields,
        ).with_id()


_T = TypeVar("_T", bound=type[Operator])
_REGISTRY: dict[str, type[Operator]] = {}


def register(operator: _T) -> _T:
    """Makes an operator known under its name. Raises OperatorError if two files claim one name."""
    known = _REGISTRY.get(operator.name)
    if known is not None and known.__qualname__ != operator.__qualname__:
        raise OperatorError(f"two operators are called {operator.name!r}: {known} and {operator}")
    _REGISTRY[operator.name] = operator
    return operator


@cache
def _scan() -> None:
    """Imports every module of the operator folders, so that adding an operator is adding one file."""
    for folder in FOLDERS:
        package = import_module(f"evalverse.tools.{folder}")
        for module in sorted(m.name for m in iter_modules(package.__path__)):
            if not module.startswith("_"):
                import_module(f"{package.__name__}.{module}")


def operators() -> dict[str, type[Operator]]:
    """All operators by name, in the order of the folders."""
    _scan()

    def place(item: tuple[str, type[Operator]]) -> tuple[int, str]:
        return FOLDERS.index(item[1].__module__.split(".")[-2]) if item[1].__module__.count(".") >= 2 else 99, item[0]

    return dict(sorted(_REGISTRY.items(), key=place))


def operator(name: str) -> type[Operator]:
    """One operator by name. Raises UnknownName."""
    _scan()
    if name not in _REGISTRY:
        raise UnknownName("operator", name, list(operators()))
    return _REGISTRY[name]
