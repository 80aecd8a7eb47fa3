"""Weights in single files: where they are looked for, what is said when absent, and that nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.errors import MissingExtra
from evalverse.tools.likeness._weights import WeightsSettings
from evalverse.tools.rightness._files import WeightFile, lacking

HUB = WeightFile(
    what="Thing",
    variable="EVALVERSE_THING",
    url="https://huggingface.co/org/repo/resolve/main/thing.pth",
    cached=("vbench:things/thing.pth", "torch:thing.pth"),
    packages=(),
)
PLAIN = WeightFile(what="Other", variable="EVALVERSE_OTHER", url="https://example.org/other.pth", packages=())


@pytest.fixture(autouse=True)
def _unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("EVALVERSE_THING", "EVALVERSE_OTHER", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)


def test_what_is_absent_names_the_command_that_gets_it() -> None:
    assert HUB.lacks() == "no Thing weights; run: hf download org/repo thing.pth (or set EVALVERSE_ALLOW_HUB=1)"
    assert "curl -LO https://example.org/other.pth && export EVALVERSE_OTHER=$PWD/other.pth" in str(PLAIN.lacks())
    assert HUB.state == "Thing: absent"
    with pytest.raises(MissingExtra, match="hf download"):
        HUB.path()


def test_absent_packages_come_first() -> None:
    file = WeightFile(what="X", variable="X_X", url="https://example.org/x", packages=("os", "no_such.module", "nope"))
    assert "X needs no_such.module, nope; run: pip install" in str(file.lacks())


def test_a_named_file_must_exist_and_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_THING", str(tmp_path / "mine.pth"))
    assert HUB.lacks() == "EVALVERSE_THING names a file that does not exist"
    (tmp_path / "mine.pth").write_bytes(b"1")
    cached = tmp_path / "VBENCH_CACHE_DIR" / "things" / "thing.pth"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"2")
    assert HUB.lacks() is None and HUB.path() == tmp_path / "mine.pth"


@pytest.mark.parametrize("place", ["VBENCH_CACHE_DIR/things/thing.pth", "TORCH_HOME/hub/checkpoints/thing.pth"])
def test_what_vbench_or_torch_left_there_is_used(place: str, tmp_path: Path) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1")
    assert HUB.path() == path


def test_the_hub_is_allowed_by_name_and_not_when_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALVERSE_ALLOW_HUB", "1")
    assert HUB.lacks() is None and HUB.state == "Thing: thing.pth"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert HUB.lacks() is not None


def test_what_cannot_be_fetched_is_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")

    def no_network(*_: object, **__: object) -> None:
        raise OSError("no route")

    monkeypatch.setenv("EVALVERSE_ALLOW_HUB", "1")
    monkeypatch.setattr(hub, "hf_hub_download", no_network)
    with pytest.raises(MissingExtra, match="no route"):
        HUB.path()


def test_readings_are_taken_anew_when_weights_arrive_or_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(WeightsSettings):
        sources = (HUB, PLAIN)

    states = [Settings().weights]
    path = tmp_path / "thing.pth"
    monkeypatch.setenv("EVALVERSE_THING", str(path))
    for content in (b"1", b"12"):
        path.write_bytes(content)
        states.append(Settings().model_dump()["weights"])
    assert len(set(states)) == 3 and states[0] == "Thing: absent; Other: absent"
    assert str(tmp_path) not in states[1]
    assert lacking(HUB) is None and "Other" in str(lacking(HUB, PLAIN))


def test_only_tensors_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "thing.pth"
    monkeypatch.setenv("EVALVERSE_THING", str(path))
    torch.save({"a": torch.ones(2)}, path)
    assert HUB.tensors()["a"].tolist() == [1, 1]
    torch.save({"a": Path("code that would run")}, path)
    with pytest.raises(Exception, match=r"[Ww]eights"):
        HUB.tensors()
