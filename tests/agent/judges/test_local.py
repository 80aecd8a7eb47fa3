"""A whole critique by a model of this machine, saved by the test: untrained weights must not score, nor may it fall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from evalverse import Brief, Settings, critique
from evalverse.agent.budget import Budget
from evalverse.agent.judges.chat import called, result, says, words
from evalverse.agent.judges.local import LocalJudge
from evalverse.agent.judges.local_chat import LocalChat, _calls
from evalverse.agent.judges.local_weights import Spec
from evalverse.agent.judges.make import make_judge
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.replies import Decisions
from evalverse.agent.judges.structured import ask
from evalverse.errors import BudgetExhausted, JudgeMalformed
from evalverse.report.model import Report, State
from tests.agent.judges._tiny import CHATML, save
from tests.synth import write_clip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, two shots, silent."""
    rng = np.random.default_rng(3)
    pictures = [np.kron(rng.integers(0, 255, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8) for _ in range(2)]
    frames = [np.roll(pictures[i // 24], i, axis=1) for i in range(48)]
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, rate=24)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One cache for all: the clip is measured once."""
    return Settings.load(cache_dir=tmp_path_factory.mktemp("cache"), max_frames_per_question=3)


def judged(film: Path, judge: str, settings: Settings) -> Report:
    return critique(film, Brief(focus="exposure"), judge=judge, depth="quick", settings=settings)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "spread"), [("qwen3-vl", 0.02), ("idefics3", 0.3)])
def test_untrained_weights_score_nothing(
    kind: str, spread: float, film: Path, settings: Settings, tmp_path: Path
) -> None:
    """Neither where all words are alike to it nor where it is sure of random ones."""
    folder = save(kind, tmp_path / kind, spread=spread)
    report = judged(film, f"local:{folder}", settings)
    verdict = report.verdict("exposure")
    assert verdict.state is State.NOT_ASSESSABLE
    open_ones = [a for a in verdict.answers if a.judge == report.manifest.judge]
    assert open_ones
    assert all("the model" in a.why for a in open_ones)
    assert not report.findings
    assert str(tmp_path) not in report.manifest.judge
    assert report.manifest.judge.endswith("float32, by weight")
    used = report.manifest.usage
    assert used["prompt_tokens"] > 0 and used["completion_tokens"] == 0
    again = judged(film, f"local:{folder}", settings)
    assert [v.answers for v in again.verdicts] == [v.answers for v in report.verdicts]


def test_the_words_of_the_judge_choose_how_it_answers(settings: Settings, tmp_path: Path) -> None:
    folder = save("internvl", tmp_path / "m")
    weighed = make_judge(f"local:{folder}", settings, Budget())
    written = make_judge(f"local:{folder}?answers=written", settings, Budget())
    assert isinstance(weighed, LocalJudge)
    assert isinstance(written, ModelJudge) and not isinstance(written, LocalJudge)
    assert weighed.id != written.id
    assert "Yes" in weighed.ping() and "on cpu in float32; pictures are read once" in weighed.ping()


def test_what_it_cannot_write_is_told(settings: Settings, tmp_path: Path) -> None:
    chat = LocalChat(Spec(str(save("internvl", tmp_path / "m"))), settings)
    with pytest.raises(JudgeMalformed, match="no readable answer in 2 tries"):
        ask(chat, [says("user", "Go.")], Decisions, repairs=1, room=8)
    assert chat.usage()["calls"] == 2
    assert 0 < chat.usage()["completion_tokens"] <= 8 + 16  # cut off, it gets twice the room


def test_the_budget_holds(settings: Settings, tmp_path: Path) -> None:
    chat = LocalChat(Spec(str(save("internvl", tmp_path / "m"))), settings, Budget(tokens=50))
    with pytest.raises(BudgetExhausted):
        chat.complete([says("user", "Go." * 100)], room=8)


def test_tool_calls_are_read_as_open_models_write_them() -> None:
    good = '<tool_call>\n{"name": "look", "arguments": {"seconds": [1]}}\n</tool_call>'
    (call,) = _calls(f"I look.{good}<tool_call>{{broken}}</tool_call>")
    assert (call.name, call.arguments) == ("look", '{"seconds": [1]}')


def test_a_talk_with_tools_fits_the_template(settings: Settings, tmp_path: Path) -> None:
    """Calls and their results go back to the model in the form that templates know."""
    tools = "{% for t in tools or [] %}{{ t['function']['name'] }}{% endfor %}"
    calls = "{% for c in m['tool_calls'] or [] %}{{ c['function']['arguments']['seconds'] }}{% endfor %}"
    folder = save("internvl", tmp_path / "m", template=tools + CHATML.replace("{% for p in", calls + "{% for p in"))
    chat = LocalChat(Spec(str(folder)), settings)
    (call,) = _calls('<tool_call>{"name": "look", "arguments": {"seconds": [1]}}</tool_call>')
    reply = chat.complete([says("user", [words("Look.")])], tools=[{"function": {"name": "look"}}], room=4)
    said = called(type(reply)("", (call,), "tool_calls"))
    assert chat.complete([says("user", "Look."), said, result(call, "A frame.")], room=4).finish in ("stop", "length")
