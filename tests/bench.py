"""make bench: how long things take here, as ratios where a ratio says more than seconds. Nothing is asserted.

Usage: python tests/bench.py [CLIP] [--operators | --picture | --sound | --critique]

Without a choice: all of them. Operators are timed without the agent, by the processor time of the process.
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

    cold = timed(first, 1)
    warm = timed(lambda: command("critique", clip, "--out", cache / "report", cache=cache))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"critique, first run               {cold:6.2f} s = {cold / length:.2f} x the clip's length")
    print(f"critique, unchanged clip          {warm:6.2f} s")
    print(f"peak memory of a run              {peak:6.0f} MB")


def in_one_go(clip: Path, folder: Path, what: str, names: list[str]) -> None:
    """Operators side by side on one decode: seconds, processor time, and how they compare with the clip's length."""
    from evalverse.tools.ledger import Ledger
    from evalverse.tools.media.probe import probe
    from evalverse.tools.schedule import measure

    subject = probe(clip)
    print(f"\n{what}, {len(names)} operators with what they build on, {subject.duration:.1f} s of clip:")
    for run in ("first, with imports", "again, without the cache"):
        begun, spent = time.perf_counter(), time.process_time()
        measure(subject, names, Ledger(folder / run))
        begun, spent = time.perf_counter() - begun, time.process_time() - spent
        longer = f"{begun / subject.duration:.2f} and {spent / subject.duration:.2f} x the clip's length"
        print(f"  {run:30} {begun:6.2f} s, {spent:6.2f} s of CPU = {longer}")
    print(f"  peak memory                    {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")


def sound_pass(clip: Path, folder: Path) -> None:
    """All that is measured on the sound, lips and the faces they belong to included, in one go."""
    from evalverse.tools.media.probe import probe
    from evalverse.tools.operator import operators

    if probe(clip).sound is None:
        print("\nthe clip has no sound")
        return
    names = [n for n, kind in operators().items() if ".tools.sound." in kind.__module__ and not kind.on_request]
    in_one_go(clip, folder, "sound pass", [*names, "lip_sync"])


def picture_pass(clip: Path, folder: Path) -> None:
    """All that is measured on the picture of single clips, without what needs weights or reads letters."""
    from evalverse.tools.operator import operators

    folders = ("picture", "image", "composition", "people", "likeness")
    names = [
        name
        for name, kind in operators().items()
        if kind.__module__.split(".")[-2] in folders and not kind.on_request and not kind.needs.sound
    ]
    able = [name for name in names if name != "lettering" and operators()[name].lacks() is None]
    in_one_go(clip, folder, "picture pass", able)


def by_operator(clip: Path, folder: Path) -> None:
    """Every operator alone, what it builds on being there, as a multiple of plain decoding."""
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger
    from evalverse.tools.media.decode import frames
    from evalverse.tools.media.probe import probe
    from evalverse.tools.operator import Operator, operators
    from evalverse.tools.schedule import depends, measure

    subject, ledger = probe(clip), Ledger(folder / "ledger")
    begun = time.process_time()
    for frame in frames(subject):
        frame.rgb()
    plain = time.process_time() - begun
    print(f"\nplain decoding to RGB             {plain:6.2f} s of CPU")
    print("operators, decoding included, each alone on top of what it builds on:")

    def run(kind: type[Operator]) -> None:
        if kind.name in seconds:
            return
        for before in depends(kind):
            run(operators()[before])
        begun = time.process_time()
        measure(subject, [kind.name], ledger, settings=Settings(workers=1))
        seconds[kind.name] = time.process_time() - begun

    seconds: dict[str, float] = {}
    for kind in operators().values():
        if not kind.on_request:
            run(kind)
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"  {name:30} {spent:6.2f} s of CPU = {spent / plain:5.1f} x decoding")


def main() -> None:
    parts = {"--picture": picture_pass, "--sound": sound_pass, "--operators": by_operator, "--critique": whole}
    with tempfile.TemporaryDirectory() as name:
        clip = sample(Path(name))
        for wish, part in parts.items():
            if wish in sys.argv or not parts.keys() & set(sys.argv):
                folder = Path(name) / wish[2:]
                folder.mkdir()
                part(clip, folder)


if __name__ == "__main__":
    main()
