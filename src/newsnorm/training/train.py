"""The training loop: batches of a mixture, checkpoints, exact resumption."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from attrs import asdict, frozen
from torch import Tensor

from newsnorm.labels import HEAD_SIZES, heads
from newsnorm.training.corpus import MASK
from newsnorm.training.mixture import Mixture
from newsnorm.training.network import Network

_SIZES = list(HEAD_SIZES.values())
#: Threads that draw batches.
_DRAWING_THREADS = 2


@frozen
class Settings:
    """The settings of a training run; saved with each checkpoint."""

    subwords: int = 30_000_000
    #: Stop after this many hours at the latest, with the learning rate decayed to zero.
    hours: float = 1000.0
    #: Windows per step if they have the first length; more if they are shorter.
    batch: int = 8
    #: Possible lengths of a window, in subwords.
    windows: Sequence[int] = (256,)
    learning_rate: float = 4e-4
    warmup: int = 300
    #: Share of the run over which the learning rate decays to zero. If it is less than 1, a run can be extended without
    #: loss from a checkpoint before the decay.
    cooldown: float = 1.0
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 1
    #: Share of the steps that train on single sentences, not on windows of articles.
    sentences: float = 0.1
    #: Weight of the distillation loss if there is a teacher; the rest is for the loss on the labels.
    distillation_weight: float = 0.75
    #: Checksum of the model whose weights the run starts from, and the subwords it has seen; empty for the pretrained
    #: encoder.
    start: str = ""
    before: int = 0


def losses(scores: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of each head over its unmasked labels; shape ``(n_heads,)``, in nats."""
    parts, found = [], []
    for head, part in enumerate(scores.split(_SIZES, dim=-1)):
        target = labels[..., head].reshape(-1)
        total = F.cross_entropy(part.reshape(len(target), -1).float(), target, ignore_index=MASK, reduction="sum")
        parts.append(total)
        found.append((target != MASK).sum().clamp(min=1))
    return torch.stack(parts) / torch.stack(found)


def distillation_losses(scores: Tensor, teacher_scores: Tensor, labels: Tensor) -> Tensor:
    """
    Return the mean KL divergence of each head from the teacher, over the words; shape ``(n_heads,)``.

    The label of an optional comma is random; the teacher has its probability. Masked labels count, too, such as those
    of a quotation that does not pair, but not the case of sentence-initial words. The teacher was never trained on it,
    and from its guesses a student learned to write ``Nasa said``.
    """
    counted = (labels != MASK).any(-1, keepdim=True).repeat(*[1] * (labels.dim() - 1), labels.shape[-1])
    counted[..., heads.CASE] &= labels[..., heads.CASE] != MASK
    parts = [
        F.kl_div(part.float().log_softmax(-1), given.float().log_softmax(-1), log_target=True, reduction="none").sum(-1)
        for part, given in zip(scores.split(_SIZES, dim=-1), teacher_scores.split(_SIZES, dim=-1), strict=True)
    ]
    counted = counted.flatten(0, -2)
    return (torch.stack(parts, -1).flatten(0, -2) * counted).sum(0) / counted.sum(0).clamp(min=1)


def rate(settings: Settings, step: int, done: float) -> float:
    """Return the learning rate: linear warm-up, then linear decay to zero when *done* reaches 1."""
    risen, left = (step + 1) / settings.warmup, (1.0 - done) / settings.cooldown
    return settings.learning_rate * min(1.0, risen) * max(0.0, min(1.0, left))


class Student:
    """A network in training, and its folder."""

    def __init__(self, network: Network, folder: Path, settings: Settings, device: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.network, self.folder, self.settings = network.to(device).train(), folder, settings
        self.optimiser = torch.optim.AdamW(
            network.parameters(),
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.recent: list[Tensor] = []

    def step(self, ids: Tensor, labels: Tensor, teacher_scores: Tensor | None, rate: float, *, bf16: bool) -> None:
        """Take one optimiser step; *teacher_scores* are the teacher's scores of *ids*, if there is a teacher."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=bf16):
            scores = self.network(ids)
        heads = losses(scores, labels)
        loss = heads.sum()
        if teacher_scores is not None:
            weight = self.settings.distillation_weight
            loss = (1 - weight) * loss + weight * distillation_losses(scores, teacher_scores, labels).sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.recent.append(heads.detach())

    def log(self, **entry: float) -> None:
        """Add a line to the log: *entry* and the mean loss of each head since the previous line."""
        mean = torch.stack(self.recent).mean(0)
        entry["loss"] = round(float(mean.sum()), 4)
        entry |= {name: round(float(value), 4) for name, value in zip(HEAD_SIZES, mean, strict=True)}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        print(self.folder.name, *(f"{key} {value}" for key, value in entry.items()), flush=True)
        self.recent = []

    def save(self, name: str, *, resumable: bool, **state: Any) -> None:
        """Write a checkpoint to the folder."""
        state |= {
            "network": self.network.state_dict(),
            "shape": self.network.shape,
            "optimiser": self.optimiser.state_dict() if resumable else None,
            "settings": asdict(self.settings),
        }
        # Written to another file and then moved, so that a run killed here keeps its last checkpoint.
        path = self.folder / name
        torch.save(state, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def resume(self) -> tuple[int, int, float]:
        """Resume from ``checkpoint.pt``, if there is one; return the step, the subwords seen and the seconds spent."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return 0, 0, 0.0
        state = torch.load(path, map_location=next(self.network.parameters()).device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        print(f"resuming {path} at step {state['step']}, {state['subwords']:,} subwords", flush=True)
        return state["step"], state["subwords"], state["seconds"]


def train(
    networks: Mapping[Path, Network],
    mixture: Mixture,
    settings: Settings,
    *,
    teacher: Network | None = None,
    device: str = "cpu",
) -> None:
    """Train *networks* on the same batches; finally write ``final.pt`` to the folder of each.

    Each folder also receives the log, ``log.jsonl``, and every ten minutes a ``checkpoint.pt``, from which a killed
    run resumes. The networks learn from the labels and, if there is one, from a trained *teacher*. Both devices,
    ``"cpu"`` and ``"cuda"``, use bf16 autocast where it is fast.
    """
    students = [Student(network, folder, settings, device) for folder, network in networks.items()]
    states = {student.resume() for student in students}
    if len({step for step, _, _ in states}) > 1:
        raise ValueError(f"the checkpoints in {', '.join(map(str, networks))} are of different steps: remove them all")
    step, seen, spent = min(states)
    if teacher is not None:
        teacher.to(device).eval()
    if device == "cuda":
        # Layer by layer: all layers of a network share the code compiled for the first.
        for network in (*networks.values(), *([teacher] if teacher else [])):
            for layer in network.encoder.layer:
                layer.compile(dynamic=True)
    bf16 = device == "cuda" or _has_bf16()
    begun = saved = logged = time.monotonic()
    before = seen
    for batch in _prefetch(mixture, settings, step, pinned=device == "cuda"):
        elapsed = spent + time.monotonic() - begun
        done = max(seen / settings.subwords, elapsed / 3600 / settings.hours)
        if done >= 1:
            break
        ids, labels = (part.to(device, non_blocking=True).long() for part in batch)
        teacher_scores = None
        if teacher is not None:
            with torch.no_grad(), torch.autocast(device, torch.bfloat16, enabled=bf16):
                teacher_scores = teacher(ids)
        for student in students:
            student.step(ids, labels, teacher_scores, rate(settings, step, done), bf16=bf16)
        step += 1
        seen += ids.numel()
        if step % 100 == 0:
            now = time.monotonic()
            speed = round((seen - before) / (now - logged))
            for student in students:
                student.log(step=step, subwords=seen, per_second=speed, done=round(done, 4))
            before, logged = seen, now
        if time.monotonic() - saved > 600:
            for student in students:
                student.save("checkpoint.pt", resumable=True, step=step, subwords=seen, seconds=elapsed)
            saved = time.monotonic()
    for student in students:
        student.save("final.pt", resumable=False, step=step, subwords=seen, seconds=elapsed)


def _prefetch(mixture: Mixture, settings: Settings, step: int, *, pinned: bool) -> Iterator[list[Tensor]]:
    """Yield the batch of each step from *step* on, drawn in the background.

    From *pinned* memory, batches are copied to a GPU asynchronously.
    """

    def draw(step: int) -> list[Tensor]:
        size, windows, sentences, seed = settings.batch, settings.windows, settings.sentences, settings.seed
        drawn = mixture.batch(step, size=size, windows=windows, sentences=sentences, seed=seed)
        parts = [torch.from_numpy(part) for part in drawn]
        return [part.pin_memory() for part in parts] if pinned else parts

    with ThreadPoolExecutor(_DRAWING_THREADS) as pool:
        drawn = deque(pool.submit(draw, step + k) for k in range(2 * _DRAWING_THREADS))
        while True:
            yield drawn.popleft().result()
            step += 1
            drawn.append(pool.submit(draw, step + 2 * _DRAWING_THREADS - 1))


def _has_bf16() -> bool:
    """Return whether this processor has fast bf16 products; without them, autocast only costs time."""
    capability = torch.backends.cpu.get_cpu_capability()
    return capability.startswith("AVX512") and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def load_network(path: Path, *others: Path) -> tuple[Network, dict[str, Any]]:
    """
    Load a checkpoint: the network in evaluation mode, and the state saved with it.

    With *others*, average the weights; the state's ``"averaged"`` lists the subwords that each checkpoint had seen. The
    average of several ends of one run, whose learning rate rose again in between, is better than each of them.
    """
    states = [torch.load(one, map_location="cpu", weights_only=True) for one in (path, *others)]
    weights = [state.pop("network") for state in states]
    network = Network(**states[0]["shape"])
    network.load_state_dict({name: torch.stack([each[name] for each in weights]).mean(0) for name in weights[0]})
    if others:
        states[0]["averaged"] = [state["subwords"] for state in states]
    return network.eval(), states[0]
