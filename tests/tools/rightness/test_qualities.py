"""Aesthetic and imaging quality: the published arithmetic on tiny models."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Operator
from evalverse.tools.rightness import imaging_quality
from evalverse.tools.rightness.aesthetic_quality import AestheticQuality
from evalverse.tools.rightness.imaging_quality import ImagingQuality, size
from tests.synth import gradient_noise
from tests.tools.rightness import _models
from tests.tools.rightness._run import data, grey, run, whole


@pytest.mark.parametrize("kind", [AestheticQuality, ImagingQuality])
def test_absent_weights_are_a_reason_with_a_command(kind: type[Operator], ledger: Ledger) -> None:
    (found,) = run(kind, [grey(9)] * 3, ledger)
    assert found.value is None and "; run: " in str(found.unmeasured)


@pytest.fixture
def predictor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch = pytest.importorskip("torch")
    path = tmp_path / "predictor.pth"
    weight = torch.linspace(-3, 5, _models.DIMENSION)[None]
    torch.save({"weight": weight, "bias": torch.tensor([5.5])}, path)
    monkeypatch.setenv("EVALVERSE_VBENCH_AESTHETIC", str(path))
    return path


def test_aesthetic_quality_with_a_tiny_clip(
    predictor: Path, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("open_clip")
    model = _models.clip(tmp_path / "clip")
    monkeypatch.setenv("EVALVERSE_VBENCH_CLIP_L14", str(tmp_path / "clip"))
    pictures = [gradient_noise(seed, 240, 240) for seed in (4, 5, 6)]
    each = [(_models.seen_by_clip(model, p) @ np.linspace(-3, 5, _models.DIMENSION) + 5.5) / 10 for p in pictures]
    found = run(AestheticQuality, pictures, ledger, cuts=[2])
    assert whole(found, "vbench").value == pytest.approx(np.mean(each), abs=1e-3)
    shots = [e.value for e in found if e.scope is Scope.SHOT]
    assert shots == pytest.approx([np.mean(each[:2]), each[2]], abs=1e-3)


def test_another_predictor_is_refused(
    predictor: Path, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    pytest.importorskip("open_clip")
    _models.clip(tmp_path / "clip")
    monkeypatch.setenv("EVALVERSE_VBENCH_CLIP_L14", str(tmp_path / "clip"))
    torch.save({"layers.0.weight": torch.zeros(2, 2), "layers.0.bias": torch.zeros(2)}, predictor)
    with pytest.raises(Exception, match="linear predictor"):
        run(AestheticQuality, [grey(3)], ledger)


@pytest.mark.parametrize(
    ("given", "shown"),
    [((480, 848), (289, 512)), ((1080, 1920), (288, 512)), ((512, 300), (512, 300)), ((1000, 10), (512, 5))],
)
def test_musiq_is_shown_at_most_512_pixels(given: tuple[int, int], shown: tuple[int, int]) -> None:
    assert size(*given) == shown


@pytest.fixture
def musiq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network made and loaded as pyiqa's MUSIQ is; its mark is the mean of the picture, times a weight."""
    torch = pytest.importorskip("torch")
    folder = tmp_path / "packages" / "pyiqa" / "archs"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").touch()
    (folder / "musiq_arch.py").write_text(
        "import torch\n"
        "class MUSIQ(torch.nn.Module):\n"
        "    def __init__(self, pretrained, num_class):\n"
        "        super().__init__()\n"
        "        assert pretrained is False and num_class == 1\n"
        "        self.weight = torch.nn.Parameter(torch.zeros([]))\n"
        "    def forward(self, x):\n"
        "        assert not self.training and max(x.shape[-2:]) <= 512\n"
        "        return self.weight * x.mean((1, 2, 3))[:, None]\n"
    )
    torch.save({"module.weight": torch.tensor(80.0)}, tmp_path / "musiq.pth")
    monkeypatch.setenv("EVALVERSE_VBENCH_MUSIQ", str(tmp_path / "musiq.pth"))
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    for name in [n for n in sys.modules if n.split(".")[0] == "pyiqa"]:
        monkeypatch.delitem(sys.modules, name)
    imaging_quality._loaded.cache_clear()


@pytest.mark.usefixtures("musiq")
@pytest.mark.parametrize("shape", [(48, 64), (300, 1024)])
def test_imaging_quality_is_the_mean_over_frames(shape: tuple[int, int], ledger: Ledger) -> None:
    pictures: list[RGB] = [grey(v, *shape) for v in (51, 102, 255)]
    found = whole(run(ImagingQuality, pictures, ledger), "vbench")
    assert found.value == pytest.approx(80 * (0.2 + 0.4 + 1) / 3, rel=1e-4)
    assert data(found, "frames") == 3
