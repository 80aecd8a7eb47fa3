"""No test of the rightness measures finds weights that happen to lie on the machine, or fetches any."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.tools.ledger import Ledger

VARIABLES = (
    "ALLOW_HUB",
    *(f"VBENCH_{n}" for n in ("DINO", "CLIP", "CLIP_L14", "AESTHETIC", "MUSIQ", "RAFT", "AMT", "VICLIP")),
)


@pytest.fixture(autouse=True)
def _no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"EVALVERSE_{name}", raising=False)
    for name in ("VBENCH_CACHE_DIR", "TORCH_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    try:
        import huggingface_hub
    except ImportError:
        return
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: None)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """On a busy machine torch's threads wait for each other far longer than these tiny models take."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")
