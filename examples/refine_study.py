"""Does the refining loop need fewer tries than chance? Measured on generators whose faults are known.

    python examples/refine_study.py run --out study        # a loop per generator; goes on where it stopped
    python examples/refine_study.py plot --out study --svg docs/feedback.svg

The procedural film maker comes in many tempers, each with five bad habits out of ten. For each one the loop starts from
a bare prompt; a try counts as clean when the film maker itself says that none of its faults was rendered, whatever the
critic scored. Random search adds phrases drawn from all those that the critic could propose, with a new seed each time;
it is told at once when it is done, and is granted the number of phrases that suits it best. A third way says
all phrases at once. A fourth one is a blind climb: it keeps what scored better, but is not told what is wrong.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import procedural_film as film
from numpy.typing import NDArray

PROMPT = "a boat crosses a lake before wooded hills"
WANTED = (
    "lens/exposure movement-rationality rendering-quality temporal-consistency "
    "shot-size-rationality harmony ambient-sound-fidelity"
).split()
Curve = NDArray[np.float64]
TRIES, TARGET, DRAWS = 12, 0.985, 5000


def loop(number: int, out: Path) -> dict[str, Any]:
    """One loop with the generator of temper ``number``: whether each try was clean, and the totals."""
    from evalverse import Settings, Stop, refine

    kept = out / f"{number:03d}.json"
    if kept.is_file():
        found: dict[str, Any] = json.loads(kept.read_text())
        return found

    def generate(prompt: str, seed: int) -> Path:
        return film.make(prompt, seed, out / f"{number:03d}" / f"{seed:02d}.mp4", number)

    stop = Stop(target=TARGET, tries=TRIES, patience=TRIES, same_prompt=TRIES)
    settings = Settings.load(cache_dir=out / "cache", workers=1)
    done = refine(generate, PROMPT, stop=stop, wanted=WANTED, out=out / f"{number:03d}", settings=settings)
    found = {
        "number": number,
        "habits": film.temper(number),
        "left": [sorted(film.faults(t.prompt, number, t.number)) for t in done.tries],
        "totals": [t.total for t in done.tries],
        "words": [len(t.prompt.split()) for t in done.tries],
        "stopped": done.stopped,
    }
    kept.write_text(json.dumps(found))
    return found


def phrases() -> list[str]:
    """Every patch that the evidence judge could propose for what is wanted."""
    from evalverse.agent.feedback.wanted import Wanted
    from evalverse.agent.judges.evidence import proxies
    from evalverse.taxonomy import load

    paths, read = Wanted(WANTED).paths, proxies()
    return [c.prompt_patch for s in load().subdimensions() if s.path in paths for c in s.checks if c.path in read]


def chance(number: int, count: int, pool: list[str], rng: np.random.Generator) -> float:
    """Probability that a try with ``count`` random phrases is clean."""
    habits, heard = set(film.temper(number)), [film.heard(p) for p in pool]
    lengths, base = [len(p.split()) for p in pool], len(PROMPT.split())
    total = 0.0
    for _ in range(DRAWS):
        drawn = rng.choice(len(pool), count, replace=False)
        if habits <= set().union(*(heard[i] for i in drawn)):
            follows = film.OBEYS * min(1.0, film.ATTENTION / (base + sum(lengths[i] for i in drawn)))
            total += follows ** len(habits)
    return total / DRAWS


def blind_climb(number: int, pool: list[str], rng: np.random.Generator, last: int, runs: int = 200) -> Curve:
    """(last,) share of runs with a clean film by each try, of a climb that sees scores but no findings: every try adds
    four random phrases to the best prompt so far, which it replaces when fewer faults are left.
    """
    habits, heard = film.temper(number), [film.heard(p) for p in pool]
    lengths, base, done = [len(p.split()) for p in pool], len(PROMPT.split()), np.zeros(last)
    for _ in range(runs):
        best, fewest = frozenset[int](), len(habits)
        for n in range(last):
            free = [i for i in range(len(pool)) if i not in best]
            tried = best | {int(i) for i in rng.choice(free, min(4, len(free)), replace=False)}
            follows = film.OBEYS * min(1.0, film.ATTENTION / (base + sum(lengths[i] for i in tried)))
            wished = set().union(*(heard[i] for i in tried))
            left = sum(h not in wished or rng.random() > follows for h in habits)
            if left < fewest:
                best, fewest = tried, left
            if not left:
                done[n:] += 1
                break
    return done / runs


def run(out: Path, tempers: int, processes: int) -> list[dict[str, Any]]:
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_one_thread) as pool:
        return list(pool.map(partial(loop, out=out), range(1, tempers + 1)))


def _one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def first_clean(found: dict[str, Any]) -> float:
    """Number of tries up to the first clean film; infinite if the loop ended without one."""
    return next((i + 1.0 for i, left in enumerate(found["left"]) if not left), float("inf"))


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Curves (share of generators with a clean film after 1, 2, ... tries) and medians with bootstrap intervals."""
    rng, pool = np.random.default_rng(0), phrases()
    numbers = [f["number"] for f in found]
    counts = sorted({*range(4, len(pool), 2), len(pool)})
    p = {k: np.array([chance(n, k, pool, rng) for n in numbers]) for k in counts}
    tries = np.arange(1, 61)

    def by(chances: Curve) -> Curve:  # (generators, tries) probability of a clean film by then
        return 1 - (1 - chances[:, None]) ** tries

    best = max((k for k in counts if k != len(pool)), key=lambda k: by(p[k]).mean())
    ours = np.array([first_clean(f) for f in found])
    curves = {
        "refine": (ours[:, None] <= tries).astype(float),
        f"random search, {best} phrases": by(p[best]),
        f"all {len(pool)} phrases": by(p[len(pool)]),
        "blind climb": np.array([blind_climb(n, pool, rng, len(tries)) for n in numbers]),
    }
    resampled = rng.integers(0, len(found), (2000, len(found)))
    told: dict[str, Any] = {"generators": len(found), "phrases": len(pool), "random": {}, "ways": {}}
    told["random"] = {k: _median(by(p[k]).mean(axis=0)) for k in counts}
    for name, each in curves.items():
        bands = np.array([each[i].mean(axis=0) for i in resampled])
        medians = [_median(b) for b in bands]
        told["ways"][name] = {
            "curve": each.mean(axis=0).round(4).tolist(),
            "low": np.quantile(bands, 0.025, axis=0).round(4).tolist(),
            "high": np.quantile(bands, 0.975, axis=0).round(4).tolist(),
            "median": _median(each.mean(axis=0)),
            "interval": [float(np.quantile(medians, q, method="nearest")) for q in (0.025, 0.975)],
        }
    told["unsolved"] = [f["number"] for f in found if first_clean(f) == float("inf")]
    return told


def _median(curve: Curve) -> float:
    """Tries after which half of the generators have a clean film; 61 stands for more than 60."""
    hit = np.flatnonzero(curve >= 0.5)
    return float(hit[0] + 1) if hit.size else 61.0


def plot(told: dict[str, Any]) -> str:
    """The curves as SVG."""
    wide, high, left, top, last = 640, 360, 56, 40, 30
    colours = ("#0b6e4f", "#b4572a", "#5b5f97", "#444444")

    def x(n: float) -> float:
        return left + (n - 1) / (last - 1) * (wide - left - 20)

    def y(share: float) -> float:
        return top + (1 - share) * (high - top - 50)

    parts = [f'<text x="{left}" y="22" class="h">Share of {told["generators"]} generators with a faultless film</text>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{left} {y(share):.1f}H{wide - 20}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for n in (1, 5, 10, 15, 20, 25, 30):
        parts.append(f'<text x="{x(n):.1f}" y="{high - 32}" text-anchor="middle">{n}</text>')
    parts.append(f'<text x="{(left + wide) / 2}" y="{high - 10}" text-anchor="middle">tries</text>')
    label = 150
    for (name, way), colour in zip(told["ways"].items(), colours, strict=True):
        up = " ".join(f"{x(i + 1):.1f},{y(v):.1f}" for i, v in enumerate(way["high"][:last]))
        down = " ".join(f"{x(i + 1):.1f},{y(v):.1f}" for i, v in reversed(list(enumerate(way["low"][:last]))))
        line = " ".join(f"{x(i + 1):.1f},{y(v):.1f}" for i, v in enumerate(way["curve"][:last]))
        parts.append(f'<polygon points="{up} {down}" fill="{colour}" opacity="0.15"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{wide - 24}" y="{label}" text-anchor="end" style="fill:{colour}">{name}</text>')
        label += 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" role="img">'
        "<title>Tries until a film is without faults</title>"
        "<style>text{font:13px system-ui,sans-serif;fill:#222}.h{font-weight:600}</style>"
        f'<rect width="{wide}" height="{high}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["run", "plot"])
    parser.add_argument("--out", type=Path, default=Path("study"))
    parser.add_argument("--svg", type=Path, default=Path("docs/feedback.svg"))
    parser.add_argument("--tempers", type=int, default=24)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.what == "run":
        run(given.out, given.tempers, given.processes)
        return
    told = summary([json.loads(f.read_text()) for f in sorted(given.out.glob("[0-9]*.json"))])
    given.svg.write_text(plot(told), encoding="utf-8")
    short = {n: {k: w[k] for k in ("median", "interval")} for n, w in told["ways"].items()}
    print(json.dumps({**told, "ways": short}, indent=1))


if __name__ == "__main__":
    main()
