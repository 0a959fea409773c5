"""Converts an exported model back to a network, to continue training from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from newsnorm.training.network import Network, load_pretrained

#: The matrix products of a layer, in the order of the graph.
_PRODUCTS = ("attention.self", "attention.output.dense", "intermediate.dense", "output.dense")


def load_quantised(path: Path, encoder: Path, *, layers: int) -> Network:
    """
    Build the network of a ``model.onnx`` that `export.quantise` wrote, as precisely as its int8 weights allow.

    Its shape is that of the pretrained *encoder*, with *layers* layers.
    """
    graph = onnx.load(path).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def weights(name: str) -> Tensor:
        whole = values[f"{name}_quantized"].astype(np.float32) - values[f"{name}_zero_point"]
        return torch.from_numpy((whole * values[f"{name}_scale"]).astype(np.float32))

    # Biases, layer norms and embeddings keep their names; products are identified by their order.
    kept = {name: value.copy() for name, value in values.items() if name.endswith((".weight", ".bias"))}
    state = {name: torch.from_numpy(value) for name, value in kept.items()}
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
    # The exported model keeps only one of the two token types of the encoder, the one in use.
    types = network.embeddings.token_type_embeddings.weight.detach().clone()
    types[0] = torch.from_numpy(values["select"].copy())
    network.load_state_dict(state | {"embeddings.token_type_embeddings.weight": types})
    return network
