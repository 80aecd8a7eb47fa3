"""readings.parquet: what every operator read on every clip of a laboratory.

One row per clip and measure. ``value`` is the reading of the whole clip, ``low`` and ``high`` span those of its shots,
``moment_low`` and ``moment_high`` those of its moments; all in the measure's unit, none where there is no such reading.
A clip that could not be measured is one row without a measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalverse.agent.judges.reading import ENDS, features
from evalverse.calibration.laboratory.tables import Columns, read_table, write_table
from evalverse.calibration.laboratory.work import Done
from evalverse.tools.evidence import Evidence, Scope

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "readings.parquet"
PLACES = tuple(end for ends in ENDS.values() for end in ends)
NUMBERS = ("value", *PLACES)

COLUMNS: Columns = {
    "clip": str,
    "measure": str,
    "operator": str,
    "version": str,
    **dict.fromkeys(NUMBERS, float),
    "confidence": float,
    "unmeasured": str,
}


def rows_of(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """The rows of one clip, without its id, by measure."""
    evidence = list(evidence)
    told = features(evidence)
    rows: dict[str, dict[str, Any]] = {}
    for item in sorted(evidence, key=lambda e: (e.measure, e.scope is not Scope.CLIP)):
        row = rows.setdefault(item.measure, {"measure": item.measure, "operator": item.operator})
        row.setdefault("version", item.version)
        if item.scope is Scope.CLIP:
            row.setdefault("confidence", item.confidence)
            if item.value is None:
                row.setdefault("unmeasured", item.unmeasured)
    for name, row in rows.items():
        row["value"] = told.get(name)
        row.update({end: told.get(f"{name}@{end}") for end in PLACES})
    return list(rows.values())


def write_readings(lab: Path, results: Mapping[str, Done]) -> Path:
    """Writes the table of a run's results."""
    write_table(lab / FILE, list(_rows(results)), COLUMNS)
    return lab / FILE


def _rows(results: Mapping[str, Done]) -> Iterator[dict[str, Any]]:
    for key, done in results.items():
        if done.failed is not None:
            yield {"clip": key, "unmeasured": done.failed}
        yield from ({"clip": key, **row} for row in done.found.get("readings", ()))


def read_readings(lab: Path) -> pa.Table:
    """The table of a laboratory. Raises UsageError when it was not measured yet."""
    return read_table(lab / FILE, f"evalverse lab run {lab}")


def features_by_clip(table: pa.Table) -> dict[str, dict[str, float]]:
    """The :func:`~evalverse.agent.judges.reading.features` of every clip that could be measured."""
    found: dict[str, dict[str, float]] = {}
    for row in table.to_pylist():
        if row["measure"] is None:
            continue
        mine = found.setdefault(row["clip"], {})
        for name in NUMBERS:
            if row[name] is not None:
                mine[row["measure"] if name == "value" else f"{row['measure']}@{name}"] = row[name]
    return found
