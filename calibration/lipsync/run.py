"""``evalverse calibrate lipsync``: data in, weights and their card out, judged on speakers that were left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from evalverse.calibration.lipsync import judge
from evalverse.calibration.lipsync.data import Example, Voice, data_hash, examples, voices
from evalverse.calibration.lipsync.ridge import own_lateness
from evalverse.calibration.lipsync.train import Recipe, pool, train
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.model import write

Say = Callable[[str], None]


def calibrate(data: Path, out: Path, ledger: Ledger, same: Mapping[str, str], recipe: Recipe, say: Say) -> None:
    """Trains on the talking heads in ``data``; writes ``out`` (safetensors) and its card beside it (.md).

    Raises:
        UsageError: too few speakers.
        MissingExtra: torch or mediapipe is absent.
    """
    parts, left_out = examples(data, ledger, same)
    strangers = voices(data, ledger)
    for line in left_out:
        say(f"left out: {line}")
    say(f"{len(parts)} clips of {len({e.speaker for e in parts})} speakers, {len(strangers)} foreign voices")
    late = own_lateness(parts)
    models = judge.held_out(parts, late, recipe)
    temperature = judge.fitted_temperature(parts, late, models)
    models = {name: replace(m, about={"temperature": temperature}) for name, m in models.items()}
    tried = judge.trials(parts, strangers, models)
    about: dict[str, Any] = {
        "version": "1",
        "data": data_hash(parts),
        "temperature": round(temperature, 3),
        "belongs": judge.fitted_belongs(tried),
        "recipe": recipe.model_dump(),
    }
    model = train(pool(parts, late, recipe.variants), recipe, about)
    write(model, out)
    card = "\n".join(
        [*_card(parts, left_out, strangers, late, about, models, tried), *_rates(judge.at_rates(parts, models, ledger))]
    )
    out.with_suffix(".md").write_text(card + "\n", encoding="utf-8")
    say(card)


def _card(
    parts: Sequence[Example],
    left_out: Sequence[str],
    strangers: Sequence[Voice],
    late: Mapping[str, float],
    about: Mapping[str, Any],
    models: judge.Models,
    tried: Sequence[judge.Trial],
) -> list[str]:
    return [
        "# lip_sync.safetensors",
        "",
        "Weights of the audio-to-lip model of `lip_sync`, made by `evalverse calibrate lipsync`; docs/lipsync.md tells",
        f"how and what to make of it. Trained {date.today().isoformat()}.",
        "",
        "Numbers fitted on held-out speakers: " + json.dumps({k: about[k] for k in ("temperature", "belongs")}) + ".",
        "Recipe: " + json.dumps(about["recipe"]) + ".",
        "",
        "## Data",
        "",
        "| clip | speaker | seconds | own lateness, ms | sha256 |",
        "|---|---|---|---|---|",
        *(f"| {e.name} | {e.speaker} | {e.seconds:.1f} | {1000 * late[e.name]:.0f} | {e.sha256[:16]} |" for e in parts),
        "",
        *(f"Left out: {line}." for line in left_out),
        f"Foreign voices, for judging only: {', '.join(v.name for v in strangers) or 'none'}.",
        "",
        *_offsets(parts, late, models),
        *_imposed(parts, models),
        *_foreign(tried, about["belongs"]),
    ]


def _offsets(parts: Sequence[Example], late: Mapping[str, float], models: judge.Models) -> list[str]:
    """Each clip read by models that never saw its speaker."""
    floor = judge.ridge_offsets(parts, late)
    rows, hits, zero, total = [], 0, 0, 0
    for e in parts:
        whole = judge.read(e, models[e.name])
        mine = [r for w in judge.windows(e, 4.0) if (r := judge.read(w, models[e.name])) is not None]
        near = sum(abs(r.offset_ms - 1000 * late[e.name]) <= judge.TOLERANCE for r in mine)
        hits, total = hits + near, total + len(mine)
        zero += sum(abs(r.offset_ms) <= judge.TOLERANCE for r in mine)
        said = "abstains" if whole is None else f"{whole.offset_ms:.0f}"
        rows.append(f"| {e.name} | {floor[e.name]:.0f} | {said} | {near} of {len(mine)} |")
    return [
        "## Offsets as they are, speaker left out",
        "",
        "Milliseconds that the voice comes late. Windows of 4 s begin every 0.5 s, each read as a clip of its own; a",
        "hit lies within 80 ms (two frames) of the clip's own lateness above.",
        "",
        "| clip | ridge | model | windows |",
        "|---|---|---|---|",
        *rows,
        "",
        f"All windows: model {_of(hits, total)}, ridge {_of(*judge.ridge_window_hits(parts, late, 4.0))}. Against 0 ms "
        f"instead of the own lateness: model {_of(zero, total)}.",
        "",
    ]


def _imposed(parts: Sequence[Example], models: judge.Models) -> list[str]:
    """Known shifts, speaker left out."""
    errors = judge.imposed(parts, models)
    rows = []
    for offset, row in errors.items():
        known = np.abs([e for e in row if e is not None])
        near = int((known <= judge.TOLERANCE).sum())
        rows.append(f"| {offset} | {np.median(known):.1f} | {known.max():.0f} | {near} of {len(row)} |")
    every = np.abs([e for row in errors.values() for e in row if e is not None])
    return [
        "## Imposed delays, whole clips, speaker left out",
        "",
        "Error of the change that is read when the sound is moved by a known time.",
        "",
        "| moved by, ms | median error, ms | worst, ms | within 80 ms |",
        "|---|---|---|---|",
        *rows,
        "",
        f"All: median error {np.median(every):.1f} ms.",
        "",
    ]


def _foreign(tried: Sequence[judge.Trial], belongs: Sequence[float]) -> list[str]:
    """Own against foreign voices."""
    rows = []
    for length in sorted({t.length for t in tried}):
        own = [t for t in tried if t.length == length and t.own]
        other = [t for t in tried if t.length == length and not t.own]
        if not own or not other:
            continue
        area = judge.area_under_curve([t.height for t in own], [t.height for t in other])
        missed = sum(_odds(t, belongs) < 0.5 for t in own)
        passed = sum(_odds(t, belongs) >= 0.5 for t in other)
        chance = sum(t.p_value < 0.05 for t in other)
        sure = sum(t.p_value < 0.05 for t in own)
        name = "whole" if length > 8 else f"{length:g} s"
        rows.append(
            f"| {name} | {area:.3f} | {missed} of {len(own)} | {passed} of {len(other)} | {sure} of {len(own)} | "
            f"{chance} of {len(other)} |"
        )
    return [
        "## Own and foreign voices, speaker left out",
        "",
        "Each face with its own voice and with all others. The numbers that decide were fitted on these same trials.",
        "",
        "| clip length | AUC | own called foreign | foreign called own | own with p < 0.05 | foreign with p < 0.05 |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _rates(changes: Mapping[str, Sequence[float | None]]) -> list[str]:
    """Other frame rates."""
    rows = []
    for name, row in changes.items():
        known = np.abs([change for change in row if change is not None])
        near = int((known <= judge.TOLERANCE).sum())
        rows.append(f"| {name} | {np.median(known):.1f} | {known.max():.0f} | {near} of {len(row)} |")
    return [
        "",
        "## Other frame rates, whole clips encoded anew, speaker left out",
        "",
        "Change of the offset against the clip as it is. Variable: a quarter of the frames left out by lot.",
        "",
        "| frames per second | median change, ms | worst, ms | within 80 ms |",
        "|---|---|---|---|",
        *rows,
    ]


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(1, whole):.1f} %)"


def _odds(trial: judge.Trial, belongs: Sequence[float]) -> float:
    z = belongs[0] + belongs[1] * trial.height + belongs[2] * np.sqrt(trial.seconds)
    return float(1 / (1 + np.exp(-z)))
