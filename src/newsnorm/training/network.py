"""The encoder and its heads, in plain PyTorch.

A BERT encoder is forty lines once nothing but inference and fine-tuning is asked of it, so newsnorm reads the
pretrained weights straight from their safetensors file and needs no model library. The parameter names are those of
the file (``encoder.layer.0.attention.self.query.weight``), which makes loading a plain ``load_state_dict``.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from newsnorm.labels import HEAD_SIZES


class Layer(nn.Module):
    """One transformer layer: self-attention and feed-forward, each with a residual and a layer norm after it."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")}),
                "output": nn.ModuleDict(
                    {"dense": nn.Linear(width, width), "LayerNorm": nn.LayerNorm(width, eps=epsilon)}
                ),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, inner)})
        self.output = nn.ModuleDict({"dense": nn.Linear(inner, width), "LayerNorm": nn.LayerNorm(width, eps=epsilon)})

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        project = self.attention["self"]
        query, key, value = (
            project[name](x).view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        out = self.attention["output"]
        x = out["LayerNorm"](out["dense"](mixed) + x)
        hidden = F.gelu(self.intermediate["dense"](x))
        return self.output["LayerNorm"](self.output["dense"](hidden) + x)


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
        self.shape = {
            "vocabulary": vocabulary,
            "width": width,
            "inner": inner,
            "layers": layers,
            "heads": heads,
            "positions": positions,
            "epsilon": epsilon,
        }
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(vocabulary, width),
                "position_embeddings": nn.Embedding(positions, width),
                "token_type_embeddings": nn.Embedding(2, width),
                "LayerNorm": nn.LayerNorm(width, eps=epsilon),
            }
        )
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList(Layer(width, inner, heads, epsilon) for _ in range(layers))}
        )
        # A gap lies between two words: its scores are read off the last subword before it and the subword after it.
        self.here = nn.Linear(width, sum(HEAD_SIZES.values()))
        self.next = nn.Linear(width, sum(HEAD_SIZES.values()), bias=False)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Score *ids*.

        Args:
            ids: int64, shape ``(batch, length)``.
            mask: Additive attention mask that broadcasts to ``(batch, heads, length, length)``; ``None``, the
                case of all training and packaged inference, means that every subword sees every other.

        Returns:
            float, shape ``(batch, length, sum(HEAD_SIZES.values()))``.
        """
        table = self.embeddings
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = table["word_embeddings"](ids) + table["position_embeddings"](positions)
        x = table["LayerNorm"](x + table["token_type_embeddings"].weight[0])
        for layer in self.encoder["layer"]:
            x = layer(x, mask)
        after = F.pad(x[:, 1:], (0, 0, 0, 1))
        return self.here(x) + self.next(after)


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
