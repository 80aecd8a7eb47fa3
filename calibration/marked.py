"""Pages of which a part is made by a command: what stands between the marks is replaced, the rest stays."""

from __future__ import annotations

from pathlib import Path

END = "<!-- end -->"


def into(page: str, made: str, command: str) -> str:
    """The page with what ``command`` made between the marks, at its end if it has none."""
    begin = f"<!-- made by `{command}`: begin -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(END)
    return f"{before.rstrip()}\n\n{begin}\n{made}\n{END}\n{after}".rstrip() + "\n"


def lay(path: Path, made: str, command: str) -> None:
    """The same with a file, which need not exist."""
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(into(page, made, command), encoding="utf-8")
