"""Tables in Parquet: written whole or not at all, read as Arrow tables."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalverse.errors import MissingExtra, UsageError
from evalverse.tools.ledger import write_file

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, type]
"""Name and kind of each column: str, float or int; any value may be missing."""


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], columns: Columns) -> None:
    """Writes ``rows`` (a missing key is a null). Raises MissingExtra without pyarrow."""
    arrow, parquet = _arrow()
    kinds = {str: arrow.string(), float: arrow.float64(), int: arrow.int64()}
    schema = arrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    table = arrow.Table.from_pylist([dict(row) for row in rows], schema=schema)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    write_file(path, buffer.getvalue())


def read_table(path: Path, made_by: str) -> pa.Table:
    """The table at ``path``. Raises UsageError, naming the command ``made_by``, when there is none."""
    _, parquet = _arrow()
    if not path.is_file():
        raise UsageError(f"{path} is not there; make it with: {made_by}")
    return parquet.read_table(path)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", 'pip install "evalverse-agent[lab]"') from error
    return pyarrow, parquet
