"""The encoder and its heads, in plain PyTorch.

A BERT encoder for inference and fine-tuning takes few lines, so newsnorm reads the pretrained weights from their
safetensors file and needs no model library. The parameters have the names in the file
(``encoder.layer.0.attention.self.query.weight``), so `load_state_dict` loads them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from newsnorm.labels import HEAD_SIZES


class _Projections(nn.Module):
    """Query, key and value: three layers in the pretrained file, one matrix product here."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, length, width)`` to ``(batch, length, 3 * width)``."""
        return F.linear(x, *self.joined())

    def joined(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the joint product."""
        layers = (self.query, self.key, self.value)
        return torch.cat([one.weight for one in layers]), torch.cat([one.bias for one in layers])


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> Tensor:
    """Compute attention with plain matrix products.

    The fused kernel needs less memory, but its backward pass is slow: on two cores with bf16 products, four layers with
    windows of 256 train on 4,600 subwords a second with it and on 6,000 with plain products.
    """
    scores = query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)
    if bias is not None:
        scores = scores + bias
    mixed: Tensor = scores.float().softmax(-1).to(value.dtype) @ value
    return mixed


class _Residual(nn.Module):
    """A projection with a residual connection and a layer norm."""

    def __init__(self, inner: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, width)
        self.LayerNorm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, hidden: Tensor, x: Tensor) -> Tensor:
        """Map ``(batch, length, inner)`` and ``(batch, length, width)`` to the latter."""
        out: Tensor = self.LayerNorm(self.dense(hidden) + x)
        # Autocast computes the norm in float32; back in bf16, a layer moves half as many bytes.
        return out.to(hidden.dtype)


class Attention(nn.Module):
    """Self-attention with its residual connection."""

    def __init__(self, width: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.self: _Projections | nn.Linear = _Projections(width)
        self.output = _Residual(width, width, epsilon)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """Map ``(batch, length, width)`` to the same shape; *bias* is ``(1, heads, length, length)``, or none."""
        batch, length, width = x.shape
        query, key, value = self.self(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        attend = _attend if self.training and x.device.type == "cpu" else F.scaled_dot_product_attention
        mixed = attend(query, key, value, bias).transpose(1, 2).reshape(batch, length, width)
        out: Tensor = self.output(mixed, x)
        return out

    def fuse(self) -> None:
        """Replace query, key and value by one layer, because the quantiser skips weights concatenated in the graph."""
        if isinstance(self.self, _Projections):
            weight, bias = self.self.joined()
            fused = nn.Linear(weight.shape[1], weight.shape[0])
            fused.weight, fused.bias = nn.Parameter(weight), nn.Parameter(bias)
            self.self = fused


class _Dense(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, inner)


class Layer(nn.Module):
    """One transformer layer: self-attention and feed-forward, each with a residual and a layer norm after it."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads, epsilon)
        self.intermediate = _Dense(width, inner)
        self.output = _Residual(inner, width, epsilon)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """Map ``(batch, length, width)`` to the same shape; for *bias* see `Attention`."""
        x = self.attention(x, bias)
        out: Tensor = self.output(F.gelu(self.intermediate.dense(x)), x)
        return out


class _Embeddings(nn.Module):
    def __init__(self, vocabulary: int, positions: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(positions, width)
        self.token_type_embeddings = nn.Embedding(2, width)
        self.LayerNorm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, ids: Tensor) -> Tensor:
        """Map ``(batch, length)`` to ``(batch, length, width)``; all text is of the first type."""
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.word_embeddings(ids) + self.position_embeddings(positions) + self.token_type_embeddings.weight[0]
        out: Tensor = self.LayerNorm(x)
        return out


class _RelativePositionBias(nn.Module):
    """The bias that MPNet adds to each head's attention scores, by the distance between two subwords in buckets."""

    def __init__(self, buckets: int, heads: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(buckets, heads))

    def forward(self, length: int) -> Tensor:
        """Look up the bias of all pairs of *length* subwords, shape ``(1, heads, length, length)``; it is not trained.

        Rows are padded to a multiple of eight, as the fused kernel requires, and sliced to *length*.
        """
        at = torch.arange(-(-length // 8) * 8, device=self.weight.device)
        with torch.no_grad():
            found = self.weight[_bucket(at[None, :] - at[:length, None], len(self.weight))]
            if torch.is_autocast_enabled(found.device.type):
                found = found.to(torch.get_autocast_dtype(found.device.type))
        return found.permute(2, 0, 1).contiguous()[None, ..., :length]


def _bucket(distances: Tensor, buckets: int, *, furthest: int = 128) -> Tensor:
    """Return the bucket of each distance: half for each side; the nearest distances have one each, others share."""
    half = buckets // 2
    near = half // 2
    far = distances.abs()
    wide = near + (torch.log(far.clamp(min=1) / near) / math.log(furthest / near) * (half - near)).long()
    return torch.where(far < near, far, wide.clamp(max=half - 1)) + half * (distances > 0)


class _Encoder(nn.Module):
    def __init__(self, layers: Iterable[Layer], buckets: int, heads: int) -> None:
        super().__init__()
        self.layer = nn.ModuleList(layers)
        if buckets:
            self.relative_attention_bias = _RelativePositionBias(buckets, heads)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, length, width)`` to the same shape."""
        bias = self.relative_attention_bias(x.shape[1]) if hasattr(self, "relative_attention_bias") else None
        for layer in self.layer:
            x = layer(x, bias)
        return x


class Network(nn.Module):
    """Encoder and heads: maps subword ids to a row of scores (natural-log odds up to a constant) for each subword."""

    def __init__(
        self,
        *,
        vocabulary: int,
        width: int,
        inner: int,
        layers: int,
        heads: int,
        positions: int = 512,
        epsilon: float = 1e-12,
        buckets: int = 0,
    ) -> None:
        super().__init__()
        #: The arguments, saved in checkpoints to rebuild the network.
        self.shape: dict[str, Any] = {"vocabulary": vocabulary, "width": width, "inner": inner, "layers": layers}
        self.shape |= {"heads": heads, "positions": positions, "epsilon": epsilon, "buckets": buckets}
        self.embeddings = _Embeddings(vocabulary, positions, width, epsilon)
        self.encoder = _Encoder((Layer(width, inner, heads, epsilon) for _ in range(layers)), buckets, heads)
        # A gap lies between two words: its scores come from the last subword before it and the first one after it.
        self.here = nn.Linear(width, sum(HEAD_SIZES.values()))
        self.next = nn.Linear(width, sum(HEAD_SIZES.values()), bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Score *ids*; all subwords of a window attend to each other.

        Args:
            ids: int64, shape ``(batch, length)``.

        Returns:
            float, shape ``(batch, length, sum(HEAD_SIZES.values()))``.
        """
        x = self.encoder(self.embeddings(ids))
        after = F.pad(x[:, 1:], (0, 0, 0, 1))
        out: Tensor = self.here(x) + self.next(after)
        return out


def load_pretrained(folder: Path, *, layers: int | None = None) -> Network:
    """Build a network from a folder with ``config.json`` and ``model.safetensors``, keeping the first *layers*.

    The encoder is a BERT, or an MPNet with BERT's vocabulary, whose network then takes BERT's ids.
    """
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "model.safetensors")
    if config.get("model_type") == "mpnet":
        weights = _as_bert(weights, (folder / "vocab.txt").read_text(encoding="utf-8").split("\n"))
    vocabulary, width = weights["embeddings.word_embeddings.weight"].shape
    network = Network(
        vocabulary=vocabulary,
        width=width,
        inner=config["intermediate_size"],
        layers=layers or config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        positions=len(weights["embeddings.position_embeddings.weight"]),
        epsilon=config["layer_norm_eps"],
        buckets=config.get("relative_attention_num_buckets", 0),
    )
    wanted = {name: weights[name] for name in network.state_dict() if name in weights}
    missing = [name for name in network.state_dict() if name not in wanted and not name.startswith(("here", "next"))]
    if missing:
        raise ValueError(f"{folder} lacks the weights {missing[:3]} (of {len(missing)}): is it a BERT encoder?")
    network.load_state_dict(wanted, strict=False)
    return network


#: MPNet's names for the parts of a layer, and BERT's.
_RENAMED = {
    "attention.attn.q.": "attention.self.query.",
    "attention.attn.k.": "attention.self.key.",
    "attention.attn.v.": "attention.self.value.",
    "attention.attn.o.": "attention.output.dense.",
    "attention.LayerNorm.": "attention.output.LayerNorm.",
}
#: The special tokens of BERT, and those of MPNet with the same function, which precede BERT's vocabulary.
_SPECIAL_TOKENS = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}


def _as_bert(weights: Mapping[str, Tensor], vocabulary: Sequence[str]) -> dict[str, Tensor]:
    """Return the weights of an MPNet with the names and in the order of BERT."""
    named = {}
    for name, value in weights.items():
        for theirs, ours in _RENAMED.items():
            name = name.replace(theirs, ours)
        named[name] = value
    words, first = named["embeddings.word_embeddings.weight"], vocabulary.index("[PAD]")
    table = words[first : vocabulary.index("<mask>")].clone()
    for ours, theirs in _SPECIAL_TOKENS.items():
        table[vocabulary.index(ours) - first] = words[vocabulary.index(theirs)]
    named["embeddings.word_embeddings.weight"] = table
    # MPNet counts positions from the one after the padding position, 1.
    named["embeddings.position_embeddings.weight"] = named["embeddings.position_embeddings.weight"][2:]
    # MPNet has no token types.
    named["embeddings.token_type_embeddings.weight"] = torch.zeros(2, words.shape[1])
    return named
