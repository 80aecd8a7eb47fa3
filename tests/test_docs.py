"""Generated pages are current: change the source, then run ``make docs``."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = runpy.run_path(str(ROOT / "docs" / "make.py"))["pages"]()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_page_is_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], f"{page.name} is out of date: run make docs"
