"""lab run: the tables hold what a critique would say and operators read; failures are recorded; stopped runs go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalverse import Brief, critique, measure
from evalverse.agent.judges.reading import features
from evalverse.calibration.faults.bases import Base
from evalverse.calibration.faults.lab import ONE_TAKE, read_manifest
from evalverse.calibration.laboratory.judgements import read_answers, read_verdicts, slug
from evalverse.calibration.laboratory.readings import features_by_clip, read_readings
from evalverse.calibration.laboratory.run import Run, run
from evalverse.cli import cli
from evalverse.errors import UnknownName, UsageError
from evalverse.settings import Settings

pytest.importorskip("pyarrow")

ASKED = Brief(prompt=ONE_TAKE)


def rows_of(table: Any, clip: str) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["clip"] == clip]


def clip_of(lab: Path, name: str) -> Path:
    return lab / next(r.clip for r in read_manifest(lab) if r.id == name and r.clip)


def test_every_clip_is_measured_and_judged(lab: Path, done: Run) -> None:
    ids = {row.id for row in read_manifest(lab)}
    assert len(ids) == 10
    assert {r["clip"] for r in read_verdicts(lab, "evidence").to_pylist()} == ids
    assert set(features_by_clip(read_readings(lab))) == ids
    assert done.passes["judged"].clips == 10
    assert not done.passes["measured"].failed


def test_verdicts_and_answers_are_those_of_a_critique(lab: Path, done: Run, settings: Settings) -> None:
    unheeding = settings.model_copy(update={"credibility": False})  # what is measured must not be withheld
    report = critique(clip_of(lab, "hum-0-strong"), ASKED, settings=unheeding)
    told = {v.path: (v.state.value, v.score, v.answered) for v in report.verdicts}
    found = rows_of(read_verdicts(lab, "evidence"), "hum-0-strong")
    assert {r["path"]: (r["state"], r["score"], r["answered"]) for r in found} == told
    assert any(state == "scored" for state, _, _ in told.values())
    answers = {a.check: (a.state.value, a.value) for v in report.verdicts for a in v.answers}
    mine = {r["check"]: (r["state"], r["value"]) for r in rows_of(read_answers(lab, "evidence"), "hum-0-strong")}
    assert {check: mine[check] for check in answers} == answers


def test_features_of_the_table_are_those_of_the_clip(lab: Path, done: Run, settings: Settings) -> None:
    evidence = [
        e for rows in measure(clip_of(lab, "flicker-1-strong"), brief=ASKED, settings=settings).values() for e in rows
    ]
    assert features_by_clip(read_readings(lab))["flicker-1-strong"] == features(evidence)
    unmeasured = {e.measure: e.unmeasured for e in evidence if e.scope == "clip" and e.unmeasured}
    rows = {r["measure"]: r for r in rows_of(read_readings(lab), "flicker-1-strong")}
    assert unmeasured
    assert {name: rows[name]["unmeasured"] for name in unmeasured} == unmeasured
    assert all(rows[name]["value"] is None for name in unmeasured)


def test_a_second_run_does_nothing_and_a_cut_log_only_what_is_missing(lab: Path, done: Run, settings: Settings) -> None:
    again = run(lab, "evidence", settings=settings)
    assert {p.worked for p in again.passes.values()} == {0}
    before = read_verdicts(lab, "evidence")
    log = lab / "judged.evidence.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:-1]) + lines[-1][:200])  # as a killed run leaves it
    assert run(lab, "evidence", settings=settings).passes["judged"].worked == 1
    assert read_verdicts(lab, "evidence").equals(before)


def test_a_clip_that_cannot_be_read_is_a_row_with_its_reason(
    lab: Path, done: Run, settings: Settings, tmp_path: Path
) -> None:
    rows = [r for r in read_manifest(lab) if r.family == "hum" and r.level == "faint"][:1]
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    row = rows[0].model_copy(update={"clip": "bad.mp4", "clean": "bad.mp4"})
    (tmp_path / "manifest.jsonl").write_text(row.model_dump_json() + "\n")
    told = run(tmp_path, "evidence", settings=settings)
    assert "bad.mp4" in told.passes["measured"].failed[row.id]
    (only,) = read_readings(tmp_path).to_pylist()
    assert (only["clip"], only["measure"], only["value"]) == (row.id, None, None)
    assert "bad.mp4" in only["unmeasured"]
    (verdict,) = read_verdicts(tmp_path, "evidence").to_pylist()
    assert (verdict["state"], verdict["path"]) == ("failed", None)


def test_another_judge_gets_tables_of_its_own(lab: Path, done: Run, settings: Settings, tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("cinematography/lens/exposure/no-flicker: 0.5\n")
    judge = f"scripted:{script}"
    run(lab, judge, ("hum",), settings=settings)
    rows = read_answers(lab, judge).to_pylist()
    said = {r["value"] for r in rows if r["check"].endswith("exposure/no-flicker")}
    assert said == {0.5}
    assert {r["clip"].split("-")[0] for r in rows} == {"hum", "clean"}
    assert slug("remote:http://host:80/v1#m") == "remote-http-host-80-v1-m"


def test_wrong_calls_say_what_to_do(lab: Path, tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(UsageError, match="lab make"):
        run(tmp_path, settings=settings)
    with pytest.raises(UnknownName, match="hum"):
        run(lab, families=("humm",), settings=settings)
    with pytest.raises(UnknownName, match="evidence"):
        run(lab, "evidenc", settings=settings)
    with pytest.raises(UsageError, match="lab run"):
        read_verdicts(tmp_path, "evidence")


def test_the_command_says_what_it_did(
    lab: Path, done: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVALVERSE_CACHE_DIR", str(settings.cache_dir))
    cli.main(["lab", "run", str(lab), "--judge", "evidence", "--workers", "1"], standalone_mode=False)
    assert "10 clips judged, 0 of them now" in capsys.readouterr().out
    note = json.loads((lab / "run.evidence.json").read_text())
    assert note["judge"] == "evidence"
    assert note["passes"]["measured"]["clips"] == 10


def test_a_brief_is_handed_in_only_where_one_take_was_asked_for(lab: Path, done: Run) -> None:
    rows = {r.id: r for r in read_manifest(lab)}
    assert {r.prompt for r in rows.values() if r.base is Base.SHOT} == {ONE_TAKE}
    assert all(r.prompt is None for r in rows.values() if r.base is not Base.SHOT)
    read = features_by_clip(read_readings(lab))
    assert all(("asked_shots.extra" in read[name]) == (row.base is Base.SHOT) for name, row in rows.items())
