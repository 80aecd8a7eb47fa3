"""Which model of this machine is meant, and its loading: a folder, or a name on the Hugging Face hub.

A name on the hub counts as leave to fetch it; HF_HOME, HF_ENDPOINT and HF_HUB_OFFLINE are honoured. Weights are read
as tensors only: no pickled code, no code from a repository.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from evalverse.errors import MissingExtra, UsageError

EXTRA = 'pip install "evalverse-agent[local]"'

FORM = "local:MODEL[?adapter=PATH&dtype=float32|float16|bfloat16&device=cpu|cuda|mps&load=4bit&answers=written]"

_CHOICES = {
    "dtype": ("float32", "float16", "bfloat16"),
    "load": ("4bit",),
    "answers": ("weighed", "written"),
}

_FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]
"""What a model needs of its repository; weights in other formats are left where they are."""

SMALLER = "take a smaller model, or add ?load=4bit or ?device=cpu"

PACKAGES = ("torch", "transformers", "PIL")

FILLED = 0.7
"""Share of the free memory that weights may take; the rest is for what is read and kept."""

_SAMPLE = 1 << 16


@dataclass(frozen=True)
class Spec:
    """What stands behind ``local:``. An empty string means: choose sensibly."""

    model: str
    adapter: str = ""
    dtype: str = ""
    device: str = ""
    load: str = ""
    answers: str = "weighed"
    """``weighed``: by the probability of yes over no; ``written``: as JSON, with tools, like a remote judge."""

    @classmethod
    def parse(cls, text: str) -> Spec:
        """From ``MODEL?key=value&...``. Raises UsageError naming what is wrong and the whole form."""
        model, _, query = text.strip().partition("?")
        if not model:
            raise UsageError(f"name the model: --judge {FORM}")
        given = dict(parse_qsl(query, keep_blank_values=True))
        for key, value in given.items():
            if key not in ("adapter", "dtype", "device", "load", "answers"):
                raise UsageError(f"local judge: there is no setting {key!r}; write {FORM}")
            if not value or value not in _CHOICES.get(key, (value,)):
                raise UsageError(f"local judge: {key} cannot be {value!r}; write {FORM}")
        return cls(model, **given)


@dataclass(frozen=True)
class Loaded:
    """A model ready to answer, with its processor. ``name`` tells content from content, never a place on the disk."""

    model: Any
    processor: Any
    name: str
    device: str
    dtype: str


def load(spec: Spec) -> Loaded:
    """The model with its processor and adapter, on its device.

    Raises:
        MissingExtra: a package or the weights are absent; the message holds the command that gets them.
        UsageError: what is named is no model that can look at pictures and be talked to.
    """
    _require(*PACKAGES)
    from evalverse.tools.likeness._torchvision import importable

    importable()
    import torch
    import transformers
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    folder = located(spec.model)
    device = spec.device or best_device()
    how = _quantised(device) if spec.load else {"dtype": getattr(torch, spec.dtype or best_dtype(device, size(folder)))}
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        if getattr(processor, "image_processor", None) is None or not processor.chat_template:
            raise UsageError(
                f"{spec.model}: it cannot be shown pictures in a conversation (image processor or chat template is"
                " absent); take the instruction-tuned version of an image-text-to-text model"
            )
        model = AutoModelForImageTextToText.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, **how
        ).eval()
        if spec.adapter:
            _require("peft")
            model.load_adapter(str(located(spec.adapter)))
        if not spec.load:
            model = model.to(device)
    except ImportError as error:  # some processors ask for small packages of their own
        raise MissingExtra(f"what {spec.model} needs ({str(error).strip().splitlines()[0]})", EXTRA) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise UsageError(f"{spec.model} does not fit into the memory of {device}; {SMALLER}") from error
        first = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise UsageError(
            f"{spec.model}: transformers {transformers.__version__} cannot load it as an image-text-to-text model"
            f" ({first})"
        ) from error
    finally:
        if bars:
            logging.enable_progress_bar()
    for habit in ("temperature", "top_p", "top_k", "min_p"):  # of sampling; here the likeliest word is taken
        setattr(model.generation_config, habit, None)
    dtype = spec.load or str(model.dtype).removeprefix("torch.")
    name = label(spec.model, folder) + (f"+{label(spec.adapter, located(spec.adapter))}" if spec.adapter else "")
    return Loaded(model, processor, f"{name}, {dtype}", str(model.device), dtype)


def located(name: str) -> Path:
    """The folder that holds a model: the one that is named, or that of the hub's cache, fetched if need be.

    Raises:
        MissingExtra: it is neither here nor could it be fetched.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if name.startswith(("/", ".", "~")):
        raise UsageError(f"{name}: there is no such folder")
    _require("huggingface_hub")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=_FILES))
    except (OSError, ValueError) as error:  # offline, no network, no such repository, no access
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
        raise MissingExtra(f"{name} ({type(error).__name__}: {first})", f"hf download {name}") from error


def label(name: str, folder: Path) -> str:
    """The name with what tells its content: the commit in the hub's cache, else a digest of a sample of its files."""
    if folder.parent.name == "snapshots":
        return f"{name}@{folder.name[:12]}"
    digest = hashlib.sha256()
    for file in sorted(f for f in folder.iterdir() if f.suffix in (".json", ".safetensors", ".jinja")):
        with file.open("rb") as content:
            length = file.stat().st_size
            digest.update(f"{file.name}:{length}:".encode() + content.read(_SAMPLE))
            content.seek(max(0, length - _SAMPLE))
            digest.update(content.read(_SAMPLE))
    return f"{folder.resolve().name}@{digest.hexdigest()[:12]}"


def size(folder: Path) -> int:
    """Bytes of the weights as they lie on the disk."""
    return sum(f.stat().st_size for f in folder.glob("*.safetensors"))


def machine() -> str:
    """Whether and how vision-language models can run on this machine, in words. Fetches and loads nothing."""
    absent = [name for name in PACKAGES if find_spec(name) is None]
    if absent:
        return f"cannot run: {', '.join(absent)} missing; get them with: {EXTRA}"
    import torch

    device = best_device()
    free = torch.cuda.mem_get_info()[0] if device == "cuda" else free_memory()
    half = "float16" if device == "mps" else "bfloat16"
    sizes = [(half, 2.0)] if device != "cpu" else [("float32", 4.0), (half, 2.0)]
    if device == "cuda" and find_spec("bitsandbytes"):
        sizes.append(("4 bits (?load=4bit)", 0.6))
    room = " or ".join(f"{free * FILLED / each / 1e9:.1f} in {name}" for name, each in sizes)
    pace = "; a processor is slow, so take a small one" if device == "cpu" else ""
    memory = f"{free / 2**30:.0f} GB of memory are free"
    return f"can run on {device}: {memory}, room for about {room} (billion parameters){pace}"


def best_device() -> str:
    """cuda, mps or cpu, the first that is there."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(device: str, stored: int) -> str:
    """bfloat16 on CUDA (float16 on old cards), float16 on MPS; on a processor float32 if twice what is stored, since
    most weights are stored by two bytes, leaves a third of the free memory, else bfloat16."""
    import torch

    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    if device.startswith("mps"):
        return "float16"
    return "float32" if 3 * stored < free_memory() else "bfloat16"


def free_memory() -> int:
    """Bytes of main memory that are free for use, or all of it where the system does not tell."""
    try:
        rows = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        return int(rows["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        names = getattr(os, "sysconf_names", {})
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_PHYS_PAGES" in names else 2**34


def _quantised(device: str) -> dict[str, Any]:
    _require("bitsandbytes", "accelerate")
    if not device.startswith("cuda"):
        raise UsageError("load=4bit needs a CUDA device; leave it out here")
    import torch
    from transformers import BitsAndBytesConfig

    half = getattr(torch, best_dtype(device, 0))
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=half)
    return {"quantization_config": config, "dtype": half, "device_map": {"": device}}


def _require(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            hint = f"pip install {package}" if package in ("bitsandbytes", "accelerate") else EXTRA
            raise MissingExtra(package, hint)
