"""The model card: data and rights, training, metrics per class, checksums."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from newsnorm.training.evaluate import Evaluation

_CLASSES = (
    "case case_mid apos apos_plural hyphen dot_join digit_comma period comma question exclaim colon semicolon dash "
    "q_open q_close quotes quote_span sentence"
).split()


def write_card(
    folder: Path, evaluations: Sequence[Evaluation], sources: Sequence[tuple[str, int, float]], rights: str
) -> None:
    """Write ``MODEL_CARD.md`` to a model's folder, and the metrics to its ``model.json``.

    *sources* are the name, number of words and share of the training windows of each; *rights* are in Markdown.
    """
    card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    card["figures"] = {one.name: {k: v.f1 for k, v in one.score.classes.items()} for one in evaluations}
    (folder / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(_markdown(card, evaluations, sources, rights), encoding="utf-8")


def count_sources(cache: Path, shares: dict[str, float]) -> list[tuple[str, int, float]]:
    """Return the name, number of words and share of each source in *cache*."""
    found = []
    for path in sorted(cache.glob("*.npz")):
        with np.load(path) as arrays:
            found.append((path.stem, len(arrays["ends"]), shares[path.stem]))
    return found


_DISTILLED = """
It was distilled from a larger encoder trained on the same windows: {:.0%} of its loss is the divergence from the
teacher's probabilities, the rest is the loss on the labels."""


def _markdown(
    card: dict[str, Any], evaluations: Sequence[Evaluation], sources: Sequence[tuple[str, int, float]], rights: str
) -> str:
    agreement = card["int8_agreement"]
    biases = [f"{head} {form!r} {bias:+}" for head, row in card["biases"].items() for form, bias in row.items()]
    calibration = [
        f"Log odds of {kind} times {row['slope']:g}, plus {row['shift']:g}"
        for kind, row in card.get("calibration", {}).items()
    ]
    averaged = [f"{subwords:,}" for subwords in card.get("averaged", ())]
    training = card["training"]
    start, before = training.get("start"), training.get("before")
    # Models trained before the setting was renamed, the packaged one among them, call it "imitation".
    weight = training.get("distillation_weight", training.get("imitation"))
    template = Path(__file__).with_name("card.md").read_text(encoding="utf-8")
    return template.format(
        **{name: card[name] for name in ("layers", "subwords_seen", "training", "window", "margin")},
        lengths=" or ".join(map(str, training["windows"])),
        distilled=_DISTILLED.format(weight) if weight else "",
        start=f"\nIt began with the weights of model {start}, which had seen {before:,} subwords." if start else "",
        averaged=f"\nThe weights are the mean of those after {' and '.join(averaged)} subwords." if averaged else "",
        sources="\n".join(f"| {name} | {words:,} | {100 * share:.1f} % |" for name, words, share in sources),
        rights=rights.strip(),
        metrics=_metrics(evaluations),
        agreement=agreement,
        same=", ".join(f"{head} {percent}" for head, percent in agreement["percent_same"].items()),
        biases="; ".join(biases) or "none",
        compounds="; ".join(f"{name} {value:+}" for name, value in card.get("compounds", {}).items()) or "none",
        calibration="; ".join(calibration) or "None: probabilities follow from the scores alone",
        checksums="\n".join(f"- `{name}` {digest}" for name, digest in card["sha256"].items()),
    )


def _metrics(evaluations: Sequence[Evaluation]) -> str:
    rows = ["| class | " + " | ".join(one.name for one in evaluations) + " |", "|---|" + "---:|" * len(evaluations)]
    for name in _CLASSES:
        cells = [f"{one.score[name].f1:.2f} ({one.score[name].count:,})" for one in evaluations]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)
