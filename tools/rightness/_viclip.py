# mypy: disable-error-code="misc"
"""ViCLIP's network, to read its published weights: eight frames and a text as vectors in one space.

CLIP ViT-L/14 whose image tower attends over the patches of all frames at once, with a learned place in time added to
each patch; a text tower that reads 32 tokens (Wang et al., InternVid, ICLR 2024). Names of layers are those of the
published checkpoint. Only what VBench uses is here: no masking, no training.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the towers; the defaults are those of the published weights."""

    frames: int = 8
    side: int = 224
    patch: int = 14
    width: int = 1024
    layers: int = 24
    heads: int = 16
    words: int = 49408
    tokens: int = 32
    text_width: int = 768
    text_layers: int = 12
    text_heads: int = 12
    out: int = 768


class QuickGELU(nn.Module):
    """OpenAI's approximation of GELU."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    """One layer: attention, then two linear layers, each on what a norm makes of the stream, added to it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        layers = {"c_fc": nn.Linear(width, 4 * width), "gelu": QuickGELU(), "c_proj": nn.Linear(4 * width, width)}
        self.mlp = nn.Sequential(OrderedDict(layers))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        seen = self.ln_1(x)
        x = x + self.attn(seen, seen, seen, need_weights=False, attn_mask=mask)[0]
        return cast(Tensor, x + self.mlp(self.ln_2(x)))


class Transformer(nn.Module):
    """Blocks in a row."""

    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        for block in self.resblocks:
            x = block(x, mask)
        return x


class Vision(nn.Module):
    """(B, 3, T, side, side) in CLIP's units to (B, out)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size = (1, shape.patch, shape.patch)
        self.conv1 = nn.Conv3d(3, shape.width, size, size, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(shape.width))
        self.positional_embedding = nn.Parameter(torch.zeros((shape.side // shape.patch) ** 2 + 1, shape.width))
        self.temporal_positional_embedding = nn.Parameter(torch.zeros(1, shape.frames, shape.width))
        self.ln_pre, self.ln_post = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.transformer = Transformer(shape.width, shape.layers, shape.heads)
        self.proj = nn.Parameter(torch.zeros(shape.width, shape.out))

    def forward(self, x: Tensor) -> Tensor:
        patches = self.conv1(x).flatten(3).permute(0, 2, 3, 1)  # (B, T, P, W)
        patches = patches + self.positional_embedding[1:] + self.temporal_positional_embedding[:, :, None]
        first = (self.class_embedding + self.positional_embedding[0]).expand(len(x), 1, -1)
        stream = torch.cat([first, patches.flatten(1, 2)], 1)  # (B, 1 + T P, W)
        return cast(Tensor, self.ln_post(self.transformer(self.ln_pre(stream)))[:, 0] @ self.proj)


class Text(nn.Module):
    """(B, tokens) of CLIP's vocabulary to (B, out): what stands at the end-of-text token, the highest of all."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(shape.words, shape.text_width)
        self.positional_embedding = nn.Parameter(torch.zeros(shape.tokens, shape.text_width))
        self.transformer = Transformer(shape.text_width, shape.text_layers, shape.text_heads)
        self.ln_final = nn.LayerNorm(shape.text_width)
        self.text_projection = nn.Parameter(torch.zeros(shape.text_width, shape.out))

    def forward(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        ahead = torch.full((length, length), float("-inf"), device=tokens.device).triu(1)  # no word sees the next
        stream = self.transformer(self.token_embedding(tokens) + self.positional_embedding, ahead)
        ends = tokens.argmax(-1)
        return cast(Tensor, self.ln_final(stream)[torch.arange(len(tokens)), ends] @ self.text_projection)


class ViClip(nn.Module):
    """Both towers."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.vision_encoder, self.text_encoder = Vision(shape), Text(shape)
        self.temp = nn.Parameter(torch.zeros([]))  # of training; read so that a checkpoint fits exactly

    def likeness(self, frames: Tensor, tokens: Tensor) -> float:
        """Cosine of (T, 3, side, side) frames and (tokens,) of a text."""
        seen = self.vision_encoder(frames.transpose(0, 1)[None])
        read = self.text_encoder(tokens[None])
        return float(nn.functional.cosine_similarity(seen.float(), read.float())[0])
