"""The fit of the evidence judge: what it may learn, what it must not, and that its numbers hold on fresh sources."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from evalverse.agent.judges.fitted import interval, read_calibration
from evalverse.agent.judges.rule import along
from evalverse.calibration.fit.additive import candidates
from evalverse.calibration.fit.choose import alarms, choose
from evalverse.calibration.fit.conform import bands, coverage
from evalverse.calibration.fit.data import TRUTH, Table, table
from evalverse.calibration.fit.held import Held, hold
from evalverse.calibration.fit.measure import auroc, calibration_error, quantile
from evalverse.calibration.fit.page import page
from evalverse.calibration.fit.run import Result, fit_judge, write
from evalverse.calibration.fit.verdicts import answered
from evalverse.errors import UsageError
from evalverse.taxonomy import Check, load
from evalverse.tools.operator import operator
from tests.calibration.fit._made_up import laboratory, usual

FLICKER = "cinematography/lens/exposure/no-flicker"
SHAKE = "cinematography/pacing/movement-rationality/no-unwanted-shake"
PUMPING = "cinematography/lens/exposure/level-changes-motivated"
CHECKS: dict[str, Check] = {c.path: c for c in load().checks()}


def held(path: str, of: Table | None = None) -> Held:
    found = hold(of or usual(), CHECKS[path])
    assert found is not None
    return found


@cache
def result() -> Result:
    return fit_judge(usual())


def test_the_truth_follows_the_fault_and_is_uncertain_beside_it() -> None:
    seen = usual()
    truth = {c.row.id: t for c, t in zip(seen.clips, seen.truth(CHECKS[FLICKER]), strict=True)}
    assert truth["clean-source00-None"] == 1.0
    assert [truth[f"flicker-source00-{level}"] for level in TRUTH] == pytest.approx([0.75, 0.4, 0.0])
    assert truth["camera-shake-source00-strong"] == 1.0
    pumping = {c.row.id: t for c, t in zip(seen.clips, seen.truth(CHECKS[PUMPING]), strict=True)}
    assert np.isnan(pumping["flicker-source00-strong"]), "another check of the same sub-dimension"


def test_lines_speak_for_a_fault_only_and_in_the_direction_of_the_measure() -> None:
    model = held(FLICKER).model
    lines = {line.reading: line for line in model.lines}
    assert {"flicker.luma_flicker", "exposure.pumping"} <= set(lines)
    for reading in ("flicker.luma_flicker", "exposure.pumping"):
        heights = [y for _, y in lines[reading].points]
        assert heights[0] == 0
        assert heights == sorted(heights)
    line = held("cinematography/lens/focus/no-hunting").model.lines[0]
    assert line.reading == "sharpness.stability"
    assert [y for _, y in line.points] == sorted((y for _, y in line.points), reverse=True), "higher is better"


def test_each_kind_of_fault_has_its_own_readings_and_the_worst_one_decides() -> None:
    of = held(FLICKER)
    kinds = {faults: {line.reading: line.reach for line in model.lines} for faults, model in of.model.each}
    assert set(kinds) == {("flicker",), ("exposure-pumping",)}
    for (family,), reading in zip(sorted(kinds), ("exposure.pumping", "flicker.luma_flicker"), strict=True):
        reaches = kinds[family,]
        assert max(reaches, key=lambda name: reaches[name]) == reading
    odds = np.stack([model.odds(of.sample) for _, model in of.model.each])
    assert np.array_equal(of.model.odds(of.sample), odds.max(axis=0))


def test_false_alarms_count_sources_not_clips() -> None:
    answer, source = np.array([0.1, 0.2, 0.1, 0.9, 0.9, 0.4, 0.9]), np.array(list("aaabbcc"))
    assert alarms(answer, source) == pytest.approx((1 + 0 + 0.5) / 3)


def test_the_line_is_flat_beyond_what_was_seen() -> None:
    line = next(line for line in held(SHAKE).model.lines if line.reading == "camera_motion.shake")
    last = line.points[-1]
    assert along(line.points, 1e9) == last[1]
    assert along(line.points, -1e9) == 0.0


def test_a_reading_that_no_fault_moves_takes_no_part_however_sources_differ() -> None:
    used = {line.reading for choice in result().choices.values() for line in choice.held.model.lines}
    assert "contrast.tonal_range" not in used


def test_only_readings_of_the_checks_operators_and_only_the_worst_place() -> None:
    seen = ["flicker.luma_flicker", "flicker.luma_flicker@high", "flicker.luma_flicker@low", "camera_motion.shake"]
    assert candidates(("flicker",), seen) == ["flicker.luma_flicker", "flicker.luma_flicker@high"]


def test_faults_that_show_are_told_on_sources_that_the_model_never_saw() -> None:
    choice = result().choices[SHAKE]
    assert choice.figures.auroc > 0.9
    assert choice.figures.false_alarms * choice.figures.clean <= max(1, 0.05 * choice.figures.clean)
    assert result().calibration.checks


def test_readings_that_tell_nothing_are_not_fitted() -> None:
    found = fit_judge(laboratory(1, effect=0.0))
    assert not found.calibration.checks
    assert all(choice.figures.auroc < 0.75 for choice in found.choices.values())


def test_held_out_odds_do_not_know_their_own_source() -> None:
    """When the faulted clips of one source read otherwise, odds of others change, never those of its own clean clip."""
    seen = usual()
    turned = tuple(
        replace(c, features={**c.features, "camera_motion.shake": 0.5})
        if c.row.source == "source03" and not c.clean
        else c
        for c in seen.clips
    )
    before, after = held(SHAKE), held(SHAKE, replace(seen, clips=turned))
    own = before.sample.clean & (before.sample.sources == "source03")
    assert after.odds[own] == pytest.approx(before.odds[own])
    others = before.sample.clean & ~own
    assert not np.allclose(before.odds[others], after.odds[others])


def test_intervals_hold_the_truth_on_fresh_sources_nine_times_in_ten() -> None:
    fitted = held(SHAKE)
    sample = fitted.sample
    given = bands(fitted.answer, sample.truth, sample.weight, sample.sources)
    shares = []
    for seed in (97, 98, 99):
        fresh = held(SHAKE, laboratory(seed)).sample
        answers = fitted.scale.answer(fitted.model.odds(fresh))
        ranges = [interval(given, float(a)) for a in answers]
        inside = [i.low - 1e-9 <= t <= i.high + 1e-9 for i, t in zip(ranges, fresh.truth, strict=True)]
        shares.append(fresh.weight @ np.array(inside) / fresh.weight.sum())
    assert np.mean(shares) >= 0.87
    assert max(b.off for b in given) < 0.5, "an interval over everything would cover too"


def test_verdicts_cover_their_truth_on_held_out_sources() -> None:
    spreads = result().calibration.verdicts
    assert "cinematography/pacing/movement-rationality" in spreads
    assert np.mean([s.coverage for s in spreads.values()]) >= 0.87


def test_coverage_falls_short_when_intervals_are_too_narrow_for_a_source() -> None:
    """The measure of coverage can fail: residuals of one source are unlike all others."""
    answer, truth, weight = np.full(200, 0.95), np.ones(200), np.ones(200)
    sources = np.repeat([f"s{n:02d}" for n in range(20)], 10)
    truth[sources == "s07"] = 0.0
    assert coverage(answer, truth, weight, sources) == pytest.approx(0.95)


def test_the_same_table_gives_the_same_file(tmp_path: Path) -> None:
    write(result().calibration, tmp_path / "a.json")
    write(fit_judge(laboratory(0)).calibration, tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_calibration(tmp_path / "a.json") == result().calibration
    assert result().calibration.id.startswith("evidence-1:")


def test_a_file_that_is_none_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lab fit"):
        read_calibration(tmp_path / "none.json")
    (tmp_path / "odd.json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(UsageError, match="no calibration file"):
        read_calibration(tmp_path / "odd.json")


def test_the_page_tells_what_is_fitted_and_what_is_not() -> None:
    text = page(result())
    for path in (*result().calibration.checks, *result().calibration.silent, *result().calibration.verdicts):
        assert f"`{path}`" in text
    assert result().calibration.id in text


def test_too_few_sources_are_no_ground_to_stand_on() -> None:
    seen = usual()
    few = tuple(c for c in seen.clips if c.row.family is None or c.row.source in ("source00", "source01"))
    found = hold(replace(seen, clips=few), CHECKS[SHAKE])
    assert found is not None
    assert "2 sources" in choose(found, 0).why
    assert choose(found, 0).by != "fit"


def test_area_under_roc_and_quantiles_with_weights() -> None:
    assert auroc(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx(0.875)
    assert auroc(np.array([2.0]), np.array([1.0, 3.0]), None, np.array([3.0, 1.0])) == pytest.approx(0.75)
    assert np.isnan(auroc(np.array([]), np.array([1.0])))
    assert quantile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0]), 0.2) == 2.0
    answers = np.array([0.1, 0.1, 0.9, 0.9])
    assert calibration_error(answers, np.array([0.0, 0.0, 0.8, 1.0]), np.ones(4), bins=2) == pytest.approx(0.05)


def test_readings_of_other_versions_are_left_out_and_silence_nothing(tmp_path: Path) -> None:
    clips = laboratory(0, sources=4).clips
    (tmp_path / "manifest.jsonl").write_text("".join(c.row.model_dump_json() + "\n" for c in clips))
    features = {c.row.id: dict(c.features) for c in clips}
    versions = {c.row.id: {"camera_motion": "0", "flicker": operator("flicker").version} for c in clips}
    found = table(tmp_path, features, versions)
    assert found.stale == ("camera_motion",)
    assert not any(name.startswith("camera_motion") for c in found.clips for name in c.features)
    assert any(name.startswith("flicker") for c in found.clips for name in c.features)
    judged = fit_judge(found)
    named = {path for path in judged.choices if "camera_motion" in CHECKS[path].operators}
    assert all(judged.choices[path].by == "fit" for path in named)
    assert SHAKE not in judged.calibration.silent


def test_a_laboratory_that_was_not_measured_says_how(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lab run"):
        table(tmp_path, {}, {})


def test_a_clip_with_a_fault_of_a_neighbouring_check_is_answered_as_a_critique_would() -> None:
    """Otherwise its score would be a mean of fewer checks than that of a clean clip."""
    seen, choice = usual(), result().choices[PUMPING]
    answers = answered(seen, CHECKS[PUMPING], choice)
    unsure = np.isnan(seen.truth(CHECKS[PUMPING]))
    assert choice.by != "nothing"
    assert unsure.any()
    assert not np.isnan(answers).any()
    assert np.median(answers[unsure]) > 0.5, "a flicker is no slow swell"
