"""The encoder and its heads, in plain PyTorch.

A BERT encoder is forty lines once nothing but inference and fine-tuning is asked of it, so newsnorm reads the
pretrained weights straight from their safetensors file and needs no model library. The parameter names are those of
the file (``encoder.layer.0.attention.self.query.weight``), which makes loading a plain ``load_state_dict``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, nn

from newsnorm.labels import HEAD_SIZES


class _Projections(nn.Module):
    """Query, key and value: three layers in the pretrained file, one product here."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, length, width)`` to ``(batch, length, 3 * width)``."""
        return F.linear(x, *self.joined())

    def joined(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the one product."""
        layers = (self.query, self.key, self.value)
        return torch.cat([one.weight for one in layers]), torch.cat([one.bias for one in layers])


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attend by plain products.

    The fused kernel holds less, but takes its time on the way back: on two cores with bf16 products, four layers of
    windows of 256 train on 4,600 subwords a second with it and on 6,000 with these.
    """
    scores = query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)
    mixed: Tensor = scores.float().softmax(-1).to(value.dtype) @ value
    return mixed


class _Residual(nn.Module):
    """A projection, added to what it came from and normalised."""

    def __init__(self, inner: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, width)
        self.LayerNorm = nn.LayerNorm(width, eps=epsilon)

    def forward(self, hidden: Tensor, x: Tensor) -> Tensor:
        """Map ``(batch, length, inner)`` and ``(batch, length, width)`` to the latter."""
        out: Tensor = self.LayerNorm(self.dense(hidden) + x)
        return out


class Attention(nn.Module):
    """Self-attention with its residual."""

    def __init__(self, width: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.self: _Projections | nn.Linear = _Projections(width)
        self.output = _Residual(width, width, epsilon)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, length, width)`` to the same shape."""
        batch, length, width = x.shape
        query, key, value = self.self(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        attend = _attend if self.training and x.device.type == "cpu" else F.scaled_dot_product_attention
        mixed = attend(query, key, value).transpose(1, 2).reshape(batch, length, width)
        out: Tensor = self.output(mixed, x)
        return out

    def fuse(self) -> None:
        """Store query, key and value as the one product they are.

        A quantiser leaves alone a weight that is put together in the graph.
        """
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

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, length, width)`` to the same shape."""
        x = self.attention(x)
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


class _Encoder(nn.Module):
    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self.layer = nn.ModuleList(layers)


class Network(nn.Module):
    """Encoder and heads: subword ids in, one row of scores (natural-log odds up to a constant) a subword out."""

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
    ) -> None:
        super().__init__()
        #: What the network was built with, so that a checkpoint can build it again.
        self.shape: dict[str, Any] = {
            "vocabulary": vocabulary,
            "width": width,
            "inner": inner,
            "layers": layers,
            "heads": heads,
            "positions": positions,
            "epsilon": epsilon,
        }
        self.embeddings = _Embeddings(vocabulary, positions, width, epsilon)
        self.encoder = _Encoder(Layer(width, inner, heads, epsilon) for _ in range(layers))
        # A gap lies between two words: its scores are read off the last subword before it and the subword after it.
        self.here = nn.Linear(width, sum(HEAD_SIZES.values()))
        self.next = nn.Linear(width, sum(HEAD_SIZES.values()), bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Score *ids*: every subword sees every other of its window.

        Args:
            ids: int64, shape ``(batch, length)``.

        Returns:
            float, shape ``(batch, length, sum(HEAD_SIZES.values()))``.
        """
        x = self.embeddings(ids)
        for layer in self.encoder.layer:
            x = layer(x)
        after = F.pad(x[:, 1:], (0, 0, 0, 1))
        out: Tensor = self.here(x) + self.next(after)
        return out


def load_pretrained(folder: Path, *, layers: int | None = None) -> Network:
    """Build a network from a folder with ``config.json`` and ``model.safetensors``, keeping the first *layers*."""
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = Network(
        vocabulary=config["vocab_size"],
        width=config["hidden_size"],
        inner=config["intermediate_size"],
        layers=layers or config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        positions=config["max_position_embeddings"],
        epsilon=config["layer_norm_eps"],
    )
    weights = load_file(folder / "model.safetensors")
    wanted = {name: weights[name] for name in network.state_dict() if name in weights}
    missing = [name for name in network.state_dict() if name not in wanted and not name.startswith(("here", "next"))]
    if missing:
        raise ValueError(f"{folder} lacks the weights {missing[:3]} (of {len(missing)}): is it a BERT encoder?")
    network.load_state_dict(wanted, strict=False)
    return network


#: The products of a layer, in the order in which a text meets them.
_PRODUCTS = ("attention.self", "attention.output.dense", "intermediate.dense", "output.dense")


def load_quantised(path: Path, encoder: Path, *, layers: int) -> Network:
    """
    Build the network of an exported ``model.onnx``, as near as its int8 weights tell, to go on training from.

    Args:
        path: What `export.quantise` wrote.
        encoder: Folder of the pretrained encoder that the model was made from, for its shape.
        layers: How many of its layers the model has.
    """
    graph = onnx.load(path).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def weights(name: str) -> Tensor:
        whole = values[f"{name}_quantized"].astype(np.float32) - values[f"{name}_zero_point"]
        return torch.from_numpy((whole * values[f"{name}_scale"]).astype(np.float32))

    # Biases, layer norms and lookups keep their names; a product is known by where it stands.
    state = {name: torch.from_numpy(value.copy()) for name, value in values.items() if name.endswith((".weight", ".bias"))}
    for table in ("word_embeddings", "position_embeddings"):
        state[f"embeddings.{table}.weight"] = weights(f"embeddings.{table}.weight")
    names = [f"encoder.layer.{i}.{product}" for i in range(layers) for product in _PRODUCTS] + ["here", "next"]
    products = [node.input[1].removesuffix("_quantized") for node in graph.node if node.op_type == "MatMulInteger"]
    for name, product in zip(names, products, strict=True):
        state[f"{name}.weight"] = weights(product).T.contiguous()
    for i in range(layers):
        at = f"encoder.layer.{i}.attention.self"
        for kind in ("weight", "bias"):
            for part, one in zip(("query", "key", "value"), state.pop(f"{at}.{kind}").chunk(3), strict=True):
                state[f"{at}.{part}.{kind}"] = one.clone()
    network = load_pretrained(encoder, layers=layers)
    # Of the two types of text that the encoder knows, a model keeps the one that it uses.
    types = network.embeddings.token_type_embeddings.weight.detach().clone()
    types[0] = torch.from_numpy(values["select"].copy())
    network.load_state_dict(state | {"embeddings.token_type_embeddings.weight": types})
    return network
