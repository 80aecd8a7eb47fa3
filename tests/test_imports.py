"""The shape of the tree: imports point one way, nothing heavy comes early, every package is in the wheel."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]

GROUND = {"evalverse.errors", "evalverse.settings", "evalverse.tracing"}
MAY_IMPORT = {
    "taxonomy": {"taxonomy"},
    "prompts": {"prompts", "taxonomy"},
    "tools": {"tools"},
    "report": {"report", "taxonomy", "tools"},
    "agent": {"agent", "taxonomy", "prompts", "tools", "report"},
    "calibration": {"calibration", "agent", "taxonomy", "prompts", "tools", "report"},
}
RESULT_TYPES = {"evidence", "ledger", "media.clip", "media.timecode"}
"""What report/ may know of tools: the types of results, not how they come about."""
HEAVY = (
    "torch",
    "transformers",
    "open_clip",
    "librosa",
    "mediapipe",
    "matplotlib",
    "pandas",
    "sklearn",
    "numba",
    "openai",
)


def sources() -> Iterator[tuple[str, Path]]:
    for folder in [*MAY_IMPORT, "evalverse"]:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield folder, path


def imported(path: Path) -> Iterator[str]:
    """Dotted names of all our own modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("evalverse"))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evalverse"):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "evalverse")


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_one_way(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for mine, path in sources()
        if mine == folder
        for name in imported(path)
        if name not in GROUND and (name == "evalverse" or name.split(".")[1] not in MAY_IMPORT[folder])
    ]
    assert not wrong


def test_reports_know_only_the_result_types_of_tools() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder, path in sources()
        if folder == "report"
        for name in imported(path)
        if name.startswith("evalverse.tools.") and name.removeprefix("evalverse.tools.") not in RESULT_TYPES
    ]
    assert not wrong


@pytest.mark.parametrize("module", ["errors", "settings", "tracing"])
def test_the_ground_floor_imports_nothing_of_ours_but_errors(module: str) -> None:
    assert not set(imported(ROOT / "evalverse" / f"{module}.py")) - {"evalverse.errors"}


def test_every_package_is_declared_for_the_wheel() -> None:
    found = {
        ".".join((package, *init.parent.relative_to(ROOT / folder).parts))
        for package, folder in PROJECT["package-dir"].items()
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert found == set(PROJECT["packages"])


def test_help_and_public_names_load_nothing_heavy() -> None:
    """In a fresh interpreter: the command line's help, then every operator and the graph."""
    code = (
        "import sys, click\n"
        "from evalverse.cli import cli\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        "early = {'numpy', 'cv2', 'av', 'langgraph', 'pydantic', 'rich', 'yaml'} & set(sys.modules)\n"
        "assert not early, early\n"
        "import evalverse.agent.graph\n"
        "from evalverse.tools.operator import operators\n"
        "operators()\n"
        f"heavy = set({HEAVY!r}) & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    long = {str(p.relative_to(ROOT)): n for _, p in sources() if (n := len(p.read_text().splitlines())) > 400}
    assert not long
