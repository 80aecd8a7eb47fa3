"""Tiny vision-language models with random weights, of the very classes that users load, with processors and tokenizers
made here: nothing comes from a hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalverse.tools.likeness._torchvision import importable

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% for p in m['content'] %}{% if p['type'] == 'image' %}PICTURE{% else %}{{ p['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system message, please') }}{% endif %}"

TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 32768,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
EYE = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
SMALL = {"height": 28, "width": 28}

Pair = tuple[Any, Any]


def save(kind: str, folder: Path, spread: float = 0.02, seed: int = 0, template: str = CHATML) -> Path:
    """A model of this kind with its processor, saved as the hub holds them.

    Args:
        spread: standard deviation of the weights; at 0.2 the model is as decided as a trained one, about nothing.
    """
    importable()
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.manual_seed(seed)
    model, processor = KINDS[kind]()
    if spread != 0.02:
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.data.normal_(0, spread)
    processor.chat_template = template.replace("PICTURE", processor.chat_template)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _tokens(*extra: str, **named: str) -> Any:
    """Byte-level BPE that knows a few words whole; ``named`` are tokens that a processor asks for by attribute."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>", *extra],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator([" Yes yes No no Yes yes No no" * 50, "the clip frame evidence shot " * 40], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=named or None,
    )


def _qwen25() -> Pair:
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLVideoProcessor,
    )

    eye = {"depth": 2, "out_hidden_size": 32, "patch_size": 14, "fullatt_block_indexes": [1], "window_size": 56}
    return _qwen(Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor, Qwen2VLVideoProcessor, eye)


def _qwen3() -> Pair:
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor, Qwen3VLVideoProcessor

    eye = {"depth": 2, "out_hidden_size": 32, "patch_size": 16, "deepstack_visual_indexes": [0]}
    eye["num_position_embeddings"] = 16
    return _qwen(Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor, Qwen3VLVideoProcessor, eye)


def _qwen(config: Any, model: Any, processor: Any, video: Any, eye: dict[str, Any]) -> Pair:
    from transformers import Qwen2VLImageProcessor

    names = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokens = _tokens(*names)
    start, end, picture, film = (tokens.convert_tokens_to_ids(name) for name in names)
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}
    made = config(
        text_config={**TEXT, "vocab_size": len(tokens), "rope_parameters": rope},
        vision_config={"hidden_size": 32, "intermediate_size": 48, "num_heads": 2, **eye},
        image_token_id=picture,
        video_token_id=film,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    sizes = {"shortest_edge": 32 * 32, "longest_edge": 160 * 160}
    images = Qwen2VLImageProcessor(patch_size=eye["patch_size"], size=sizes)
    films = video(patch_size=eye["patch_size"])
    return model(made), processor(images, tokens, films, chat_template="<|vision_start|><|image_pad|><|vision_end|>")


def _idefics() -> Pair:
    """Pictures in tiles; also the class of the first SmolVLM."""
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    images = Idefics3ImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    tokens, config = _tiled(Idefics3Config)
    return Idefics3ForConditionalGeneration(config), Idefics3Processor(
        images, tokens, image_seq_len=4, chat_template="<image>"
    )


def _smolvlm() -> Pair:
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    size = {"size": {"longest_edge": 64}, "max_image_size": {"longest_edge": 32}}
    images, films = SmolVLMImageProcessor(**size), SmolVLMVideoProcessor(**size)
    tokens, config = _tiled(SmolVLMConfig)
    return SmolVLMForConditionalGeneration(config), SmolVLMProcessor(
        images, tokens, films, image_seq_len=4, chat_template="<image>"
    )


def _tiled(config: Any) -> Pair:
    """Tokens and configuration of the two."""
    tiles = [f"<row_{r}_col_{c}>" for r in range(1, 7) for c in range(1, 7)]
    tokens = _tokens("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", *tiles)
    return tokens, config(
        text_config={**TEXT, "model_type": "llama", "vocab_size": len(tokens)},
        vision_config={**EYE, "image_size": 32, "patch_size": 8},
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=0,
    )


def _internvl() -> Pair:
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokens = _tokens(*named.values(), **named)
    config = InternVLConfig(
        text_config={**TEXT, "model_type": "qwen2", "vocab_size": len(tokens)},
        vision_config={**EYE, "image_size": [28, 28], "patch_size": [7, 7]},
        image_token_id=tokens.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    images, films = GotOcr2ImageProcessor(size=SMALL, crop_to_patches=False), InternVLVideoProcessor(size=SMALL)
    processor = InternVLProcessor(images, tokens, films, image_seq_length=4, chat_template="<IMG_CONTEXT>")
    return InternVLForConditionalGeneration(config), processor


def _onevision() -> Pair:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
    )

    tokens = _tokens("<image>", "<video>")
    grids = [[28, 28], [28, 56], [56, 28]]
    eye = {"model_type": "siglip_vision_model", "image_size": 28, "patch_size": 7, "vision_use_head": False}
    config = LlavaOnevisionConfig(
        text_config={**TEXT, "model_type": "qwen2", "vocab_size": len(tokens)},
        vision_config={**EYE, **eye},
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        video_token_id=tokens.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grids,
    )
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size=SMALL, image_grid_pinpoints=grids),
        tokens,
        LlavaOnevisionVideoProcessor(size=SMALL),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template="<image>",
    )
    return LlavaOnevisionForConditionalGeneration(config), processor


def _gemma() -> Pair:
    """Pictures are read in both directions, and every other layer sees only a sliding window."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3ImageProcessor, Gemma3Processor

    named = {
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
    }
    tokens = _tokens(*named.values(), **named)
    start, end, picture = (tokens.convert_tokens_to_ids(name) for name in named.values())
    tokens.image_token_id = picture
    layers = {"sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"]}
    config = Gemma3Config(
        text_config={**TEXT, "vocab_size": len(tokens), **layers},
        vision_config={**EYE, "image_size": 28, "patch_size": 7},
        mm_tokens_per_image=4,
        boi_token_index=start,
        eoi_token_index=end,
        image_token_index=picture,
    )
    images = Gemma3ImageProcessor(size=SMALL)
    processor = Gemma3Processor(images, tokens, image_seq_length=4, chat_template="<start_of_image>")
    return Gemma3ForConditionalGeneration(config), processor


KINDS: dict[str, Callable[[], Pair]] = {
    "qwen2.5-vl": _qwen25,
    "qwen3-vl": _qwen3,
    "idefics3": _idefics,
    "smolvlm": _smolvlm,
    "internvl": _internvl,
    "llava-onevision": _onevision,
    "gemma3": _gemma,
}
