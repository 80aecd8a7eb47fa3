"""The judge's tools: typed functions out of the operators; a wrong call is told how to be right; nothing is endless."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evalverse.agent.arguments import settable
from evalverse.agent.bench import MAX_CALLS, LedgerBench
from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.chat import Message, Reply, ToolCall
from evalverse.agent.judges.functions import (
    LONGEST,
    MEASURE,
    MOST,
    by_name,
    described,
    function,
    offered,
    others,
    schema,
)
from evalverse.agent.judges.toolbox import CALLS_PER_ROUND, EXAMPLES, Toolbox
from evalverse.errors import BudgetExhausted, MediaError, OperatorError, UsageError
from evalverse.settings import Settings
from evalverse.taxonomy import load
from evalverse.tools.operator import operator, operators
from tests.agent._case import case as paper_case
from tests.agent._case import reading
from tests.agent.judges.conftest import INJECTION, PaperBench

CHECKS = list(load().checks())


def call(case: Case, name: str, arguments: str, bench: Bench | None = None, frames: int = 4) -> str:
    return Toolbox(case, bench or PaperBench(), frames).call(ToolCall("c", name, arguments))[0]


# the functions


@pytest.mark.parametrize("name", list(operators()))
def test_every_operator_is_a_function_with_a_typed_schema(name: str) -> None:
    told = function(operator(name))["function"]
    assert told["name"] == name
    assert operator(name).title in told["description"]
    assert len(told["description"]) <= LONGEST
    properties = told["parameters"]["properties"]
    assert set(properties) == set(settable(operator(name)))
    assert all("type" in p or "enum" in p or "anyOf" in p for p in properties.values())
    text = json.dumps(told)
    assert not {'"$ref"', '"prefixItems"', '"title"'} & set(text.split())
    assert "/home" not in text


def test_the_description_tells_units_and_directions() -> None:
    told = described(operator("loudness"))
    first = operator("loudness").measures[0]
    assert f"{first.title.lower()} ({first.unit}, {first.direction.value})" in told


def test_paths_of_this_machine_are_not_a_models_to_set() -> None:
    assert "checkpoint" not in json.dumps(schema(operator("syncnet")))


def test_those_that_look_closer_and_those_that_speak_to_the_checks_are_offered_within_a_bound(case: Case) -> None:
    names = offered(case, CHECKS)
    assert len(names) <= MOST - 1
    assert {"look", "look_crop", "look_burst", "look_pair", "look_change"} <= set(names)
    assert "look_sound" not in names, "the clip is silent"
    few = offered(case, [CHECKS[0].model_copy(update={"operators": ("letterbox", "loudness", "exposure")})])
    assert "letterbox" in few
    assert "loudness" not in few, "the clip is silent"
    assert "exposure" not in few, "it was measured, and has nothing to set"


def test_what_has_no_function_of_its_own_is_called_by_name(case: Case) -> None:
    names = offered(case, CHECKS[:1])
    rest = others(case, names)
    told = by_name(rest)["function"]
    assert told["parameters"]["properties"]["operator"]["enum"] == rest
    assert "exposure (" in told["description"]
    assert not set(rest) & set(names)


# calls


def test_a_reading_comes_fenced_with_its_id(case: Case) -> None:
    text = call(case, "measure", '{"operator": "exposure", "arguments": {"threshold": 0.9}}')
    assert text.startswith('<data kind="evidence">\nexposure.level:')
    assert "A quarter." in text


def test_arguments_reach_the_bench_from_both_kinds_of_call(case: Case) -> None:
    bench = PaperBench()
    call(case, "measure", '{"operator": "face_tracks", "arguments": {"faces": 2}}', bench)
    call(case, "measure", '{"operator": "exposure", "arguments": null}', bench)
    call(case, "face_tracks", '{"faces": 3}', bench)
    assert bench.calls == [("face_tracks", {"faces": 2}), ("exposure", {}), ("face_tracks", {"faces": 3})]


@pytest.mark.parametrize("arguments", ['{"seconds": [0.5, 1]}', '{"seconds": 1}'])
def test_frames_come_with_their_times(case: Case, arguments: str) -> None:
    text, stills = Toolbox(case, PaperBench(), 4).call(ToolCall("c", "look", arguments))
    assert "next message" in text
    assert stills[-1].caption.startswith("Frame at 00:01.000 (1.000 s)")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("measure", "{broken"),
        ("measure", "[]"),
        ("measure", '{"operator": 3}'),
        ("measure", '{"operator": "exposure", "arguments": "all"}'),
        ("measure", '{"operator": "exposre"}'),
        ("measure", '{"operator": "loudness"}'),
        ("measure", '{"operator": "exposure", "arguments": {"threshold": 1}}'),
        ("measure", ""),
        ("measure", "[" * 100_000),
        ("look", '{"seconds": "1.5"}'),
        ("look", '{"seconds": [NaN]}'),
        ("look", '{"time": 1}'),
        ("look_crop", '{"left": -1}'),
        ("look_crop", '{"box": [0, 0, 1, 1]}'),
        ("look_burst", '{"count": 1000}'),
        ("look_pair", '{"shots": [1]}'),
        ("frame_sampler", '{"sheet": 100000}'),
        ("clip_similarity", json.dumps({"prompt": "x" * 10_000})),
    ],
)
def test_a_wrong_call_is_told_how_to_be_right(case: Case, name: str, arguments: str) -> None:
    if name == "clip_similarity" and operator(name).lacks():
        name = "rhythm"
        arguments = json.dumps({"genre": "x" * 10_000})
    bench = LedgerBench(case, Settings(workers=1))
    text = call(case, name, arguments, bench)
    assert "Call it like" in text
    assert bench.readings == {}
    example = text.rpartition("Call it like: ")[2]
    assert "Call it like" not in call(case, name, example)


def test_the_examples_are_right_calls_of_what_they_show(bare: Case) -> None:
    for name in set(EXAMPLES) - {"look_sound", "look_pair"}:
        bench = LedgerBench(bare, Settings(workers=1))
        text, _ = Toolbox(bare, bench, 4).call(ToolCall("c", name, json.dumps(EXAMPLES[name])))
        assert text.startswith('<data kind="evidence">'), text


def test_a_look_is_evidence_with_a_picture_in_the_ledger(bare: Case) -> None:
    toolbox = Toolbox(bare, LedgerBench(bare, Settings(workers=1)), 4)
    text, (still,) = toolbox.call(ToolCall("c", "look_burst", '{"seconds": 1.0, "count": 4}'))
    (found,) = toolbox.gained.values()
    assert found.id in text and found.id in still.caption
    assert found.picture is not None and bare.ledger.get(found.picture) == still.content


def test_an_unknown_tool_is_told_the_known_ones(case: Case) -> None:
    text = call(case, "delete", "{}")
    assert "look_crop" in text and MEASURE in text


@pytest.mark.parametrize("error", [UsageError("no such operator; did you mean exposure?"), OperatorError("broke")])
def test_what_the_bench_objects_to_is_passed_on(case: Case, error: Exception) -> None:
    assert str(error) in call(case, "measure", '{"operator": "exposure"}', PaperBench(error))


def test_a_used_up_bench_ends_the_asking_not_the_critique(case: Case) -> None:
    assert "No more calls" in call(case, "measure", '{"operator": "exposure"}', PaperBench(BudgetExhausted("24")))


def test_an_error_names_the_file_not_the_folder_it_lies_in(case: Case) -> None:
    text = call(case, "look", '{"seconds": [1]}', PaperBench(MediaError(case.clip.path, "does not decode")))
    assert case.clip.name in text
    assert str(case.clip.path.parent) not in text


def test_what_an_error_quotes_cannot_leave_its_fence(case: Case) -> None:
    text = call(case, "measure", '{"operator": "exposure"}', PaperBench(UsageError(INJECTION)))
    assert text.count("</data>") == 1


def test_pictures_are_counted_over_all_calls(case: Case) -> None:
    toolbox = Toolbox(case, PaperBench(), 3)
    assert len(toolbox.call(ToolCall("c", "look", '{"seconds": [0, 1]}'))[1]) == 2
    text, stills = toolbox.call(ToolCall("c", "look", '{"seconds": [0, 1]}'))
    assert (text[:31], stills) == ("You may look at 1 more pictures", [])


def test_calls_at_once_are_bounded_and_each_gets_its_answer(case: Case) -> None:
    class Greedy:
        model = "greedy"

        def complete(self, messages: list[Message], **options: Any) -> Reply:
            assert len(options["tools"]) <= MOST
            one = ("measure", json.dumps({"operator": "exposure"}))
            return Reply("", tuple(ToolCall(f"c{n}", *one) for n in range(50)), "tool_calls")

        def usage(self) -> dict[str, float]:
            return {}

    bench, thread = PaperBench(), list[Message]()
    assert Toolbox(case, bench, 4).consult(Greedy(), thread, 2) is None  # type: ignore[arg-type]
    assert len(bench.calls) == 2 * CALLS_PER_ROUND
    assert [m["tool_call_id"] for m in thread if m["role"] == "tool"] == [f"c{n}" for n in range(50)] * 2


# the bench


def test_the_bench_logs_every_call_and_refuses_beyond_its_bounds(bare: Case) -> None:
    bench = LedgerBench(bare, Settings(workers=1))
    bench.measure("look", {"seconds": [1.0]})
    with pytest.raises(UsageError, match="its settings: none"):
        bench.measure("exposure", {"threshold": 1})
    assert bench.calls == ['look {"seconds": [1.0]}: 1 readings', 'exposure {"threshold": 1}: refused']
    for _ in range(MAX_CALLS - 2):
        bench.measure("look", {"seconds": [1.0]})
    with pytest.raises(BudgetExhausted, match=str(MAX_CALLS)):
        bench.measure("look", {"seconds": [1.0]})


def test_the_bench_does_not_run_what_would_take_too_long() -> None:
    subject = paper_case(reading("exposure.clipped_high", 1.0))
    hour = replace(subject, facts=subject.facts.model_copy(update={"seconds": 3600.0}))
    with pytest.raises(BudgetExhausted, match="would take about"):
        LedgerBench(hour, Settings(workers=1)).measure("body_tracks", {})


def test_the_bench_does_not_take_a_path_from_a_judge(bare: Case) -> None:
    with pytest.raises(UsageError, match="checkpoint: no such setting"):
        LedgerBench(bare, Settings(workers=1)).measure("syncnet", {"checkpoint": "/etc/passwd"})
