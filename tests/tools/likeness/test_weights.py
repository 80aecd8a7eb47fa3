"""Where weights come from, and what is said when they do not. The hub is never asked for real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evalverse.errors import MissingExtra
from evalverse.tools.likeness._open_clip import CLIP, REPOSITORIES, repository
from evalverse.tools.likeness._weights import Source, WeightsSettings

THING = Source(
    what="Thing",
    variable="EVALVERSE_THING",
    default="some/thing",
    config="config.json",
    tensors=("thing.safetensors", "thing.bin"),
    packages=("json",),
    extras=("words.json",),
)


class ThingSettings(WeightsSettings):
    sources = (THING,)
    size: int = 1


@pytest.fixture
def named(no_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Names weights in the environment."""
    return lambda name: monkeypatch.setenv("EVALVERSE_THING", name)


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(name)
    return folder


def cached(hub: Path, *names: str) -> Path:
    """A repository in the hub's cache that holds these files."""
    repository = hub / "models--some--thing"
    fill(repository / "refs", "main")
    return fill(repository / "snapshots" / "main", *names)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, no_weights: Path) -> list[str]:
    """A hub that has config.json and thing.bin; returns what it was asked for."""
    import huggingface_hub
    from huggingface_hub.errors import RemoteEntryNotFoundError

    asked: list[str] = []

    def download(repo: str, name: str) -> str:
        asked.append(f"{repo}/{name}")
        if name not in ("config.json", "thing.bin"):
            raise RemoteEntryNotFoundError.__new__(RemoteEntryNotFoundError)
        return str(cached(no_weights, name) / name)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    return asked


def test_without_weights_the_reason_holds_the_command(no_weights: Path) -> None:
    reason = THING.lacks()
    assert reason is not None
    assert "hf download some/thing config.json thing.safetensors" in reason and "EVALVERSE_ALLOW_HUB=1" in reason
    with pytest.raises(MissingExtra, match="hf download"):
        THING.folder()


def test_a_missing_package_comes_first(no_weights: Path) -> None:
    source = Source("Thing", "EVALVERSE_THING", "some/thing", "c", ("t",), ("no_such_package",))
    assert source.lacks() == 'Thing needs no_such_package; run: pip install "evalverse-agent[neural]"'


def test_a_folder_is_taken_as_it_is(named: Callable[[str], None], tmp_path: Path) -> None:
    folder = fill(tmp_path / "mine", "config.json")
    named(str(folder))
    assert THING.lacks() == "EVALVERSE_THING names a folder without thing.safetensors or thing.bin"
    fill(folder, "thing.bin")
    assert THING.lacks() is None and THING.folder() == folder and THING.label == "folder mine"
    named(str(tmp_path / "gone"))
    assert "names a folder without config.json" in (THING.lacks() or "")


def test_the_hubs_cache_is_enough(no_weights: Path) -> None:
    cached(no_weights, "config.json")
    assert THING.lacks() is not None
    folder = cached(no_weights, "thing.bin")
    assert THING.lacks() is None and THING.folder() == folder


def test_nothing_is_fetched_unasked(hub: list[str]) -> None:
    with pytest.raises(MissingExtra):
        THING.folder()
    assert hub == []


@pytest.mark.parametrize("how", ["by name", "altogether"])
def test_the_user_may_allow_the_hub(
    how: str, hub: list[str], named: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, no_weights: Path
) -> None:
    if how == "by name":
        named("hf-hub:some/thing")
    else:
        monkeypatch.setenv("EVALVERSE_ALLOW_HUB", "1")
    assert THING.lacks() is None
    assert THING.folder() == no_weights / "models--some--thing" / "snapshots" / "main"
    assert hub == [f"some/thing/{n}" for n in ("config.json", "thing.safetensors", "thing.bin", "words.json")]
    hub.clear()
    THING.folder()
    assert hub == []  # what is there is not asked for again


def test_offline_wins_over_a_name(
    named: Callable[[str], None], hub: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    named("some/thing")
    assert "no Thing weights" in (THING.lacks() or "") and hub == []


def test_a_hub_out_of_reach_is_said(monkeypatch: pytest.MonkeyPatch, named: Callable[[str], None]) -> None:
    import huggingface_hub

    def unreachable(*_: str) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    named("some/thing")
    with pytest.raises(MissingExtra, match="no route"):
        THING.folder()


def test_a_name_that_means_nothing(named: Callable[[str], None]) -> None:
    named("a name / with blanks")
    assert (THING.lacks() or "").startswith("EVALVERSE_THING names no weights")


def test_readings_depend_on_which_weights_and_whether_they_are_there(
    named: Callable[[str], None], no_weights: Path, tmp_path: Path
) -> None:
    states = [ThingSettings().weights]
    cached(no_weights, "config.json", "thing.bin")
    states.append(ThingSettings().weights)
    folder = fill(tmp_path / "mine", "config.json", "thing.bin")
    named(str(folder))
    states.append(ThingSettings().weights)
    (folder / "thing.bin").write_text("other content")
    states.append(ThingSettings().weights)
    assert len(set(states)) == 4
    assert not any(str(tmp_path) in state for state in states)


def test_settings_can_be_read_back(no_weights: Path) -> None:
    settings = ThingSettings(size=3)
    assert ThingSettings.model_validate_json(settings.model_dump_json()) == settings


def test_the_defaults_are_where_open_clip_says() -> None:
    from evalverse.tools.likeness._torchvision import importable

    pytest.importorskip("torch", reason="needs the extra 'neural'")
    importable()
    open_clip = pytest.importorskip("open_clip", reason="needs the extra 'neural'")
    for name, repo in REPOSITORIES.items():
        assert open_clip.get_pretrained_cfg(*name.split(":"))["hf_hub"].rstrip("/").startswith(repo)
    assert repository("ViT-B-16:laion2b_s34b_b88k") == "laion/CLIP-ViT-B-16-laion2B-s34B-b88K"
    with pytest.raises(ValueError, match="knows no"):
        repository("ViT-B-32:nobody")


def test_clip_names_may_be_pairs_or_repositories(no_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "laion/CLIP-ViT-B-32-laion2B-s34B-b79K" in (CLIP.lacks() or "")
    monkeypatch.setenv("EVALVERSE_CLIP", "hf-hub:org/model")
    assert CLIP.lacks() is None and CLIP.label == "org/model"
