"""The judge's two tools: a wrong call is told how to be right, and nothing is without bound."""

from __future__ import annotations

import json

import pytest

from evalverse.agent.judges.base import Case
from evalverse.agent.judges.chat import Message, Reply, ToolCall
from evalverse.agent.judges.toolbox import CALLS_PER_ROUND, Toolbox, definitions
from evalverse.errors import BudgetExhausted, MediaError, OperatorError, UsageError
from tests.agent.judges.conftest import INJECTION, PaperBench


def called(case: Case, name: str, arguments: str, bench: PaperBench | None = None, frames: int = 4) -> str:
    return Toolbox(case, bench or PaperBench(), frames).call(ToolCall("c", name, arguments))[0]


def test_a_reading_comes_fenced_with_its_id(case: Case) -> None:
    text = called(case, "measure", '{"operator": "exposure", "arguments": {"threshold": 0.9}}')
    assert text.startswith('<data kind="evidence">\nexposure.level:')
    assert "A quarter." in text


def test_arguments_reach_the_bench(case: Case) -> None:
    bench = PaperBench()
    called(case, "measure", '{"operator": "exposure", "arguments": {"threshold": 0.9}}', bench)
    called(case, "measure", '{"operator": "exposure", "arguments": null}', bench)
    assert bench.calls == [("exposure", {"threshold": 0.9}), ("exposure", {})]


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
        ("measure", ""),
        ("measure", "[" * 100_000),
        ("look", '{"seconds": "1.5"}'),
        ("look", '{"seconds": []}'),
        ("look", '{"seconds": [true]}'),
        ("look", '{"seconds": [NaN]}'),
        ("look", '{"seconds": [1e300]}'),
        ("look", "{}"),
    ],
)
def test_a_wrong_call_is_told_how_to_be_right(case: Case, name: str, arguments: str) -> None:
    bench = PaperBench()
    text = called(case, name, arguments, bench)
    assert "Call it like" in text
    assert bench.calls == []
    example = text.rpartition("Call it like: ")[2]
    assert "Call it like" not in called(case, name, example, bench)


def test_an_unknown_tool_is_told_the_known_ones(case: Case) -> None:
    assert "measure and look" in called(case, "delete", "{}")


@pytest.mark.parametrize("error", [UsageError("no such operator; did you mean exposure?"), OperatorError("broke")])
def test_what_the_bench_objects_to_is_passed_on(case: Case, error: Exception) -> None:
    assert str(error) in called(case, "measure", '{"operator": "exposre"}', PaperBench(error))


def test_a_used_up_bench_ends_the_asking_not_the_critique(case: Case) -> None:
    assert "No more calls" in called(case, "measure", '{"operator": "exposure"}', PaperBench(BudgetExhausted("24")))


def test_an_error_names_the_file_not_the_folder_it_lies_in(case: Case) -> None:
    text = called(case, "look", '{"seconds": [1]}', PaperBench(MediaError(case.clip.path, "does not decode")))
    assert case.clip.name in text
    assert str(case.clip.path.parent) not in text


def test_what_an_error_quotes_cannot_leave_its_fence(case: Case) -> None:
    text = called(case, "measure", '{"operator": "x"}', PaperBench(UsageError(INJECTION)))
    assert text.count("</data>") == 1


def test_frames_are_counted_over_all_calls(case: Case) -> None:
    toolbox = Toolbox(case, PaperBench(), 3)
    assert len(toolbox.call(ToolCall("c", "look", '{"seconds": [0, 1]}'))[1]) == 2
    text, stills = toolbox.call(ToolCall("c", "look", '{"seconds": [0, 1]}'))
    assert (text[:29], stills) == ("You may look at 1 more frames", [])


def test_calls_at_once_are_bounded_and_each_gets_its_answer(case: Case) -> None:
    class Greedy:
        model = "greedy"

        def complete(self, messages: list[Message], **options: object) -> Reply:
            one = ("measure", json.dumps({"operator": "exposure"}))
            return Reply("", tuple(ToolCall(f"c{n}", *one) for n in range(50)), "tool_calls")

        def usage(self) -> dict[str, float]:
            return {}

    bench, thread = PaperBench(), list[Message]()
    assert Toolbox(case, bench, 4).consult(Greedy(), thread, 2) is None  # type: ignore[arg-type]
    assert len(bench.calls) == 2 * CALLS_PER_ROUND
    assert [m["tool_call_id"] for m in thread if m["role"] == "tool"] == [f"c{n}" for n in range(50)] * 2


def test_the_definitions_name_every_operator() -> None:
    measure, look = (d["function"] for d in definitions())
    assert "exposure (" in measure["description"]
    assert measure["parameters"]["required"] == ["operator"]
    assert look["parameters"]["properties"]["seconds"]["items"] == {"type": "number"}
