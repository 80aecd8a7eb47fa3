"""What a model judge is asked to write, and how that becomes our rulings, answers, requests and findings.

The models here are read tolerantly (unknown keys are passed over) and described strictly to the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from evalverse.agent.judges.structured import complaints
from evalverse.prompts import clean
from evalverse.report.model import Answer, State, Step
from evalverse.taxonomy import Check
from evalverse.tools.evidence import Span

NO_ANSWER = "the judge gave no answer"

NEAREST = 0.25 + 1e-6
"""How far a value may lie from the anchor that it is said to be nearest to."""

SHORTEST_QUOTE = 8
"""Characters of a quotation that can show where it is from."""

_CANNOT: Literal["not_assessable"] = "not_assessable"


def _value(written: Any) -> Any:
    """Null and the spellings of "not assessable" count as it."""
    if written is None or (isinstance(written, str) and not _number(written)):
        return _CANNOT
    return written


def _anchor(written: Any) -> Any:
    """The anchor that was meant; anything else counts as none named."""
    text = str(written).strip()
    return f"{float(text):g}" if _number(text) and float(text) in (0.0, 0.5, 1.0) else None


def _as_text(written: Any) -> Any:
    """An object that was written as one, in the text that servers' enforcement asks for."""
    return json.dumps(written) if isinstance(written, dict) else written


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


Value = Annotated[
    Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | Literal["not_assessable"], BeforeValidator(_value)
]
Prose = Annotated[str, BeforeValidator(lambda v: "" if v is None else v)]
Text = Annotated[Prose, Field(max_length=2_000)]
Ids = Annotated[list[str], BeforeValidator(lambda v: [] if v is None else v)]


class Claim(BaseModel):
    """One step of reasoning."""

    text: str = Field(min_length=1, max_length=2_000)
    evidence: Ids = Field([], description="ids, copied exactly")


Claims = Annotated[list[Claim], BeforeValidator(lambda v: [] if v is None else v)]


class Judgement(BaseModel):
    """What the model says to one check. The order of the fields makes it reason before it decides."""

    check: str = Field(description="path of the check")
    steps: Claims = []
    applies: bool = True
    anchor: Annotated[Literal["0", "0.5", "1"] | None, BeforeValidator(_anchor)] = Field(
        None, description="the anchor that it comes nearest to; null without a value"
    )
    value: Value = Field(_CANNOT, description='0 to 1, or "not_assessable"')
    why: Text = ""
    start: float | None = Field(None, description="seconds")
    end: float | None = Field(None, description="seconds")


class Examination(BaseModel):
    """All answers of one dimension. Entries that cannot be read are left out and told in ``unread``."""

    observed: Prose = ""
    answers: list[Judgement]
    _unread: list[str] = PrivateAttr(default_factory=list)

    @property
    def unread(self) -> list[str]:
        return self._unread

    @model_validator(mode="wrap")
    @classmethod
    def _one_by_one(cls, data: Any, handler: ModelWrapValidatorHandler[Examination]) -> Examination:
        good, unread = [], []
        if isinstance(data, Mapping) and isinstance(data.get("answers"), list):
            for item in data["answers"]:
                try:
                    good.append(Judgement.model_validate(item))
                except ValidationError as error:
                    name = item.get("check", "?") if isinstance(item, Mapping) else "?"
                    unread.append(f"{str(name)[:200]}: {complaints(error)}")
            data = {**data, "answers": good}
        made = handler(data)
        made._unread = unread
        return made


class Cut(BaseModel):
    """Whether the picture cuts at a doubtful place."""

    observed: Text = ""
    verdict: Literal["cut", "take", "unsure"]


class Decision(BaseModel):
    """Whether an aspect applies."""

    path: str
    why: Text = ""
    applies: bool


class Decisions(BaseModel):
    rulings: list[Decision]


class Wish(BaseModel):
    """An operator that the model wants run."""

    operator: str
    why: Text = ""
    arguments: Annotated[Text, BeforeValidator(_as_text)] = Field("{}", description="settings as a JSON object in text")

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments as an object; none if the text is not one."""
        try:
            given = json.loads(self.arguments or "{}")
        except (ValueError, RecursionError):
            return {}
        return given if isinstance(given, dict) else {}


class Wishes(BaseModel):
    requests: list[Wish]


class Revision(BaseModel):
    """A second thought about one answer."""

    check: str
    quote: Text = Field("", description="words of a ledger line, copied exactly")
    why: Text
    action: Literal["correct", "withdraw"]
    steps: Claims = []
    value: Value = _CANNOT


class Revisions(BaseModel):
    revisions: list[Revision]
    wants: list[Wish] = []


class Rewording(BaseModel):
    """New words for one finding."""

    id: str
    title: str = Field(max_length=300)
    steps: list[str]
    fix: str = Field(max_length=1_000)
    prompt_patch: str = Field(max_length=1_000)


class Rewordings(BaseModel):
    findings: list[Rewording]


def answer(said: Judgement, check: Check, judge: str, seconds: float) -> Answer:
    """Our form of a judgement. A value without a word of reasoning is no answer; a span outside the clip is dropped."""
    if not said.applies:
        why = said.why or "the judge finds that the condition of the check does not hold"
        return Answer(check=check.path, state=State.NOT_APPLICABLE, why=why, steps=steps(said.steps), judge=judge)
    if said.value == _CANNOT:
        why = said.why or "the judge could not see it, and gave no reason"
        return Answer(check=check.path, state=State.NOT_ASSESSABLE, why=why, steps=steps(said.steps), judge=judge)
    reasoning = steps(said.steps) or ((Step(text=said.why),) if said.why else ())
    if not reasoning:
        return cannot(check.path, "the judge gave a value without saying what it rests on", judge)
    return Answer(
        check=check.path,
        state=State.SCORED,
        value=float(said.value),
        steps=reasoning,
        span=_span(said, seconds),
        judge=judge,
    )


def contradiction(said: Judgement) -> str | None:
    """What in a judgement speaks against itself, in words for the model; None if nothing does."""
    if isinstance(said.value, str):
        return None
    if not said.applies:
        return 'it says that the check does not apply, and gives a value; then "value" must be "not_assessable"'
    if said.anchor is not None and abs(said.value - float(said.anchor)) > NEAREST:
        return f"it names the anchor {said.anchor} and gives the value {said.value:g}, which is not nearest to it"
    return None


def quotes(quote: str, text: str) -> bool:
    """Whether ``quote`` stands in ``text``, whatever the case and the spaces."""
    wanted, held = (" ".join(clean(t).lower().split()) for t in (quote, text))
    return len(wanted) >= SHORTEST_QUOTE and wanted.strip("\"'. ") in held


def cannot(check: str, why: str, judge: str) -> Answer:
    """An answer that says why there is none."""
    return Answer(check=check, state=State.NOT_ASSESSABLE, why=why, judge=judge)


def steps(claims: Iterable[Claim]) -> tuple[Step, ...]:
    """Our form of the reasoning. Ids that do not exist are left in: the verifier counts and drops them."""
    return tuple(Step(text=c.text.strip(), evidence=tuple(dict.fromkeys(c.evidence))) for c in claims if c.text.strip())


def match(name: str, paths: Sequence[str]) -> str | None:
    """The path that ``name`` means: whole, or a tail that no other path has; None if there is no such one."""
    name = name.strip().strip("`").strip("/")
    tails = [path for path in paths if path == name or path.endswith("/" + name)]
    return tails[0] if len(tails) == 1 else None


def _span(said: Judgement, seconds: float) -> Span | None:
    if said.start is None or said.end is None or not 0 <= said.start <= said.end <= seconds:
        return None
    return Span(start=said.start, end=said.end)
