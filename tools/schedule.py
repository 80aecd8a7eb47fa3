"""Runs operators over a clip: one decode of the picture, one of the sound, both cores, flat memory, cached readings.

    decode thread -> chunks of frames -> every operator sees the chunk, operators side by side on the workers

Within one operator frames come in order; between operators a chunk is the barrier. At the end each of them concludes as
soon as those that it builds on have, side by side too. Readings are kept in the ledger under a key of clip, operator,
version, settings and the readings they build on, so only what changed runs again.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import Any

from evalverse.errors import UsageError
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence, Span
from evalverse.tools.ledger import Ledger, reading_key
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.kept import keeping
from evalverse.tools.media.sound import decode_sound
from evalverse.tools.operator import Operator, OperatorSettings, Scene, Shot, operator
from evalverse.tools.shots.shot_cutter import shots_from
from evalverse.tracing import begin

log = logging.getLogger(__name__)

CHUNK_BYTES = 48 * 2**20
CHUNK_FRAMES = 16
SHOTS = "shot_cutter"

Progress = Callable[[str, float, float], None]
"""Called with (what, seconds of the clip done, seconds in all)."""


@dataclass
class Measured:
    """What a run of operators came to."""

    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    """By operator, in the order in which they were asked for."""
    keys: dict[str, str] = field(default_factory=dict)
    """Under which each operator's reading lies in the ledger."""
    fresh: list[str] = field(default_factory=list)
    """Operators that really ran; the others came from the cache."""


def measure(
    clip: Clip,
    names: Iterable[str],
    ledger: Ledger,
    *,
    settings: Settings | None = None,
    tuned: Mapping[str, OperatorSettings] | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Evidence of the operators ``names`` and of those that they build on.

    A broken operator is a recorded failure in its evidence, and is tried again in the next run.

    Raises:
        UnknownName: no such operator.
    """
    settings, tuned = settings or Settings.load(), tuned or {}
    order = _in_order(names)
    done = Measured(keys=_keys(clip, order, tuned))
    for kind in order:
        cached = ledger.load(done.keys[kind.name])
        if cached is not None:
            done.evidence[kind.name] = cached
    todo = [_Run(kind(clip, ledger, tuned.get(kind.name))) for kind in order if kind.name not in done.evidence]
    traced = {run: begin(run.operator.name, "TOOL", tool__name=run.operator.name) for run in todo}
    for run in todo:
        run.absent = run.lacking = run.operator.lacks()
    scene = Scene(clip, ledger, evidence=done.evidence)
    able = [r for r in todo if r.absent is None]
    with ThreadPoolExecutor(settings.workers, "operator") as workers, keeping(clip) as keep:
        listening = workers.submit(_listen, clip, [r for r in able if r.operator.needs.sound])
        seeing = [r for r in able if r.operator.needs.picture]
        _watch(clip, seeing, workers, settings.workers, scene, keep, progress)
        listening.result()

        def conclude(run: _Run, shots_told: bool) -> str:
            name = run.operator.name
            found = run.finish(replace(scene, shots=_shots(clip, scene)) if shots_told else scene)
            done.evidence[name] = found
            if run.broken or run.lacking:  # for this run only: the next one looks under the sound key and tries again
                done.keys[name] += "-failed"
            ledger.save(done.keys[name], found)
            traced[run].note(output__value="\n".join(e.words for e in found if e.words), evalverse__failed=run.broken)
            traced[run].end()
            return name

        waiting: list[tuple[_Run, set[str], bool]] = []
        shots_told = False
        for run in todo:
            shots_told = shots_told or SHOTS in depends(type(run.operator))
            waiting.append((run, {*depends(type(run.operator)), *([SHOTS] if shots_told else ())}, shots_told))
        over, running = set(done.evidence), set[Future[str]]()
        while waiting or running:  # nothing is handed to a worker that would have to wait there
            ready = [row for row in waiting if row[1] <= over]
            waiting = [row for row in waiting if row not in ready]
            running |= {workers.submit(conclude, run, told) for run, _, told in ready}
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            over |= {end.result() for end in ended}
    done.fresh = [run.operator.name for run in todo]
    done.evidence = {kind.name: done.evidence[kind.name] for kind in order}
    return done


class _Run:
    """One operator on its way through a clip."""

    def __init__(self, subject: Operator) -> None:
        self.operator = subject
        self.broken: str | None = None
        self.absent: str | None = None
        self.lacking: str | None = None
        self._tick = -1

    def see(self, chunk: Sequence[Frame]) -> None:
        if self.broken:
            return
        rate = self.operator.needs.picture.rate if self.operator.needs.picture else None
        ticks = None if rate is None else round(rate * 1000)
        for frame in chunk:
            if ticks is not None:
                tick = frame.time.numerator * ticks // (frame.time.denominator * 1000)
                if tick == self._tick:
                    continue
                self._tick = tick
            self._guard(self.operator.see, frame)

    def finish(self, scene: Scene) -> list[Evidence]:
        found: list[Evidence] = []
        if not (self.broken or self.absent):
            self._guard(lambda: found.extend(self.operator.finish(scene)))
        reason = self.broken or self.absent or "the operator came to no reading"
        told = {e.measure.split(".", 1)[1] for e in found} if not self.broken else set()
        silent = [m.name for m in self.operator.measures if m.name not in told]
        return (found if not self.broken else []) + [self.operator.could_not(name, reason) for name in silent]

    def _guard(self, step: Callable[..., None], *args: object) -> None:
        """An operator's bug must not take the critique down, nor vanish: it is logged and becomes the reason."""
        try:
            step(*args)
        except UsageError as error:  # weights or a file of the user's, not a bug
            self.broken = str(error)
        except Exception as error:
            log.exception("operator %s broke", self.operator.name)
            self.broken = f"the operator broke ({type(error).__name__}: {error})"


def _in_order(names: Iterable[str]) -> list[type[Operator]]:
    """The operators and what they build on, dependencies first."""
    found: dict[str, type[Operator]] = {}

    def add(name: str) -> None:
        if name not in found:
            for before in depends(operator(name)):
                add(before)
            found[name] = operator(name)

    for name in names:
        add(name)
    return list(found.values())


def depends(kind: type[Operator]) -> tuple[str, ...]:
    """Names of the operators whose evidence ``kind`` builds on."""
    implied = (SHOTS,) if kind.needs.picture and kind.name != SHOTS else ()
    return tuple(dict.fromkeys((*implied, *kind.needs.after)))


def _keys(clip: Clip, order: Sequence[type[Operator]], tuned: Mapping[str, OperatorSettings]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for kind in order:
        own = (tuned.get(kind.name) or kind.Settings()).model_dump(mode="json")
        keys[kind.name] = reading_key(clip.sha256, kind.name, kind.version, own, (keys[d] for d in depends(kind)))
    return keys


def _watch(
    clip: Clip,
    runs: list[_Run],
    workers: Executor,
    side_by_side: int,
    scene: Scene,
    keep: Callable[[Frame], None],
    progress: Progress | None,
) -> None:
    """Feeds the picture to all operators that want it."""
    if not runs:
        return
    if clip.picture is None:
        for run in runs:
            run.absent = "the clip has no picture"
        return
    runs = sorted(runs, key=lambda r: -r.operator.cost)
    stream = frames(clip)
    with _torch_threads.shared(min(len(runs), side_by_side)) as keep_to_share:
        for chunk in _ahead(_chunks(stream, clip)):
            list(workers.map(lambda run, chunk=chunk: run.see(chunk), runs))
            keep_to_share()
            for frame in chunk:
                frame.previous = None
                keep(frame)
            if progress:
                progress("watching", chunk[-1].seconds, clip.duration)
    scene.lost = stream.lost


class _TorchThreads:
    """Keeps torch, as soon as an operator has loaded it, to its share of the cores while operators run side by side.

    Left alone, each of them would take all cores for itself. Runs may overlap: the last one out gives the cores back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs = 0
        self._before: int | None = None

    @contextmanager
    def shared(self, side_by_side: int) -> Iterator[Callable[[], None]]:
        """Hands out what must be called now and then, since nobody tells when torch is loaded."""
        share = max(1, (os.cpu_count() or 1) // max(1, side_by_side))

        def keep() -> None:
            torch: Any = sys.modules.get("torch")
            with self._lock:
                # another thread may be in the middle of importing it
                if self._before is None and hasattr(torch, "get_num_threads") and hasattr(torch, "set_num_threads"):
                    self._before = torch.get_num_threads()
                    torch.set_num_threads(min(self._before, share))

        with self._lock:
            self._runs += 1
        try:
            keep()
            yield keep
        finally:
            with self._lock:
                self._runs -= 1
                if not self._runs and self._before is not None:
                    sys.modules["torch"].set_num_threads(self._before)
                    self._before = None


_torch_threads = _TorchThreads()


def _chunks(stream: Iterable[Frame], clip: Clip) -> Iterator[list[Frame]]:
    assert clip.picture is not None
    pixels = clip.picture.coded_width * clip.picture.coded_height
    size = max(2, min(CHUNK_FRAMES, CHUNK_BYTES // (pixels * 3)))
    chunk: list[Frame] = []
    last: Frame | None = None
    for frame in stream:
        frame.previous, last = last, frame
        chunk.append(frame)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _ahead(chunks: Iterator[list[Frame]]) -> Iterator[list[Frame]]:
    """The same chunks, decoded in a thread of their own, at most one chunk ahead."""
    waiting: Queue[list[Frame] | BaseException | None] = Queue(maxsize=1)
    stop = Event()

    def put(item: list[Frame] | BaseException | None) -> None:
        while not stop.is_set():
            with suppress(Full):
                return waiting.put(item, timeout=0.1)

    def decode() -> None:
        try:
            for chunk in chunks:
                put(chunk)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:  # handed over, raised where the caller can see it
            put(error)

    thread = Thread(target=decode, name="decode", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        with suppress(Empty):
            waiting.get_nowait()
        thread.join()


def _listen(clip: Clip, runs: list[_Run]) -> None:
    """Hands the sound to all operators that want it."""
    if not runs:
        return
    sound = decode_sound(clip) if clip.sound is not None else None
    for run in runs:
        if sound is None:
            run.absent = "the clip has no sound" if clip.sound is None else "nothing of the sound could be decoded"
        else:
            run._guard(run.operator.listen, sound)


def _shots(clip: Clip, scene: Scene) -> tuple[Shot, ...]:
    """The shots as cut; the whole clip as one shot when they could not be found."""
    found = shots_from(scene.evidence.get(SHOTS, []))
    return found or (Shot(0, Span(start=0.0, end=max(clip.duration, 1e-3))),)
