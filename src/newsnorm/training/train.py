"""The training loop: batches of a mixture, checkpoints, exact resumption."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from attrs import asdict, frozen
from torch import Tensor

from newsnorm.labels import HEAD_SIZES
from newsnorm.training.corpus import MASK
from newsnorm.training.mixture import Mixture
from newsnorm.training.network import Network


@frozen
class Settings:
    """What a training run is made of; saved with every checkpoint."""

    subwords: int = 30_000_000
    #: Stop, with the learning rate brought down to nothing, after this many hours at the latest.
    hours: float = 1000.0
    batch: int = 8
    window: int = 256
    learning_rate: float = 4e-4
    warmup: int = 300
    #: Share of the run over which the learning rate falls to nothing. If it is less than 1, a run can be made longer
    #: afterwards, from a checkpoint of before the fall, and has lost nothing.
    cooldown: float = 1.0
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 1
    #: Share of the steps that see single sentences and not windows of articles.
    sentences: float = 0.1
    #: Checksum of the model whose weights the run begins with, and the subwords that it had seen; of none, the
    #: pretrained encoder's.
    start: str = ""
    before: int = 0


def losses(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each head over the words that teach it; shape ``(n_heads,)``, in nats."""
    parts, found = [], []
    for head, part in enumerate(scores.split(list(HEAD_SIZES.values()), dim=-1)):
        target = labels[..., head].reshape(-1)
        total = F.cross_entropy(part.reshape(len(target), -1).float(), target, ignore_index=MASK, reduction="sum")
        parts.append(total)
        found.append((target != MASK).sum().clamp(min=1))
    return torch.stack(parts) / torch.stack(found)


def rate(settings: Settings, step: int, done: float) -> float:
    """Learning rate: a linear rise over the warm-up, and a linear fall to nothing when *done* reaches 1."""
    risen, left = (step + 1) / settings.warmup, (1.0 - done) / settings.cooldown
    return settings.learning_rate * min(1.0, risen) * max(0.0, min(1.0, left))


def train(network: Network, mixture: Mixture, settings: Settings, folder: Path, *, device: str = "cpu") -> None:
    """Train *network*, resuming from ``checkpoint.pt`` in *folder* if there is one; write ``final.pt`` at the end.

    Args:
        network: Pretrained encoder with fresh heads; changed in place.
        mixture: Where the windows come from.
        settings: Length, batch, learning rate.
        folder: Checkpoints (every ten minutes), the log ``log.jsonl`` and the result.
        device: ``"cpu"`` or ``"cuda"``; both use bf16 autocast where the processor has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.to(device).train()
    optimiser = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=settings.weight_decay,
        fused=True,
    )
    step, seen, spent = _resume(folder, network, optimiser, device)
    bf16 = device == "cuda" or _has_bf16()
    begun = saved = logged = time.monotonic()
    recent: list[Tensor] = []
    while True:
        elapsed = spent + time.monotonic() - begun
        done = max(seen / settings.subwords, elapsed / 3600 / settings.hours)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = rate(settings, step, done)
        drawn = mixture.batch(
            step, size=settings.batch, window=settings.window, sentences=settings.sentences, seed=settings.seed
        )
        ids, labels = (torch.from_numpy(part.astype(np.int64)) for part in drawn)
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            scores = network(ids.to(device))
        heads = losses(scores, labels.to(device))
        heads.sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        recent.append(heads.detach())
        step += 1
        seen += ids.numel()
        if step % 100 == 0:
            now = time.monotonic()
            mean = torch.stack(recent).mean(0)
            entry = {
                "step": step,
                "subwords": seen,
                "per_second": round(len(recent) * ids.numel() / (now - logged)),
                "done": round(done, 4),
                "loss": round(float(mean.sum()), 4),
                **{name: round(float(value), 4) for name, value in zip(HEAD_SIZES, mean, strict=True)},
            }
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")
            print(*(f"{key} {value}" for key, value in entry.items()), flush=True)
            recent, logged = [], now
        if time.monotonic() - saved > 600:
            _save(folder / "checkpoint.pt", network, optimiser, settings, step, seen, spent + time.monotonic() - begun)
            saved = time.monotonic()
    _save(folder / "final.pt", network, None, settings, step, seen, spent + time.monotonic() - begun)


def _has_bf16() -> bool:
    """Tell whether bf16 products are fast here: on a processor without them autocast only loses time."""
    capability = torch.backends.cpu.get_cpu_capability()
    return capability.startswith("AVX512") and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _save(
    path: Path,
    network: Network,
    optimiser: torch.optim.Optimizer | None,
    settings: Settings,
    step: int,
    seen: int,
    spent: float,
) -> None:
    state = {
        "network": network.state_dict(),
        "shape": network.shape,
        "optimiser": optimiser.state_dict() if optimiser else None,
        "settings": asdict(settings),
        "step": step,
        "subwords": seen,
        "seconds": spent,
    }
    # Written beside and moved into place, so that a run killed here still has its last checkpoint.
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)


def _resume(folder: Path, network: Network, optimiser: torch.optim.Optimizer, device: str) -> tuple[int, int, float]:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0, 0, 0.0
    state = torch.load(path, map_location=device, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    print(f"resuming {path} at step {state['step']}, {state['subwords']:,} subwords", flush=True)
    return state["step"], state["subwords"], state["seconds"]


def load_network(path: Path, *others: Path) -> tuple[Network, dict[str, Any]]:
    """
    Load a checkpoint: the network, ready to evaluate, and what was saved with it.

    With *others*, the weights are the mean of all, and ``"averaged"`` says how many subwords each had seen. Ends of one
    run, whose learning rate rose again in between, lie around a point that is better than each of them.
    """
    states = [torch.load(one, map_location="cpu", weights_only=True) for one in (path, *others)]
    weights = [state.pop("network") for state in states]
    network = Network(**states[0]["shape"])
    network.load_state_dict({name: torch.stack([each[name] for each in weights]).mean(0) for name in weights[0]})
    if others:
        states[0]["averaged"] = [state["subwords"] for state in states]
    return network.eval(), states[0]
