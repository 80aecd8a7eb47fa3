"""Progress on the terminal: one line per stage, a bar while the clip is watched; plain lines when piped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Shown:
    """Takes the events of a run and shows them."""

    def __init__(self, console: Console, bars: Progress | None) -> None:
        self._console, self._bars = console, bars
        self._tasks: dict[str, TaskID] = {}
        self._open: dict[str, int] = {}
        self._printed: set[str] = set()

    def event(self, event: dict[str, Any]) -> None:
        """One event as :func:`evalverse.stream_critique` yields it."""
        name = event.get("stage")
        if name is None:
            self._console.print(event["words"], style="dim")
        elif self._bars is None:
            if event["event"] == "begin" and name not in self._printed:
                self._printed.add(name)
                self._console.print(f"{event['words']} ...", style="dim", highlight=False)
        else:
            self._bar(name, event)

    def _bar(self, name: str, event: dict[str, Any]) -> None:
        assert self._bars is not None
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(event["words"], total=None)
        task = self._tasks[name]
        if event["event"] == "begin":
            self._open[name] = self._open.get(name, 0) + 1
            detail = f" · {event['detail']}" if event.get("detail") else ""
            self._bars.update(task, description=f"{event['words']}{detail}")
        elif event["event"] == "share":
            self._bars.update(task, total=1.0, completed=event["share"])
        else:
            self._open[name] -= 1
            if self._open[name] == 0:
                self._bars.update(task, total=1.0, completed=1.0, description=event["words"])


@contextmanager
def progress(console: Console) -> Iterator[Shown]:
    """Shows a run on ``console`` (use one on stderr, so that output can be piped)."""
    if not console.is_terminal:
        yield Shown(console, None)
        return
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield Shown(console, bars)
