"""Type-checks the project. mypy cannot see setuptools' package-dir mapping, so it is shown a view of symbolic links."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

root = Path(__file__).resolve().parents[1]
view = root / ".typecheck"
shutil.rmtree(view, ignore_errors=True)
(view / "evalverse").mkdir(parents=True)
mapping = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]
for item in (root / "evalverse").iterdir():
    (view / "evalverse" / item.name).symlink_to(item)
for package, folder in mapping.items():
    if package != "evalverse":
        (view / "evalverse" / package.split(".")[1]).symlink_to(root / folder)
command = [
    sys.executable,
    "-m",
    "mypy",
    "--cache-dir",
    str(root / ".mypy_cache"),
    "--config-file",
    str(root / "pyproject.toml"),
    "-p",
    "evalverse",
]
sys.exit(subprocess.run(command, cwd=view).returncode)
