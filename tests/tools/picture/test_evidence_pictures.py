"""Every picture operator leaves a still or a plot of what it measured, and those that see something leave a still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.schedule import measure
from tests.synth import write_clip
from tests.tools.picture.film import picture_operators

BARE = {"integrity", "lettering", "trails"}
"""Operators with nothing to show where nothing is wrong or nothing is written."""
STILLS = (
    *("accents", "camera_motion", "colour", "contrast", "daylight", "flicker", "frame_sampler", "subject_motion"),
    *("balance", "layers", "shot_size", "body_tracks", "face_tracks", "head_tracks", "key_light", "highlights"),
    *("expression", "skin_texture", "picture_similarity"),
)
SECONDS = 4.0


@pytest.fixture(scope="module")
def found(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Evidence]]:
    pytest.importorskip("mediapipe")
    folder = tmp_path_factory.mktemp("stills")
    source = probe(shared / "speech" / "latent_2.mp4")
    assert source.picture is not None
    taken = (frame.rgb(360).copy() for frame in frames(source, 0, SECONDS))
    clip = write_clip(folder / "talk.mp4", taken, rate=source.picture.rate)
    ledger = Ledger(folder / "ledger")
    evidence = measure(probe(clip), picture_operators(), ledger, settings=Settings(workers=2)).evidence
    for item in (item for told in evidence.values() for item in told):
        if item.picture is not None:
            assert ledger.get(item.picture)[:2] == b"\xff\xd8", f"{item.measure}: no JPEG"
        if item.curve is not None and item.curve.media_type == "application/x-npz" and "tracks" not in item.operator:
            t, y = ledger.get_curve(item.curve)
            assert len(t) == len(y) > 0 and (np.diff(t) >= 0).all(), item.measure
    return evidence


@pytest.mark.parametrize("name", sorted(set(picture_operators()) - BARE))
def test_what_is_measured_can_be_seen(name: str, found: dict[str, list[Evidence]]) -> None:
    if all(item.value is None for item in found[name]):
        pytest.skip(f"not measured here: {found[name][0].unmeasured}")
    assert any(item.picture or item.curve for item in found[name])


@pytest.mark.parametrize("name", STILLS)
def test_what_can_be_pointed_at_is_shown(name: str, found: dict[str, list[Evidence]]) -> None:
    if all(item.value is None for item in found[name]):
        pytest.skip(f"not measured here: {found[name][0].unmeasured}")
    assert any(item.picture for item in found[name])
