"""Builds the wheel and uses it in a clean environment, from another folder: what works editable may be missing."""

import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parents[1]

TRIAL = """
import sys
from pathlib import Path
import evalverse
from evalverse import Brief, critique
from evalverse.demo import film
assert "site-packages" in evalverse.__file__, evalverse.__file__
here = Path(sys.argv[1])
report = critique(film(here / "film.mp4"), Brief(prompt="a street"), out=here / "report")
assert any(v.state == "scored" for v in report.verdicts), "nothing was scored"
assert (here / "report" / "report.html").stat().st_size > 10_000
print(len(report.verdicts), "verdicts from the wheel")
"""


def run(*command: str | Path, cwd: Path) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


with tempfile.TemporaryDirectory() as folder:
    there = Path(folder)
    run(sys.executable, "-m", "build", "--outdir", there / "dist", root, cwd=there)
    run(sys.executable, "-m", "venv", there / "venv", cwd=there)
    python = there / "venv" / "bin" / "python"
    wheel = next((there / "dist").glob("*.whl"))
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[demo]", cwd=there)
    run(python, "-c", TRIAL, there, cwd=there)
    run(there / "venv" / "bin" / "evalverse", "taxonomy", "lens/exposure", cwd=there)
