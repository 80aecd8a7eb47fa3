"""The tables of docs/lipsync.md: readings against the truth, errors and abstentions counted, nothing left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from evalverse.calibration.lipsync import judge
from evalverse.calibration.lipsync.data import Example
from evalverse.calibration.lipsync.proof import DELAYS, DRIFTS, Reading, Trial
from evalverse.calibration.lipsync.rates import RATES
from evalverse.calibration.lipsync.wear import WEAR
from evalverse.tools.lipsync.reading import ANOTHERS, THEIRS, likelihood
from evalverse.tools.people._lip_words import NOTICED

FRAME = 40.0
"""Milliseconds of a frame at 25 fps."""


def page(
    examples: Sequence[Example],
    late: Mapping[str, float],
    models: judge.Models,
    tried: Sequence[judge.Trial],
    told: Sequence[judge.Told],
    read: Sequence[Trial],
) -> str:
    """All tables as Markdown."""
    own = {t.clip: t.read for t in read if t.kind == "as it is"}
    return "\n".join(
        [
            *_as_they_are(examples, late, read, own),
            *_delays(read, own),
            *_rates(read, own),
            *_drifts(examples, read, own),
            *_worn(read, own),
            *_windows(examples, late, models),
            *_certainty(examples, models, told),
            *_foreign(examples, models, tried, read),
        ]
    ).strip()


def _as_they_are(
    examples: Sequence[Example], late: Mapping[str, float], read: Sequence[Trial], own: Mapping[str, Reading]
) -> Iterator[str]:
    floor, package = judge.ridge_offsets(examples, late), {t.clip: t.read for t in read if t.kind == "package"}
    yield from _head(
        "The clips as they are",
        "Milliseconds that the voice comes late, read from the file by weights that never saw the speaker, and by the "
        "package's own, which did. Ridge is fitted to the other speakers.",
        ("clip", "own lateness", "ridge", "operator", "package", "confidence", "foreign voice", "drift, ms/s"),
    )
    for e in examples:
        r = own[e.name]
        cells = (_ms(1000 * late[e.name]), _ms(floor[e.name]), _told(r), _told(package[e.name]))
        yield _row(e.name, *cells, f"{r.confidence:.2f}", _number(r.mismatch, 2), _number(r.drift, 1))
    accused = [name for name, r in own.items() if r.mismatch is not None and r.mismatch > ANOTHERS]
    beyond = [n for n, r in own.items() if r.offset_ms is not None and not NOTICED[0] <= r.offset_ms <= NOTICED[1]]
    drifting = [name for name, r in own.items() if r.drift]
    yield ""
    yield (
        f"Called foreign: {_names(accused)}. Called noticeably early or late (ITU-R BT.1359): {_names(beyond)}. Called "
        f"drifting: {_names(drifting)}."
    )
    yield ""


def _delays(read: Sequence[Trial], own: Mapping[str, Reading]) -> Iterator[str]:
    yield from _head(
        "Imposed delays, through files",
        "Milliseconds by which the reading misses the imposed delay, against the clip's own reading above: sound moved "
        "and encoded as AAC, picture copied. A dash: the operator abstains.",
        ("clip", *(f"{late:+d}" if late else "0" for late in DELAYS)),
    )
    errors = {(t.clip, t.what): _error(t, own, float(t.what)) for t in read if t.kind == "delay"}
    for clip in own:
        yield _row(clip, *(_ms(errors[clip, str(late)]) for late in DELAYS))
    yield ""
    yield f"{_summary(errors.values())}. Against the own lateness instead of the own reading, see the windows below."
    stamps = [_error(t, own, float(t.what)) for t in read if t.kind == "stamps"]
    yield f"Time stamps alone moved by 160 ms either way, packets untouched: {_summary(stamps)}."
    yield ""


def _rates(read: Sequence[Trial], own: Mapping[str, Reading]) -> Iterator[str]:
    yield from _head(
        "Other frame rates, through files",
        "Change of the reading when all is coded anew, each new frame showing what was on screen then. Such "
        "frames lag half an old frame (20 ms) behind, hence the voice is read earlier. Variable: a quarter is dropped.",
        ("frames per second", "median change, ms", "median error, ms", "within 1 frame", "within 2 frames", "abstains"),
    )
    for name in RATES:
        changes = [_error(t, own, 0.0) for t in read if t.kind == "rate" and t.what == name]
        known = np.array([c for c in changes if c is not None])
        shares = [f"{(np.abs(known) <= n * FRAME).sum()} of {len(known)}" for n in (1, 2)]
        cells = (f"{np.median(known):+.0f}", f"{np.median(np.abs(known)):.1f}", *shares, len(changes) - len(known))
        yield _row(name, *cells)
    yield ""


def _drifts(examples: Sequence[Example], read: Sequence[Trial], own: Mapping[str, Reading]) -> Iterator[str]:
    yield from _head(
        "Imposed drifts, through files",
        "ms/s that are read (and imposed), for a voice off by so much at the clip's end. A dash: too short.",
        ("clip", *(f"{late:+d} ms" for late in DRIFTS)),
    )
    seconds = {e.name: e.seconds for e in examples}
    drifts = {(t.clip, t.what): t.read.drift for t in read if t.kind == "drift"}
    for clip in own:
        cells = (f"{_number(drifts[clip, str(d)], 0)} ({d / seconds[clip]:.0f})" for d in DRIFTS)
        yield _row(clip, *cells)
    yield ""


def _worn(read: Sequence[Trial], own: Mapping[str, Reading]) -> Iterator[str]:
    yield from _head(
        "Worn voices",
        "The own voice, spoilt but not moved. An offset is told as before within one frame (40 ms), another is told, "
        "or none; drifting and foreign: so many clips are called that. A voice 15 % slower runs away by 130 ms/s, more "
        "than is searched, and backwards nothing belongs to the lips: any offset is wrong then.",
        ("voice", "as before", "another", "not told", "drifting", "foreign"),
    )
    for name in WEAR:
        some = [t for t in read if t.kind == "worn" and t.what == name]
        errors = [_error(t, own, 0.0) for t in some]
        near = sum(e is not None and abs(e) <= FRAME for e in errors)
        untold = sum(e is None for e in errors)
        drifting = sum(bool(t.read.drift) for t in some)
        accused = sum(t.read.mismatch is not None and t.read.mismatch > ANOTHERS for t in some)
        yield _row(name, near, len(some) - near - untold, untold, drifting, accused)
    yield ""


def _windows(examples: Sequence[Example], late: Mapping[str, float], models: judge.Models) -> Iterator[str]:
    yield from _head(
        "Short windows: model and ridge on the same ones",
        "Each read as a clip of its own, half a second apart, searched 0.6 s to either side, against the clip's own "
        "lateness. This counts every reading, also those that the operator would not tell.",
        ("window", "windows", "ridge within 80 ms", "model within 80 ms", "within 40 ms", "model's median error, ms"),
    )
    for length in judge.LENGTHS:
        errors = judge.window_errors(examples, late, models, length)
        both = np.array([(floor, model) for floor, model in errors if model is not None])
        if len(both) == 0:
            yield _row(f"{length:g} s", f"0 of {len(errors)}", "", "", "", "too short to tell a fit from chance")
            continue
        floor, model = np.abs(both).T
        near = [f"{(e <= limit).mean():.3f}" for e, limit in ((floor, 80), (model, 80), (model, FRAME))]
        yield _row(f"{length:g} s", f"{len(both)} of {len(errors)}", *near, f"{np.median(model):.0f}")
    yield ""


def _certainty(examples: Sequence[Example], models: judge.Models, told: Sequence[judge.Told]) -> Iterator[str]:
    least = {e.speaker: float(models[e.name].about["sure"]) for e in examples}
    yield from _head(
        "Is it wrong when it is sure?",
        "Windows of 2 to 6 s with imposed delays in which voice and lips are sure to belong together. Wrong: more "
        "than 80 ms off.",
        ("certainty", "readings", "wrong"),
    )
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.99), (0.99, 1.01)):
        some = [t for t in told if low <= t.certainty < high]
        wrong = sum(abs(t.error_ms) > judge.TOLERANCE for t in some)
        yield _row(f"{low:g} to {min(high, 1):g}", len(some), _of(wrong, len(some)) if some else "")
    kept = [t for t in told if t.certainty >= least[t.speaker]]
    wrong = sum(abs(t.error_ms) > judge.TOLERANCE for t in kept)
    before = sum(abs(t.error_ms) > judge.TOLERANCE for t in told)
    yield ""
    yield (
        f"The least certainty at which an offset is told is the one at which, on the other speakers, at most "
        f"{100 * judge.WRONG:g} % are wrong: {min(least.values()):g} to {max(least.values()):g}. On the speakers left "
        f"out {_of(len(kept), len(told))} of the readings are then told, of which {_of(wrong, len(kept))} are wrong; "
        f"without the rule {_of(before, len(told))} were."
    )
    yield ""


def _foreign(
    examples: Sequence[Example], models: judge.Models, tried: Sequence[judge.Trial], read: Sequence[Trial]
) -> Iterator[str]:
    yield from _head(
        "Foreign voices against own ones",
        "Each face with its own voice and with all others, as a clip of that length. The rule was fitted without the "
        "speaker of the face (the foreign voices are the other speakers' and three more).",
        ("clip length", "AUC", "own called foreign", "own unsure", "foreign taken for own", "foreign unsure"),
    )
    for length in sorted({t.length for t in tried}):
        own = [t for t in tried if t.length == length and t.own]
        other = [t for t in tried if t.length == length and not t.own]
        area = judge.area_under_curve([t.agreement for t in own], [t.agreement for t in other])
        theirs, others = ([_belongs(t, models) for t in some] for some in (own, other))
        missed, passed = sum(p < 1 - ANOTHERS for p in theirs), sum(p >= THEIRS for p in others)
        unsure = [sum(1 - ANOTHERS <= p < THEIRS for p in some) for some in (theirs, others)]
        name = "whole clips" if length > 8 else f"{length:g} s"
        counts = (_of(missed, len(own)), unsure[0], _of(passed, len(other)), unsure[1])
        yield _row(name, f"{area:.3f}", *counts)
    dubbed = [t.read for t in read if t.kind == "foreign"]
    accused = sum(r.mismatch is not None and r.mismatch > ANOTHERS for r in dubbed)
    told = sum(r.offset_ms is not None for r in dubbed)
    yield ""
    yield (
        f"The operator on whole clips with foreign voices: {_of(accused, len(dubbed))} called foreign; an offset is "
        f"told, wrongly, for {_of(told, len(dubbed))}; the others are not measured, with a reason."
    )


def _belongs(trial: judge.Trial, models: judge.Models) -> float:
    return likelihood(trial.agreement, trial.seconds, models[trial.example].about["belongs"])


def _error(trial: Trial, own: Mapping[str, Reading], imposed: float) -> float | None:
    mine, read = own[trial.clip].offset_ms, trial.read.offset_ms
    return None if mine is None or read is None else read - mine - imposed


def _summary(errors: Iterable[float | None]) -> str:
    every = list(errors)
    known = np.abs([e for e in every if e is not None])
    if len(known) == 0:
        return f"all {len(every)} abstain"
    one, two = ((known <= n * FRAME).sum() for n in (1, 2))
    return (
        f"median error {np.median(known):.1f} ms, worst {known.max():.0f} ms, within one frame {_of(one, len(known))}, "
        f"within two {_of(two, len(known))}, {len(every) - len(known)} abstentions"
    )


def _head(title: str, words: str, columns: Sequence[str]) -> list[str]:
    return [f"### {title}", "", words, "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}".replace("-0", "0") if round(value) == 0 else f"{value:.0f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _told(reading: Reading) -> str:
    return "-" if reading.offset_ms is None else f"{reading.offset_ms:.0f}"


def _names(found: Sequence[str]) -> str:
    return ", ".join(found) or "none"


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(1, whole):.1f} %)"
