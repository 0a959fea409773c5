"""Exports a checkpoint as a model folder: ONNX in int8, compared with the float model, with checksums and a card."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
import torch
from attrs import frozen
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from scipy.special import softmax

from newsnorm.labels import HEAD_SIZES
from newsnorm.model.folder import FILES, FORMAT
from newsnorm.training import compounds
from newsnorm.training.network import Attention, Network

#: The outer subwords of a window, which the neighbouring windows score, and their share of a short window. For
#: measurements see docs/explanation/quality.
MARGIN, MARGIN_SHARE = 32, 3 / 32


def to_onnx(network: Network, path: Path) -> None:
    """Write *network* as float ONNX: ``ids`` int64 ``(batch, length)`` as input, ``scores`` as output."""
    network = copy.deepcopy(network).eval()
    for module in network.modules():
        if isinstance(module, Attention):
            module.fuse()
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=network.shape["positions"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own registry
        torch.onnx.export(
            network,
            (torch.randint(0, network.shape["vocabulary"], (2, 64)),),
            path,
            input_names=["ids"],
            output_names=["scores"],
            dynamic_shapes=({0: batch, 1: length},),
            external_data=False,
            verbose=False,
        )


def quantise(source: Path, target: Path) -> None:
    """Quantise weights to int8, one scale per channel.

    Only seven of the eight bits are used: processors without VNNI add two int8 products in 16 bits, which eight bits
    would overflow, and results must be the same on all processors.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


@frozen
class Agreement:
    """How closely the int8 model agrees with the float one."""

    words: int
    #: For each head, the percentage of words with the same likeliest class.
    heads: Mapping[str, float]
    #: Mean absolute difference of the probabilities of the float model's likeliest classes.
    drift: float


def compare(float_path: Path, int8_path: Path, ids: NDArray[np.int64], keep: NDArray[np.bool_]) -> Agreement:
    """Compare two ONNX models on *ids*, int64 ``(n_windows, window)``, at the last subwords of words, *keep*."""
    reference, other = (_run(path, ids)[keep] for path in (float_path, int8_path))
    heads, drifts, begin = {}, [], 0
    for name, size in HEAD_SIZES.items():
        a, b = (softmax(scores[:, begin : begin + size], axis=1) for scores in (reference, other))
        best = a.argmax(axis=1)
        heads[name] = round(100 * float((best == b.argmax(axis=1)).mean()), 3)
        rows = np.arange(len(best))
        drifts.append(float(np.abs(a[rows, best] - b[rows, best]).mean()))
        begin += size
    return Agreement(int(keep.sum()), heads, round(float(np.mean(drifts)), 5))


def _run(path: Path, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    scores: list[NDArray[np.float32]] = [session.run(None, {"ids": row[np.newaxis]})[0] for row in ids]
    return np.concatenate(scores)


def export(
    network: Network, state: Mapping[str, Any], encoder: Path, cache: Path, out: Path, *, window: int | None = None
) -> Agreement:
    """Write the model folder *out* from a network and the *state* saved with it (see `train.load_network`).

    The vocabulary comes from the pretrained *encoder*; word forms, compounds and windows to compare on from the label
    arrays in *cache*. A *window* has as many subwords as the longest used in training; later positions were never
    trained.

    Raises:
        ValueError: The int8 model differs too much from the float one.
    """
    out.mkdir(parents=True, exist_ok=True)
    window = window or max(state["settings"]["windows"])
    with TemporaryDirectory() as folder:
        to_onnx(network, Path(folder) / "float.onnx")
        quantise(Path(folder) / "float.onnx", out / "model.onnx")
        agreement = compare(Path(folder) / "float.onnx", out / "model.onnx", *_sample(cache, window))
    if min(agreement.heads.values()) < 98:
        raise ValueError(f"the int8 model differs too much from the float one: {agreement}")
    shutil.copyfile(encoder / "vocab.txt", out / "vocab.txt")
    shutil.copyfile(cache / "forms.txt", out / "forms.txt")
    (out / "compounds.bin").write_bytes(compounds.count_pairs(cache))
    before = state["settings"].get("before", 0)
    card = {
        "format": FORMAT,
        "heads": dict(HEAD_SIZES),
        "window": window,
        "margin": min(MARGIN, int(MARGIN_SHARE * window)),
        "biases": {},
        "layers": network.shape["layers"],
        "subwords_seen": before + state["subwords"],
        "averaged": [before + subwords for subwords in state.get("averaged", [])],
        "training": state["settings"],
        "int8_agreement": {"words": agreement.words, "percent_same": dict(agreement.heads), "drift": agreement.drift},
        "sha256": {name: _sha256(out / name) for name in FILES},
    }
    (out / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return agreement


def _sample(cache: Path, window: int, *, windows: int = 64) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Take the same number of windows from each source, evenly spaced."""
    paths = sorted(cache.glob("*.npz"))
    ids, keep = [], []
    for path in paths:
        with np.load(path) as arrays:
            row, ends = arrays["ids"], np.zeros(len(arrays["ids"]), bool)
            ends[arrays["ends"]] = True
        for begin in np.linspace(0, len(row) - window, max(1, windows // len(paths)), dtype=int):
            if len(row) >= window:
                ids.append(row[begin : begin + window].astype(np.int64))
                keep.append(ends[begin : begin + window])
    return np.stack(ids), np.stack(keep)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
