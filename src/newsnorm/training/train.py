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
#: Threads that draw windows.
_DRAWING = 2


@frozen
class Settings:
    """What a training run is made of; saved with every checkpoint."""

    subwords: int = 30_000_000
    #: Stop, with the learning rate brought down to nothing, after this many hours at the latest.
    hours: float = 1000.0
    #: Windows a step, of the first length; of shorter ones there are more.
    batch: int = 8
    #: How long a window may be, in subwords.
    windows: Sequence[int] = (256,)
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
    #: How much a teacher's word counts, if there is one, against that of the labels.
    imitation: float = 0.75
    #: Checksum of the model whose weights the run begins with, and the subwords that it had seen; of none, the
    #: pretrained encoder's.
    start: str = ""
    before: int = 0


def losses(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each head over the words that teach it; shape ``(n_heads,)``, in nats."""
    parts, found = [], []
    for head, part in enumerate(scores.split(_SIZES, dim=-1)):
        target = labels[..., head].reshape(-1)
        total = F.cross_entropy(part.reshape(len(target), -1).float(), target, ignore_index=MASK, reduction="sum")
        parts.append(total)
        found.append((target != MASK).sum().clamp(min=1))
    return torch.stack(parts) / torch.stack(found)


def distances(scores: Tensor, taught: Tensor, labels: Tensor) -> Tensor:
    """
    Tell how far a network is from its teacher: mean divergence of each head, over the words; shape ``(n_heads,)``.

    Of a comma that may be there or not the labels say the one or the other, at random, and a teacher says how often. It
    has a word on what is masked, too, a quotation that does not pair; but not on the case of first words, of which it
    was never taught anything itself: from what it made of them a pupil learned to write ``Nasa said``.
    """
    listened = (labels != MASK).any(-1, keepdim=True).repeat(*[1] * (labels.dim() - 1), labels.shape[-1])
    listened[..., heads.CASE] &= labels[..., heads.CASE] != MASK
    parts = [
        F.kl_div(part.float().log_softmax(-1), given.float().log_softmax(-1), log_target=True, reduction="none").sum(-1)
        for part, given in zip(scores.split(_SIZES, dim=-1), taught.split(_SIZES, dim=-1), strict=True)
    ]
    listened = listened.flatten(0, -2)
    return (torch.stack(parts, -1).flatten(0, -2) * listened).sum(0) / listened.sum(0).clamp(min=1)


def rate(settings: Settings, step: int, done: float) -> float:
    """Learning rate: a linear rise over the warm-up, and a linear fall to nothing when *done* reaches 1."""
    risen, left = (step + 1) / settings.warmup, (1.0 - done) / settings.cooldown
    return settings.learning_rate * min(1.0, risen) * max(0.0, min(1.0, left))


class Pupil:
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

    def step(self, ids: Tensor, labels: Tensor, taught: Tensor | None, rate: float, *, bf16: bool) -> None:
        """Take one step down the loss; *taught* is what the teacher makes of *ids*, if there is one."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=bf16):
            scores = self.network(ids)
        heads = losses(scores, labels)
        loss = heads.sum()
        if taught is not None:
            share = self.settings.imitation
            loss = (1 - share) * loss + share * distances(scores, taught, labels).sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.recent.append(heads.detach())

    def log(self, **entry: float) -> None:
        """Add a line to the log: *entry*, and the mean loss of each head since the last one."""
        mean = torch.stack(self.recent).mean(0)
        entry["loss"] = round(float(mean.sum()), 4)
        entry |= {name: round(float(value), 4) for name, value in zip(HEAD_SIZES, mean, strict=True)}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        print(self.folder.name, *(f"{key} {value}" for key, value in entry.items()), flush=True)
        self.recent = []

    def save(self, name: str, *, resumable: bool, **state: Any) -> None:
        """Write a checkpoint into the folder."""
        state |= {
            "network": self.network.state_dict(),
            "shape": self.network.shape,
            "optimiser": self.optimiser.state_dict() if resumable else None,
            "settings": asdict(self.settings),
        }
        # Written beside and moved into place, so that a run killed here still has its last checkpoint.
        path = self.folder / name
        torch.save(state, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def resume(self) -> tuple[int, int, float]:
        """Go on from ``checkpoint.pt``, if there is one: tell the step, the subwords seen and the seconds spent."""
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
    """Train *networks* side by side, on the same windows; write ``final.pt`` into the folder of each at the end.

    A run that was stopped goes on from the ``checkpoint.pt`` in the folders.

    Args:
        networks: Pretrained encoders with fresh heads, each with the folder of its checkpoints (every ten minutes), its
            log ``log.jsonl`` and the result; changed in place.
        mixture: Where the windows come from.
        settings: Length, batch, learning rate.
        teacher: A trained network whose probabilities are what the others learn, beside the labels.
        device: ``"cpu"`` or ``"cuda"``; both use bf16 autocast where the processor has it.
    """
    pupils = [Pupil(network, folder, settings, device) for folder, network in networks.items()]
    states = {pupil.resume() for pupil in pupils}
    if len({step for step, _, _ in states}) > 1:
        raise ValueError(f"the checkpoints in {', '.join(map(str, networks))} are of different steps: remove them all")
    step, seen, spent = min(states)
    if teacher is not None:
        teacher.to(device).eval()
    if device == "cuda":
        # Layer by layer: all layers of a network run what was compiled for the first.
        for network in (*networks.values(), *([teacher] if teacher else [])):
            for layer in network.encoder.layer:
                layer.compile(dynamic=True)
    bf16 = device == "cuda" or _has_bf16()
    begun = saved = logged = time.monotonic()
    before = seen
    for drawn in _ahead(mixture, settings, step, pinned=device == "cuda"):
        elapsed = spent + time.monotonic() - begun
        done = max(seen / settings.subwords, elapsed / 3600 / settings.hours)
        if done >= 1:
            break
        ids, labels = (part.to(device, non_blocking=True).long() for part in drawn)
        taught = None
        if teacher is not None:
            with torch.no_grad(), torch.autocast(device, torch.bfloat16, enabled=bf16):
                taught = teacher(ids)
        for pupil in pupils:
            pupil.step(ids, labels, taught, rate(settings, step, done), bf16=bf16)
        step += 1
        seen += ids.numel()
        if step % 100 == 0:
            now = time.monotonic()
            speed = round((seen - before) / (now - logged))
            for pupil in pupils:
                pupil.log(step=step, subwords=seen, per_second=speed, done=round(done, 4))
            before, logged = seen, now
        if time.monotonic() - saved > 600:
            for pupil in pupils:
                pupil.save("checkpoint.pt", resumable=True, step=step, subwords=seen, seconds=elapsed)
            saved = time.monotonic()
    for pupil in pupils:
        pupil.save("final.pt", resumable=False, step=step, subwords=seen, seconds=elapsed)


def _ahead(mixture: Mixture, settings: Settings, step: int, *, pinned: bool) -> Iterator[list[Tensor]]:
    """Draw what each step sees, from *step* on, while the steps before it are taken.

    In *pinned* memory it goes to a GPU without waiting for what was asked of it before.
    """

    def draw(step: int) -> list[Tensor]:
        drawn = mixture.batch(
            step,
            size=settings.batch,
            windows=settings.windows,
            sentences=settings.sentences,
            seed=settings.seed,
        )
        parts = [torch.from_numpy(part) for part in drawn]
        return [part.pin_memory() for part in parts] if pinned else parts

    with ThreadPoolExecutor(_DRAWING) as pool:
        drawn = deque(pool.submit(draw, step + k) for k in range(2 * _DRAWING))
        while True:
            yield drawn.popleft().result()
            step += 1
            drawn.append(pool.submit(draw, step + 2 * _DRAWING - 1))


def _has_bf16() -> bool:
    """Tell whether bf16 products are fast here: on a processor without them autocast only loses time."""
    capability = torch.backends.cpu.get_cpu_capability()
    return capability.startswith("AVX512") and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


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
