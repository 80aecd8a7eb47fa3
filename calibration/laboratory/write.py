"""The laboratory's report in all its forms."""

from __future__ import annotations

from pathlib import Path

from evalverse.calibration.laboratory.markdown import markdown
from evalverse.calibration.laboratory.page import html
from evalverse.calibration.laboratory.report import LabReport
from evalverse.tools.ledger import write_file


def write(report: LabReport, out: Path) -> Path:
    """Writes lab.json, lab.md and lab.html to the folder ``out``; returns the page."""
    write_file(out / "lab.json", (report.model_dump_json(indent=1) + "\n").encode())
    write_file(out / "lab.md", markdown(report).encode())
    write_file(out / "lab.html", html(report).encode())
    return out / "lab.html"
