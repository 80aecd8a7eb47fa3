"""A conversation about a finished critique, from the folder that holds its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalverse.agent.budget import Budget
from evalverse.agent.case import ledger_of
from evalverse.agent.converse.thread import state_of, thread_of
from evalverse.agent.judges.base import Judge
from evalverse.agent.judges.make import make_judge
from evalverse.agent.run import say_on, turns
from evalverse.agent.state import Asked, Context, State
from evalverse.agent.thread import Event
from evalverse.errors import MediaError, UsageError
from evalverse.report.model import Report
from evalverse.report.write import JSON, LEDGER, put_text, read, write
from evalverse.settings import Settings
from evalverse.tools.evidence import Blob
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe


@dataclass(frozen=True)
class Turn:
    """One exchange.

    ``about``: paths and scores of the verdicts as they stood before; ``evidence``: ids that the reply cites;
    ``pictures``: id and path of each picture among them; ``files``: what was written beside the report;
    ``changed``: whether a dispute has led to a new report.
    """

    said: str
    reply: str
    kind: str
    judge: str = ""
    about: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    changed: bool = False


class Conversation:
    """Talk about the report in ``folder``; made by :func:`open_chat`.

    What is said is kept on this machine by what the report is, so that a conversation goes on in another process and
    after the folder has moved; on another machine it begins anew from the report, with the report's history.
    """

    def __init__(self, folder: Path, report: Report, judge: str | Judge, settings: Settings) -> None:
        self.folder, self.report = folder, report
        self._settings = settings
        made = make_judge(judge, settings, Budget()) if isinstance(judge, str) else judge
        self._judge = judge if isinstance(judge, str) else judge.id
        self._context = Context(settings=settings, judge=made)
        self._by: str = "user"

    @property
    def judge(self) -> str:
        """Who answers."""
        return self._context.judge.id if self._context.judge else self._judge

    @property
    def turns(self) -> list[Turn]:
        """What was said so far, oldest first."""
        return [self._turn(row, changed=False) for row in turns(thread_of(self.report), self._context)]

    def say(self, text: str, by: str = "user") -> Turn:
        """A remark, and what comes back. A dispute may write a new report; the one before stays as report.1.json.

        Args:
            text: a question, "look at 3.2 s", "compare shots 1 and 2", "edit list", "revised prompt", or a dispute.
            by: who says it; stands in the report's history.

        Raises:
            UsageError: nothing was said.
            JudgeError: the judge or its server failed; the same remark may be made again.
        """
        *_, turn = self.stream(text, by)
        assert isinstance(turn, Turn)
        return turn

    def stream(self, text: str, by: str = "user") -> Iterator[Event | Turn]:
        """Like :meth:`say`, but yields progress events while it works and the turn last."""
        if not text.strip():
            raise UsageError("say something: a question, “look at 3.2 s”, or what you doubt and why")
        said = Asked(clip=str(self.report.clip.path), say=text.strip(), by=by, judge=self._judge)
        for item in say_on(thread_of(self.report), said, self._context, f"{self.folder}: no report", self._begin):
            if "reply" in item:
                yield self._kept(item)
            else:
                yield item

    def _begin(self, held: State) -> State | None:
        """The thread goes on if it ends in this very report; else it begins anew from the report in the folder."""
        try:
            last = read(held["report"]) if held.get("report") else None
        except UsageError:
            last = None
        if last == self.report and held.get("probed", {}).get("path") == str(self.report.clip.path):
            return None
        kept = Ledger(self.folder / LEDGER)
        return state_of(self.report, kept, self._settings, self._judge, held.get("replies"))

    def _kept(self, row: dict[str, Any]) -> Turn:
        """Puts what a turn made beside the report."""
        now, changed = read(row["report"]), False
        if now != self.report:
            _set_aside(self.folder)
            self.report, changed = now, True
            write(now, ledger_of(self._settings), self.folder)
        for name, text in row.get("files", {}).items():
            put_text(self.folder / name, text)
        store, kept = ledger_of(self._settings), Ledger(self.folder / LEDGER)
        for shown in row.get("pictures", []):
            blob = Blob(sha256=shown["sha256"], media_type=shown["type"])
            kept.put(store.get(blob), blob.media_type)
        return self._turn(row, changed)

    def _turn(self, row: dict[str, Any], changed: bool) -> Turn:
        kept = Ledger(self.folder / LEDGER)
        places = [
            {"id": p["id"], "path": str(kept.path(Blob(sha256=p["sha256"], media_type=p["type"])))}
            for p in row.get("pictures", [])
        ]
        return Turn(
            said=row["said"],
            reply=row["reply"],
            kind=row.get("kind", ""),
            judge=row.get("judge", ""),
            about=row.get("about", []),
            evidence=row.get("evidence", []),
            pictures=places,
            files=[str(self.folder / name) for name in row.get("files", {})],
            changed=changed,
        )


def open_chat(
    folder: str | Path,
    *,
    judge: str | Judge | None = None,
    clip: str | Path | None = None,
    settings: Settings | None = None,
) -> Conversation:
    """Opens a conversation about the report in a folder that ``critique(out=...)`` filled.

    Args:
        folder: the folder, or the report.json in it.
        judge: who answers; None for the evidence judge.
        clip: where the clip is now, if it has moved since; it must be the same file.

    Raises:
        UsageError: there is no report, or the clip given is another one.
    """
    settings = settings or Settings.load()
    folder = Path(folder)
    report = read(folder)
    folder = folder if folder.is_dir() else folder.parent
    if clip is not None:
        found = probe(clip, settings)
        if found.sha256 != report.clip.sha256:
            raise MediaError(clip, f"is not the clip of this report ({report.clip.name}, {report.clip.bytes} bytes)")
        report = report.model_copy(update={"clip": report.clip.model_copy(update={"path": found.path})})
    return Conversation(folder, report, judge or "evidence", settings)


def _set_aside(folder: Path) -> None:
    """The report that is replaced becomes report.1.json, report.2.json ..."""
    number = 1
    while (folder / f"report.{number}.json").exists():
        number += 1
    (folder / JSON).replace(folder / f"report.{number}.json")


def as_json(turn: Turn) -> str:
    """The turn in one line of JSON."""
    return json.dumps(vars(turn), ensure_ascii=False)
