"""A tiny laboratory on synthesised footage, measured and judged once."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.calibration.faults.footage import render
from evalverse.calibration.faults.lab import Order, make
from evalverse.calibration.laboratory.run import Run, run
from evalverse.settings import Settings
from tests.calibration.faults._takes import scene

ORDER = Order(seed=5, families=("flicker", "hum"), strengths=("faint", "strong"), per_family=2, seconds=1.5)


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(cache_dir=tmp_path_factory.mktemp("cache"), workers=1)


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    """Two families in two sources at two strengths: eight faulted clips, two clean ones."""
    footage = tmp_path_factory.mktemp("footage")
    for seed, name in ((3, "one.mp4"), (9, "two.mp4")):
        render(scene(seed, (), 40, 144), footage / name)
    return make(footage, tmp_path_factory.mktemp("lab"), ORDER, settings).parent


@pytest.fixture(scope="package")
def done(lab: Path, settings: Settings) -> Run:
    """The laboratory's run with the evidence judge."""
    return run(lab, "evidence", settings=settings)
