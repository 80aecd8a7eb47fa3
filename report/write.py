"""Puts a report on disk: JSON, Markdown and HTML, beside a ledger of the pictures and curves that it names.

out/report.json     the report itself; everything else can be made from it and the ledger
out/report.md       to read as text
out/report.html     to read on a screen; needs no other file
out/ledger/         blobs, as in :mod:`evalverse.tools.ledger`
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from evalverse.errors import UsageError
from evalverse.report.html import html
from evalverse.report.markdown import markdown
from evalverse.report.model import SCHEMA_VERSION, Report
from evalverse.tools.evidence import Blob
from evalverse.tools.ledger import Ledger, write_file

JSON, MARKDOWN, HTML, LEDGER = "report.json", "report.md", "report.html", "ledger"


@dataclass(frozen=True)
class Written:
    """Where a report was put. ``missing`` are blobs that the run's ledger no longer held."""

    json: Path
    markdown: Path
    html: Path
    ledger: Path
    missing: tuple[Blob, ...] = ()


def write(report: Report, ledger: Ledger, out_dir: Path | str) -> Written:
    """Writes all forms of ``report`` to ``out_dir``, each file whole or not at all; ``report.json`` comes last.

    Raises:
        UsageError: the folder cannot be written.
    """
    out = Path(out_dir)
    kept, missing = Ledger(out / LEDGER), []
    written = {JSON: as_json(report), MARKDOWN: markdown(report)}
    try:
        for blob in blobs(report):
            try:
                kept.put(ledger.get(blob), blob.media_type)
            except FileNotFoundError:
                missing.append(blob)
        written[HTML] = html(report, kept)
        for name in (HTML, MARKDOWN, JSON):
            put_text(out / name, written[name])
    except OSError as error:
        raise UsageError(f"{out}: the report cannot be written: {error.strerror or error}") from error
    return Written(out / JSON, out / MARKDOWN, out / HTML, out / LEDGER, tuple(missing))


def read(path: Path | str) -> Report:
    """The report in a JSON file, or in the folder that :func:`write` filled.

    Raises:
        UsageError: there is none, or it is of another form than this version reads.
    """
    path = Path(path)
    path = path / JSON if path.is_dir() else path
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: no report can be read: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{path}: this is not JSON: {error}") from error
    version = str(raw.get("schema_version")) if isinstance(raw, dict) else "none"
    if version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise UsageError(f"{path}: this is no report of schema {SCHEMA_VERSION} (its schema_version: {version})")
    try:
        return Report.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: {where}: {first['msg']} ({error.error_count()} in all)") from error


def as_json(report: Report) -> str:
    """The report as JSON, keys in the order of the model."""
    return json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def blobs(report: Report) -> Iterator[Blob]:
    """Every picture and curve that the report names, each once."""
    named = [b for e in report.evidence for b in (e.curve, e.picture)]
    named += [s.thumbnail for s in report.shots] + [f.picture for f in report.findings] + [report.manifest.tape]
    yield from {b.sha256: b for b in named if b is not None}.values()


def put_text(path: Path, text: str) -> None:
    """Writes UTF-8 text, whole or not at all.

    A surrogate, as file names that are not UTF-8 hold them, becomes its ``\\udcff`` escape, which JSON reads back.
    """
    write_file(path, text.encode("utf-8", "backslashreplace"))
