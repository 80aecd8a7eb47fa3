"""What the refining loop leaves behind: its tries, the best of them, and why it ended."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(_Strict):
    """What a critique found wrong in a try, with the patch that it proposes."""

    check: str
    title: str
    severity: str
    score: float
    patch: str


class Try(_Strict):
    """One clip of the loop."""

    number: int = Field(description="from 0 on; the generator's seed")
    parent: int | None = Field(description="the try whose prompt this one builds on")
    prompt: str
    patches: dict[str, str] = Field(description="check: the patch in the prompt that is to mend it")
    left_out: dict[str, str] = Field(description="patch: why it is not in the prompt")
    clip: str
    sha256: str
    report: str = Field(description="path of report.json, with report.html beside it")
    total: float | None
    aggregation: str
    scores: dict[str, float | None]
    reasons: dict[str, str] = Field(description="why a score is None")
    checks: dict[str, float] = Field(description="answers to the checks of the wanted sub-dimensions")
    problems: tuple[Problem, ...] = Field(description="worst first")
    seconds: float = Field(description="generation and critique")


class Refined(_Strict):
    """The whole loop."""

    tries: tuple[Try, ...]
    best: int | None = Field(description="number of the best try; None if none could be judged")
    stopped: str = Field(description="why the loop ended")
    set_aside: dict[str, str] = Field(description="wanted, but not to be judged on the first clip: why")

    @property
    def clip(self) -> str | None:
        """The best clip."""
        return None if self.best is None else self.tries[self.best].clip

    @property
    def prompt(self) -> str | None:
        """The prompt of the best clip."""
        return None if self.best is None else self.tries[self.best].prompt
