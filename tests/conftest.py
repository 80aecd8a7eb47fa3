"""Shared fixtures. Tests that need the real footage beside the project skip without it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "clips"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips, ../shared/clips."""
    if not SHARED.is_dir():
        pytest.skip("needs the real footage in ../shared/clips")
    return SHARED


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's evidence cache."""
    monkeypatch.setenv("EVALVERSE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
