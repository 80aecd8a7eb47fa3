"""A thread of a graph: what a run knows after each step, in SQLite, so that the same call goes on where it stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

Event = dict[str, Any]


@dataclass(frozen=True)
class Thread:
    """An open thread."""

    name: str
    graph: CompiledStateGraph[Any, Any, Any, Any]
    saver: BaseCheckpointSaver[Any]
    connection: sqlite3.Connection
    config: Any

    @property
    def values(self) -> dict[str, Any]:
        """The state after the last step; empty for a thread that there is not."""
        return cast(dict[str, Any], self.graph.get_state(self.config).values)

    @property
    def under_way(self) -> bool:
        """Whether a run stopped in the middle of it."""
        return bool(self.graph.get_state(self.config).next)

    def run(self, begin: object, context: object) -> Iterator[Event]:
        """Begins with ``begin``, or goes on where the last run stopped; events as the nodes tell them."""
        if self.under_way:
            yield {"event": "resumed", "words": "Going on where the last run stopped"}
            yield from self.go_on(None, context)
        else:
            self.saver.delete_thread(self.name)
            yield from self.go_on(begin, context)

    def go_on(self, said: object, context: object) -> Iterator[Event]:
        """The same with what the thread holds."""
        steps = self.graph.stream(said, self.config, context=context, stream_mode="custom", durability="sync")
        yield from (event for event in steps if isinstance(event, dict))

    def begin_anew(self, state: object, as_node: str) -> None:
        """Leaves the thread as if ``as_node`` had just returned ``state``."""
        self.saver.delete_thread(self.name)
        self.graph.update_state(self.config, state, as_node=as_node)

    def keep_last(self) -> None:
        """Of a finished thread only the last checkpoint is needed, for the conversation; the steps before it go."""
        with self.connection:
            newest = "select max(checkpoint_id) from checkpoints where thread_id = ?"
            last = self.connection.execute(newest, (self.name,)).fetchone()
            for table in ("checkpoints", "writes"):
                where = f"delete from {table} where thread_id = ? and checkpoint_id <> ?"
                self.connection.execute(where, (self.name, *last))


@contextmanager
def opened(
    database: Path, name: str, compiled: Callable[[BaseCheckpointSaver[Any]], Any], **config: Any
) -> Iterator[Thread]:
    """The thread ``name`` of the graph that ``compiled`` makes, kept in ``database``; ``config`` is LangGraph's."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database, check_same_thread=False, timeout=60)) as connection:
        saver = SqliteSaver(connection)
        yield Thread(name, compiled(saver), saver, connection, {"configurable": {"thread_id": name}, **config})
