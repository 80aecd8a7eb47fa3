"""What a reply is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from evalverse.agent.converse.wish import Wish
from evalverse.agent.judges.base import Case
from evalverse.report.model import Verdict
from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger


@dataclass(frozen=True)
class Told:
    """A reply, the verdicts it is about, the evidence that it cites, and files that it hands over (name: text)."""

    reply: str
    about: tuple[Verdict, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    def turn(self, wish: Wish, ledger: Ledger) -> dict[str, Any]:
        """The turn as the state keeps it, in JSON."""
        return {
            "said": wish.said,
            "kind": wish.kind.value,
            "reply": self.reply,
            "about": [{"path": v.path, "score": v.score} for v in self.about],
            "evidence": [e.id for e in self.evidence],
            "pictures": pictures(self.evidence, ledger),
            "files": self.files,
        }


def gone(case: Case) -> str:
    """Why nothing more can be measured or looked at, if the clip is not where it was; else empty."""
    return "" if case.clip.path.is_file() else f"{case.clip.path} is not there any more; say where it is: --clip PATH"


def pictures(evidence: Iterable[Evidence], ledger: Ledger) -> list[dict[str, str]]:
    """Id, place and hash of every picture among the evidence."""
    return [
        {"id": e.id, "path": str(ledger.path(e.picture)), "sha256": e.picture.sha256, "type": e.picture.media_type}
        for e in evidence
        if e.picture is not None
    ]
