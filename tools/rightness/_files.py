"""Learned weights that come as a single file: named by the user, left there by VBench or torch, or on the hub.

The rules are those of :mod:`evalverse.tools.likeness._weights`: nothing is fetched unless EVALVERSE_ALLOW_HUB=1, and
files are read as tensors only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from evalverse.errors import MissingExtra
from evalverse.tools.likeness._weights import ALLOW, NEURAL, stamp


class Lacking(Protocol):
    """Weights, whether a folder or a file."""

    def lacks(self) -> str | None: ...


@dataclass(frozen=True)
class WeightFile:
    """One file of weights."""

    what: str
    variable: str
    """The variable of the environment that names the file."""
    url: str
    """Where it is published; a file of a Hugging Face repository is fetched and cached as such."""
    cached: tuple[str, ...] = ()
    """Where else it may lie: below VBench's cache (``vbench:...``) or torch hub's (``torch:...``)."""
    packages: tuple[str, ...] = ("torch",)
    """Modules that must be importable."""
    get_packages: str = NEURAL
    """The command that gets them."""

    @property
    def state(self) -> str:
        """What a reading depends on: which file, and whether it can be had."""
        if self.lacks() is not None:
            return f"{self.what}: absent"
        here = self._here()
        if here is None:
            return f"{self.what}: {self.filename}"
        return f"{self.what}: {here.name}, {stamp([here])}"

    @property
    def filename(self) -> str:
        return self.url.rsplit("/", 1)[-1]

    def lacks(self) -> str | None:
        """Why the file cannot be used here, with the command that helps; None when it can. Fetches nothing."""
        absent = [p for p in self.packages if not _importable(p)]
        if absent:
            return f"{self.what} needs {', '.join(absent)}; run: {self.get_packages}"
        named = os.environ.get(self.variable)
        if named and not Path(named).expanduser().is_file():
            return f"{self.variable} names a file that does not exist"
        if self._here() is not None or self._may_fetch():
            return None
        return f"no {self.what} weights; run: {self._command()} (or set {ALLOW}=1)"

    def path(self) -> Path:
        """The file, fetched if that is allowed and needed. Raises MissingExtra."""
        reason = self.lacks()
        if reason is not None:
            raise MissingExtra(f"{self.what} ({reason})", self._command())
        return self._here() or self._fetched()

    def tensors(self) -> Mapping[str, Any]:
        """The file's content: tensors by name. Raises MissingExtra."""
        import torch

        found: Mapping[str, Any] = torch.load(self.path(), map_location="cpu", weights_only=True)
        return found

    def _here(self) -> Path | None:
        named = os.environ.get(self.variable)
        places = [Path(named).expanduser()] if named else [_place(place) for place in self.cached]
        found = next((place for place in places if place.is_file()), None)
        return found or (self._in_hub_cache() if not named else None)

    @property
    def _repo(self) -> str | None:
        """``org/repo`` when the file is one of the hub's."""
        prefix = "https://huggingface.co/"
        return "/".join(self.url.removeprefix(prefix).split("/")[:2]) if self.url.startswith(prefix) else None

    def _in_hub_cache(self) -> Path | None:
        if self._repo is None:
            return None
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(self._repo, self.filename)
        return Path(found) if isinstance(found, str) else None

    @staticmethod
    def _may_fetch() -> bool:
        offline = os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on")
        return os.environ.get(ALLOW, "").lower() in ("1", "true", "yes") and not offline

    def _fetched(self) -> Path:
        try:
            if self._repo is not None:
                from huggingface_hub import hf_hub_download

                return Path(hf_hub_download(self._repo, self.filename))
            import torch

            target = _place(f"torch:{self.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(self.url, str(target), progress=False)
            return target
        except (OSError, ValueError) as error:  # no network, no such file, no access
            raise MissingExtra(f"{self.what} ({type(error).__name__}: {error})", self._command()) from error

    def _command(self) -> str:
        if self._repo is not None:
            return f"hf download {self._repo} {self.filename}"
        return f"curl -LO {self.url} && export {self.variable}=$PWD/{self.filename}"


def lacking(*sources: Lacking) -> str | None:
    """The first reason why one of ``sources`` cannot be used; None when all can."""
    return next((reason for source in sources if (reason := source.lacks()) is not None), None)


def device() -> str:
    """Where models run."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _place(place: str) -> Path:
    cache, _, rest = place.partition(":")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if cache == "torch":
        return Path(os.environ.get("TORCH_HOME") or home / "torch") / "hub" / "checkpoints" / rest
    return Path(os.environ.get("VBENCH_CACHE_DIR") or Path.home() / ".cache" / "vbench") / rest


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a parent package is absent, or half there
        return False
