"""``evalverse calibrate lipsync`` and ``lipsync-proof``: talking heads in; weights and their card, or tables, out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evalverse.calibration.lipsync import judge, proof, tables
from evalverse.calibration.lipsync.data import Example, Voice, data_hash, examples, voices
from evalverse.calibration.lipsync.ridge import own_lateness
from evalverse.calibration.lipsync.train import Recipe, pool, train
from evalverse.calibration.marked import lay
from evalverse.errors import UsageError
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.model import LipModel, named, write

Say = Callable[[str], None]


def calibrate(data: Path, out: Path, ledger: Ledger, same: Mapping[str, str], recipe: Recipe, say: Say) -> None:
    """Trains on the talking heads in ``data``; writes ``out`` (safetensors) and its card beside it (.md).

    Raises:
        UsageError: too few speakers.
        MissingExtra: torch or mediapipe is absent.
    """
    parts, left_out, strangers = _given(data, ledger, same, say)
    late = own_lateness(parts)
    models = _unseen(parts, late, recipe, ledger, say)
    about: dict[str, Any] = {
        "version": "3",
        "data": data_hash(parts),
        "recipe": recipe.model_dump(),
        **judge.numbers(parts, late, models, judge.trials(parts, strangers, models)),
    }
    say("training on everyone")
    write(train(pool(parts, late, recipe.variants), recipe, about), out)
    card = "\n".join(_card(parts, left_out, strangers, late, about))
    out.with_suffix(".md").write_text(card + "\n", encoding="utf-8")
    say(card)


def prove(data: Path, page: Path, ledger: Ledger, same: Mapping[str, str], recipe: Recipe, say: Say) -> None:
    """Reads the talking heads in ``data`` by weights that never saw the speaker; lays the tables into ``page``.

    They go between two marks in the page, at its end if it has none.

    Raises:
        UsageError: too few speakers.
        MissingExtra: torch or mediapipe is absent.
    """
    parts, _, strangers = _given(data, ledger, same, say)
    late = own_lateness(parts)
    models = _unseen(parts, late, recipe, ledger, say)
    say("fitting temperature, foreign voices and certainty without each speaker")
    tried = judge.trials(parts, strangers, models)
    models, told = judge.unseen_numbers(parts, late, models, tried)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for clip, model in models.items():
            write(model, folder / f"{clip}.safetensors")
        weights = {clip: folder / f"{clip}.safetensors" for clip in models}
        read = proof.trials(parts, strangers, weights, ledger, folder, say)
    lay(page, tables.page(parts, late, models, tried, told, read), "evalverse calibrate lipsync-proof")


def _given(
    data: Path, ledger: Ledger, same: Mapping[str, str], say: Say
) -> tuple[list[Example], list[str], list[Voice]]:
    parts, left_out = examples(data, ledger, same)
    strangers = voices(data, ledger)
    for line in left_out:
        say(f"left out: {line}")
    say(f"{len(parts)} clips of {len({e.speaker for e in parts})} speakers, {len(strangers)} foreign voices")
    return parts, left_out, strangers


def _unseen(
    parts: Sequence[Example], late: Mapping[str, float], recipe: Recipe, ledger: Ledger, say: Say
) -> dict[str, LipModel]:
    """By example, a model that never saw its speaker; kept beside the ledger, since training takes minutes."""
    told = json.dumps([data_hash(parts), sorted(late.items()), recipe.model_dump()], sort_keys=True)
    folder = ledger.root / "lipsync" / hashlib.sha256(told.encode()).hexdigest()[:16]
    paths = {e.name: folder / f"{e.name}.safetensors" for e in parts}
    try:
        return {name: named(str(path)) for name, path in paths.items()}
    except UsageError:
        say(f"training {len({e.speaker for e in parts})} models, each without one speaker")
    models = judge.held_out(parts, late, recipe)
    for name, model in models.items():
        write(model, paths[name])
    return models


def _card(
    parts: Sequence[Example],
    left_out: Sequence[str],
    strangers: Sequence[Voice],
    late: Mapping[str, float],
    about: Mapping[str, Any],
) -> list[str]:
    fitted = {name: about[name] for name in ("temperature", "belongs", "sure")}
    return [
        "# lip_sync.safetensors",
        "",
        "Weights of the audio-to-lip model of `lip_sync`, made by `evalverse calibrate lipsync`; docs/lipsync.md tells",
        f"how and what to make of it. Trained {date.today().isoformat()}.",
        "",
        f"Numbers fitted on held-out speakers: {json.dumps(fitted)}.",
        f"Recipe: {json.dumps(about['recipe'])}.",
        "",
        "| clip | speaker | seconds | own lateness, ms | sha256 |",
        "|---|---|---|---|---|",
        *(f"| {e.name} | {e.speaker} | {e.seconds:.1f} | {1000 * late[e.name]:.0f} | {e.sha256} |" for e in parts),
        "",
        *(f"Left out: {line}." for line in left_out),
        f"Foreign voices, for judging only: {', '.join(v.name for v in strangers) or 'none'}.",
        "",
        "`evalverse calibrate lipsync-proof` tells what such weights reach on speakers left out.",
    ]
