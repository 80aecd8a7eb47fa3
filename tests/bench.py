"""make bench: how long things take here, as ratios where a ratio says more than seconds. Nothing is asserted.

Usage: python tests/bench.py [CLIP] [--operators]
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
SINTEL = ROOT.parent / "shared" / "clips" / "film" / "sintel.mp4"
TIMES = 3


def timed(call: Callable[[], object], times: int = TIMES) -> float:
    """Median seconds of several calls."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


def command(*words: object, cache: Path) -> None:
    """One call of the command line in a process of its own."""
    environment = {"EVALVERSE_CACHE_DIR": str(cache), "PATH": "/usr/bin:/bin", "HOME": str(cache)}
    call = [sys.executable, "-m", "evalverse", *map(str, words)]
    subprocess.run(call, check=True, capture_output=True, env=environment, cwd=cache)


def sample(folder: Path) -> Path:
    """The clip to measure on: the one named, else sintel beside the project, else the demo film."""
    named = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    if named:
        return named[0].resolve()
    if SINTEL.is_file():
        return SINTEL
    from evalverse.demo import film

    return film(folder / "film.mp4")


def whole(clip: Path, folder: Path) -> None:
    """The command line: help, a first and a second critique, against the clip's own length."""
    from evalverse.tools.media.probe import probe

    length = probe(clip).duration
    cache = folder / "cache"
    cache.mkdir()
    command("--help", cache=cache)
    print(f"clip: {clip.name}, {length:.1f} s")
    print(f"evalverse --help                  {timed(lambda: command('--help', cache=cache)):6.2f} s")

    def first() -> None:
        shutil.rmtree(cache)
        cache.mkdir()
        command("critique", clip, "--out", cache / "report", cache=cache)

    cold = timed(first)
    warm = timed(lambda: command("critique", clip, "--out", cache / "report", cache=cache))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"critique, first run               {cold:6.2f} s = {cold / length:.2f} x the clip's length")
    print(f"critique, unchanged clip          {warm:6.2f} s")
    print(f"peak memory of a run              {peak:6.0f} MB")


def by_operator(clip: Path, folder: Path) -> None:
    """Every operator alone, as a multiple of plain decoding."""
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger
    from evalverse.tools.media.decode import frames
    from evalverse.tools.media.probe import probe
    from evalverse.tools.operator import operators
    from evalverse.tools.schedule import depends, measure

    subject = probe(clip)
    plain = timed(lambda: [None for _ in frames(subject)])
    print(f"\nplain decoding                    {plain:6.2f} s")
    print("operator, alone with what it builds on, one worker:")
    for name, kind in operators().items():
        if kind.on_request:
            continue
        ledger = Ledger(folder / f"ledger-{name}")
        for before in depends(kind):
            measure(subject, [before], ledger)
        begun = time.process_time()
        measure(subject, [name], ledger, settings=Settings(workers=1))
        spent = time.process_time() - begun
        print(f"  {name:30} {spent:6.2f} s of CPU = {spent / plain:5.1f} x decoding")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        clip = sample(Path(name))
        whole(clip, Path(name))
        by_operator(clip, Path(name))


if __name__ == "__main__":
    main()
