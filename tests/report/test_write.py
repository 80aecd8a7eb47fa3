"""What is put on disk: whole files, the same bytes every time, and readable back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalverse.errors import UsageError
from evalverse.report import write as module
from evalverse.report.model import SCHEMA_VERSION
from evalverse.report.schema import schema
from evalverse.report.write import blobs, read, write
from evalverse.tools.ledger import Ledger
from tests.report._example import make


def test_round_trip_with_all_blobs(tmp_path: Path) -> None:
    example = make(tmp_path / "run")
    written = write(example.report, example.ledger, tmp_path / "out")
    assert read(tmp_path / "out") == read(written.json) == example.report
    named = list(blobs(example.report))
    assert len(named) >= 8 and len({b.sha256 for b in named}) == len(named)
    assert all(Ledger(written.ledger).get(b) == example.ledger.get(b) for b in named)
    assert written.missing == ()
    assert not list((tmp_path / "out").rglob(".part-*"))


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    def files(place: str) -> dict[str, bytes]:
        example = make(tmp_path / f"run-{place}")
        write(example.report, example.ledger, tmp_path / place)
        return {str(p.relative_to(tmp_path / place)): p.read_bytes() for p in (tmp_path / place).rglob("*.*")}

    first = files("a")
    assert first == files("b") and len(first) > 8


def test_keys_keep_the_order_of_the_model(tmp_path: Path) -> None:
    example = make(tmp_path)
    written = write(example.report, example.ledger, tmp_path / "out")
    assert list(json.loads(written.json.read_text(encoding="utf-8"))) == list(type(example.report).model_fields)


def test_a_blob_that_has_gone_is_said_to_be_missing(tmp_path: Path) -> None:
    example = make(tmp_path)
    picture = next(s.thumbnail for s in example.report.shots)
    curve = next(e.curve for e in example.report.evidence if e.measure == "loudness.momentary")
    assert picture is not None and curve is not None
    for blob in (picture, curve):
        example.ledger.path(blob).unlink()
    written = write(example.report, example.ledger, tmp_path / "out")
    assert {b.sha256 for b in written.missing} == {picture.sha256, curve.sha256}
    page = written.html.read_text(encoding="utf-8")
    assert "picture no longer stored" in page
    assert page.count('class="plot"') == 3, "the other three curves are still drawn"


def test_a_failed_write_leaves_the_old_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = make(tmp_path / "run")
    before = write(example.report, example.ledger, tmp_path / "out").json.read_bytes()

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_file", full)
    with pytest.raises(UsageError, match="No space left"):
        write(example.report.model_copy(update={"notes": ("new",)}), example.ledger, tmp_path / "out")
    assert (tmp_path / "out" / "report.json").read_bytes() == before


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    example = make(tmp_path / "run")
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="cannot be written"):
        write(example.report, example.ledger, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_file_name_that_is_not_utf_8(tmp_path: Path) -> None:
    example = make(tmp_path)
    clip = example.report.clip.model_copy(update={"path": Path("caf\udce9.mp4")})
    report = example.report.model_copy(update={"clip": clip})
    written = write(report, example.ledger, tmp_path / "out")
    assert read(written.json).clip.path == clip.path
    assert "caf\ufffd.mp4" in written.html.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "no report of schema"),
        ('{"schema_version": "99.0"}', "99.0"),
        (json.dumps({"schema_version": SCHEMA_VERSION}), "clip: Field required"),
    ],
)
def test_what_is_no_report_is_refused_with_its_reason(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(UsageError, match=message):
        read(tmp_path)


def test_no_report_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report can be read"):
        read(tmp_path)


def test_the_schema_names_what_is_written(tmp_path: Path) -> None:
    """Follows the written JSON through the schema: every key is a known property, every required one is there."""
    form = schema()
    assert SCHEMA_VERSION in form["$id"]

    def follow(value: object, node: dict[str, object], where: str) -> int:
        if "$ref" in node:
            return follow(value, form["$defs"][str(node["$ref"]).rsplit("/", 1)[1]], where)
        if isinstance(value, list) and isinstance(node.get("items"), dict):
            return sum(follow(v, node["items"], f"{where}[]") for v in value)  # type: ignore[arg-type]
        if "anyOf" in node and value is not None:
            options = [o for o in node["anyOf"] if o.get("type") != "null"]  # type: ignore[attr-defined]
            return follow(value, options[0], where)
        if not isinstance(value, dict) or "properties" not in node:
            return 0
        properties: dict[str, dict[str, object]] = node["properties"]  # type: ignore[assignment]
        assert set(value) <= set(properties), where
        assert set(node.get("required", ())) <= set(value), where  # type: ignore[call-overload]
        return len(value) + sum(follow(v, properties[k], f"{where}.{k}") for k, v in value.items())

    example = make(tmp_path)
    written = write(example.report, example.ledger, tmp_path / "out")
    assert follow(json.loads(written.json.read_text(encoding="utf-8")), form, "report") > 200
