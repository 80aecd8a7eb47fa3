"""Which model is meant, what is missing and how it is got; nothing is fetched here."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

from evalverse.agent.budget import Budget
from evalverse.agent.judges.local_weights import Spec, best_dtype, label, load, located, machine
from evalverse.agent.judges.make import make_judge
from evalverse.errors import MissingExtra, UsageError
from evalverse.settings import Settings

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.agent.judges._tiny import save  # noqa: E402


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A hub that is out of reach, and an empty cache of it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def test_the_words_behind_local() -> None:
    spec = Spec.parse("org/model-2B?dtype=float16&device=cuda:1&adapter=~/lora&load=4bit&answers=written")
    assert spec == Spec("org/model-2B", "~/lora", "float16", "cuda:1", "4bit", "written")
    assert Spec.parse("/models/x") == Spec("/models/x")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "name the model"),
        ("m?speed=9", "no setting 'speed'"),
        ("m?dtype=int3", "dtype cannot be 'int3'"),
        ("m?load=", "load cannot be ''"),
    ],
)
def test_wrong_words_are_told_with_the_whole_form(words: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        make_judge(f"local:{words}", Settings.load(), Budget())
    assert "adapter=PATH" in str(caught.value)


@pytest.mark.usefixtures("offline")
def test_missing_weights_come_with_the_command_that_gets_them() -> None:
    with pytest.raises(MissingExtra, match="hf download org/model-2B"):
        make_judge("local:org/model-2B", Settings.load(), Budget())


def test_a_folder_that_is_not_there_is_never_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        located(str(tmp_path / "gone"))


def test_a_missing_package_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "evalverse.agent.judges.local_weights.find_spec", lambda name: None if name == "transformers" else real(name)
    )
    with pytest.raises(MissingExtra, match=r"evalverse-agent\[local\]"):
        load(Spec("anything"))


def test_what_is_no_model_for_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UsageError, match=r"image-text-to-text|cannot be shown pictures"):
        load(Spec(str(tmp_path)))
    save("idefics3", tmp_path / "m", template="")
    (tmp_path / "m" / "chat_template.jinja").unlink()
    with pytest.raises(UsageError, match="chat template is absent"):
        load(Spec(str(tmp_path / "m")))


def test_pickled_weights_are_not_opened(tmp_path: Path) -> None:
    folder = save("idefics3", tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(UsageError, match="cannot load it"):
        load(Spec(str(folder)))


def test_four_bits_need_their_package_or_card(tmp_path: Path) -> None:
    folder = save("idefics3", tmp_path)
    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(MissingExtra, match="pip install bitsandbytes"):
            load(Spec(str(folder), load="4bit"))
    elif not torch.cuda.is_available():
        with pytest.raises(UsageError, match="CUDA"):
            load(Spec(str(folder), load="4bit"))


def test_the_name_tells_content_not_place(tmp_path: Path) -> None:
    folder = save("idefics3", tmp_path / "a" / "tiny")
    moved = shutil.copytree(folder, tmp_path / "b" / "tiny")
    assert label(str(folder), folder) == label(str(moved), moved)
    assert str(tmp_path) not in label(str(folder), folder)
    other = save("idefics3", tmp_path / "c" / "tiny", seed=1)
    assert label(str(other), other) != label(str(folder), folder)


def test_precision_follows_the_device_and_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalverse.agent.judges.local_weights.free_memory", lambda: 10)
    assert best_dtype("cpu", 3) == "float32"
    assert best_dtype("cpu", 4) == "bfloat16"
    assert best_dtype("mps", 4) == "float16"


@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing:FutureWarning")  # peft asks by the old name
def test_an_adapter_changes_answers_and_name(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    from evalverse.agent.judges.chat import says
    from evalverse.agent.judges.local_model import LocalModel
    from evalverse.agent.judges.weigh import Question

    folder = save("qwen3-vl", tmp_path / "base", spread=0.2)
    bare = load(Spec(str(folder)))
    adapted: Any = peft.get_peft_model(bare.model, peft.LoraConfig(target_modules=["q_proj", "v_proj"], r=2))
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, 0, 0.5)
    adapted.save_pretrained(tmp_path / "lora")
    questions, thread = [Question("Is it so?", ("Yes", "No"))], [says("user", "Look.")]
    plain = LocalModel(load(Spec(str(folder))))
    tuned = LocalModel(load(Spec(str(folder), adapter=str(tmp_path / "lora"))))
    assert "+lora@" in tuned.name
    assert tuned.reuses == ""
    assert tuned.weigh(thread, questions)[0] != plain.weigh(thread, questions)[0]


def test_what_this_machine_can_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalverse.agent.judges.local_weights.best_device", lambda: "cpu")
    monkeypatch.setattr("evalverse.agent.judges.local_weights.free_memory", lambda: 40 * 10**9)
    assert "7.0 in float32 or 14.0 in bfloat16" in machine()
    monkeypatch.setattr("evalverse.agent.judges.local_weights.find_spec", lambda name: None)
    assert "torch" in machine() and "evalverse-agent[local]" in machine()
