"""The SyncNet operator: refuses without a checkpoint, runs with one of random weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.syncnet import network
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.sound import decode_sound
from evalverse.tools.operator import Scene
from evalverse.tools.people.syncnet import Settings, SyncNet


def clip() -> Clip:
    return Clip(path=Path("a.mp4"), sha256="0" * 64, bytes=1, container="mp4", duration=1, picture=None, sound=None)


def test_without_a_checkpoint_nothing_is_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVALVERSE_SYNCNET", raising=False)
    ledger = Ledger(tmp_path)
    found = list(SyncNet(clip(), ledger, Settings()).finish(Scene(clip(), ledger, evidence={"face_tracks": []})))
    assert [e.value for e in found] == [None] * 3
    assert all("EVALVERSE_SYNCNET" in str(e.unmeasured) for e in found)


def test_the_environment_names_the_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_SYNCNET", "somewhere/syncnet_v2.model")
    assert Settings().checkpoint == "somewhere/syncnet_v2.model"


@pytest.mark.slow
def test_a_talking_head_is_measured_whatever_the_weights(shared: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("mediapipe")
    from tests.tools.people._talk import faces
    from tests.tools.people._talk import ledger as faces_ledger

    torch.manual_seed(1)
    torch.save(network().state_dict(), tmp_path / "syncnet_v2.model")
    talking, evidence = faces(shared / "speech" / "retalk_4.mp4")
    ledger = Ledger(tmp_path)
    settings = Settings(checkpoint=str(tmp_path / "syncnet_v2.model"), seconds=2.0)
    operator = SyncNet(talking, ledger, settings)
    sound = decode_sound(talking)
    assert sound is not None
    operator.listen(sound)
    found = list(operator.finish(Scene(talking, faces_ledger(), evidence=dict(evidence))))
    assert [e.measure for e in found] == ["syncnet.lse_d", "syncnet.lse_c", "syncnet.offset_ms"]
    assert all(e.value is not None and e.data["seconds"] == pytest.approx(2.0, abs=0.1) for e in found)
    assert found[2].value == -40 * found[2].data["offset_frames"]
