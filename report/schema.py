"""The form of ``report.json`` as JSON Schema, for readers in other languages; docs/report.schema.json holds it."""

from __future__ import annotations

from typing import Any

from evalverse.report.model import SCHEMA_VERSION, Report


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a report, as it is written; ``$id`` holds the version."""
    body = Report.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:evalverse:report:{SCHEMA_VERSION}",
        **body,
        "title": f"EvalVerse report {SCHEMA_VERSION}",
    }
