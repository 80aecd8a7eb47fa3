"""Where learned weights come from: a folder, the hub's cache, or the hub itself if the user allows it.

Nothing is fetched unless the user names a model of the hub in the environment or sets ``EVALVERSE_ALLOW_HUB=1``.
HF_HOME, HF_ENDPOINT and HF_HUB_OFFLINE are honoured, since huggingface_hub does the fetching. Weights are read as
tensors only: no pickled code, no code from a repository.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar, Protocol

from pydantic import computed_field, model_validator

from evalverse.errors import MissingExtra, UsageError
from evalverse.tools.operator import OperatorSettings

ALLOW = "EVALVERSE_ALLOW_HUB"
NEURAL = 'pip install "evalverse-agent[neural]"'
LOADING = RLock()
"""Held while a model is loaded: two threads that import torch or load one file at once only hinder each other."""


@dataclass(frozen=True)
class Source:
    """One kind of weights: what it is called, and which variable of the environment names other ones.

    A name is a folder, ``org/repo`` or ``hf-hub:org/repo`` on the hub, or whatever ``resolve`` turns into ``org/repo``.
    """

    what: str
    variable: str
    default: str
    config: str
    """The file of the folder that describes the architecture."""
    tensors: tuple[str, ...]
    """Names of the file that holds the weights, best first."""
    packages: tuple[str, ...]
    """Modules that must be importable."""
    resolve: Callable[[str], str] = str
    """Turns a name into ``org/repo``; raises ValueError for one that means nothing."""
    extras: tuple[str, ...] = ()
    """Small files that some models have, fetched along."""

    @property
    def name(self) -> str:
        """What the user named, or the default."""
        return os.environ.get(self.variable) or self.default

    @property
    def label(self) -> str:
        """The name as evidence states it: without the path of a folder."""
        local = self._local()
        return self.name.removeprefix("hf-hub:") if local is None else f"folder {local.name}"

    @property
    def state(self) -> str:
        """What a reading depends on: which weights, and whether they can be had. Short, for the cache's key."""
        if self.lacks() is not None:
            return f"{self.label}: absent"
        local = self._local()
        if local is None:
            return self.label
        files = (local / name for names in self._wanted for name in names)
        return f"{self.label}: {stamp(f for f in files if f.is_file())}"

    def lacks(self) -> str | None:
        """Why these weights cannot be used here, with the command that helps; None when they can. Fetches nothing."""
        absent = [p for p in self.packages if find_spec(p) is None]
        if absent:
            return f"{self.what} needs {', '.join(absent)}; run: {NEURAL}"
        local = self._local()
        if local is not None:
            gone = [names for names in self._wanted if not any((local / n).is_file() for n in names)]
            return f"{self.variable} names a folder without {' or '.join(gone[0])}" if gone else None
        from huggingface_hub.utils import validate_repo_id

        try:
            validate_repo_id(self._repo)
        except ValueError as error:
            return f"{self.variable} names no weights: {error}"
        if self.may_fetch() or all(self._cached(names) for names in self._wanted):
            return None
        return f"no {self.what} weights; run: {self._command()} (or set {ALLOW}=1, or {self.variable} to a folder)"

    def may_fetch(self) -> bool:
        """Whether the user allowed the hub: by naming one of its models, or altogether."""
        from huggingface_hub import constants

        allowed = bool(os.environ.get(self.variable)) or os.environ.get(ALLOW, "").lower() in ("1", "true", "yes")
        return allowed and not constants.HF_HUB_OFFLINE

    def folder(self) -> Path:
        """The folder that holds configuration and weights, fetched if that is allowed and needed.

        Raises:
            MissingExtra: they are not here and could not be fetched.
        """
        reason = self.lacks()
        if reason is not None:
            raise MissingExtra(f"{self.what} ({reason})", self._command())
        local = self._local()
        if local is not None:
            return local
        new = self._cached((self.config,)) is None
        config, _ = (self._had(names) for names in self._wanted)
        if new:
            for name in self.extras:
                with suppress(MissingExtra):
                    self._had((name,))
        return config.parent

    @property
    def _wanted(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.config,), self.tensors

    def _local(self) -> Path | None:
        path = Path(self.name).expanduser()
        return path if path.is_dir() or self.name.startswith(("/", ".", "~")) else None

    @property
    def _repo(self) -> str:
        return self.resolve(self.name.removeprefix("hf-hub:"))

    def _command(self) -> str:
        return NEURAL if self._local() else f"hf download {self._repo} {self.config} {self.tensors[0]}"

    def _cached(self, names: tuple[str, ...]) -> Path | None:
        from huggingface_hub import try_to_load_from_cache

        found = (try_to_load_from_cache(self._repo, name) for name in names)
        return next((Path(path) for path in found if isinstance(path, str)), None)

    def _had(self, names: tuple[str, ...]) -> Path:
        """The first of the files that the cache holds, or else that the hub has."""
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import RemoteEntryNotFoundError

        here = self._cached(names)
        if here is not None:
            return here
        problem: Exception | None = None
        for name in names:
            try:
                return Path(hf_hub_download(self._repo, name))
            except RemoteEntryNotFoundError as error:
                problem = error
            except (OSError, ValueError) as error:  # no network, no such repository, no access
                problem = error
                break
        raise MissingExtra(f"{self.what} ({type(problem).__name__}: {problem})", self._command()) from problem

    @contextmanager
    def loading(self) -> Iterator[Path]:
        """The folder to load from, one thread at a time.

        Raises:
            MissingExtra: the weights are not here and could not be fetched.
            UsageError: they are here, but cut short, damaged or of another kind.
        """
        with LOADING:
            folder = self.folder()
            with readable(f"the {self.what} weights ({self.label})", self.variable, folder):
                yield folder


@contextmanager
def readable(what: str, variable: str, path: Path) -> Iterator[None]:
    """Turns whatever the reading of ``path`` raises into a UsageError about ``what`` that ``variable`` names."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # every format has errors of its own
        why = (str(error).replace(str(path), path.name).strip().splitlines() or ["no reason given"])[0][:200]
        said = f"{type(error).__name__}: {why}"
        raise UsageError(f"{what} cannot be loaded ({said}); get them anew or name others in {variable}") from error


class HasState(Protocol):
    """Weights of any kind."""

    @property
    def state(self) -> str: ...


class WeightsSettings(OperatorSettings):
    """Base of settings whose readings are taken anew when other weights are named or missing ones arrive."""

    sources: ClassVar[tuple[HasState, ...]] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def weights(self) -> str:
        """Which weights, and whether they can be had."""
        return "; ".join(source.state for source in self.sources)

    @model_validator(mode="before")
    @classmethod
    def _without_weights(cls, given: Any) -> Any:
        """What is computed is written out, and read back as nothing."""
        return {k: v for k, v in given.items() if k != "weights"} if isinstance(given, dict) else given


def stamp(files: Iterable[Path]) -> str:
    """A short name for the present content of files, told by path, size and date."""
    facts = [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
