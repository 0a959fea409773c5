"""The folder of a model: its files and its card, checked before use.

A model is a folder of five files: ``model.onnx`` (int8), ``vocab.txt``, ``forms.txt`` (words with a fixed form),
``compounds.bin`` (pairs of words written with a hyphen) and ``model.json``, the card, with the settings and the
checksums of the other files. One model is packaged with newsnorm; ``python -m newsnorm.training export`` writes others.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from newsnorm.errors import DataError
from newsnorm.labels import HEAD_SIZES, HEADS
from newsnorm.model.compounds import parse_weights
from newsnorm.model.scores import OFFSETS, Biases, Calibration

PACKAGED = Path(__file__).parents[1] / "data"

#: Version of the folder's layout and of the heads; models of other versions are rejected.
FORMAT = 2
FILES = ("model.onnx", "vocab.txt", "forms.txt", "compounds.bin")
#: The longest window that a card may set, in subwords: the number of positions of the encoders. Time and memory grow
#: with the square of the length.
_LONGEST_WINDOW = 512
#: The largest absolute bias, in nats. A larger one would decide alone.
_LARGEST_BIAS = 100.0
#: The largest slope and shift of log odds. Larger ones would leave no probabilities but 0 and 1.
_LARGEST_CALIBRATION = 100.0


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the card and the files of a model, whose checksums are compared first."""
    card = _read_card(folder)
    files = {}
    for name in FILES:
        data = _read_file(folder / name)
        digest = hashlib.sha256(data).hexdigest()
        if digest != card["sha256"].get(name):
            raise DataError(
                f"{folder / name} is damaged: its SHA-256 is {digest[:12]}…, {str(card['sha256'].get(name))[:12]}… is "
                "expected. Reinstall newsnorm, or export the model again."
            )
        files[name] = data
    return card, files


def checksum(folder: Path) -> str:
    """Check the files of a model without loading it; return one SHA-256 of everything that its labels depend on."""
    card, _ = read_folder(folder)
    parts = [card.get(part) for part in ("sha256", "window", "margin", "biases", "compounds", "calibration")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    try:
        card: dict[str, Any] = json.loads(_read_file(path))
        if card["format"] != FORMAT or card["heads"] != dict(HEAD_SIZES):
            raise DataError(
                f"{path} describes a model of format {card['format']}, or one with other labels; this newsnorm reads "
                f"format {FORMAT}. Export the model again with this version."
            )
        if not 0 <= 2 * int(card["margin"]) < int(card["window"]) <= _LONGEST_WINDOW:
            raise ValueError(f"the window must be longer than both margins, and at most {_LONGEST_WINDOW} subwords")
        if not np.abs(lay_out_biases(card["biases"])).max() <= _LARGEST_BIAS:  # nor may one be NaN
            raise ValueError(f"the biases must be from -{_LARGEST_BIAS:g} to {_LARGEST_BIAS:g}")
        if not np.abs(parse_weights(card.get("compounds", {}))).max() <= _LARGEST_BIAS:
            raise ValueError(f"the weights of compounds must be from -{_LARGEST_BIAS:g} to {_LARGEST_BIAS:g}")
        read_calibration(card)
        card["sha256"].items()
    except DataError:
        raise
    except Exception as error:  # JSON may hold anything where a number or a table is expected
        raise DataError(f"{path} is damaged ({error!r}): reinstall newsnorm, or export the model again.") from error
    return card


def _read_file(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            # A pipe does not end until it is closed, and /dev/zero never ends.
            raise OSError("it is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read the model file {path}: {error.strerror or error}. A model is a folder with "
            f"{', '.join(('model.json', *FILES))}; reinstall newsnorm, or give the folder that "
            "`python -m newsnorm.training export` wrote."
        ) from error


def lay_out_biases(table: Mapping[str, Mapping[str, float]]) -> Biases:
    """Return the biases of a card, ``{"mark": {",": 0.4}}``, as one row."""
    row: Biases = np.zeros(OFFSETS[-1], np.float32)
    for begin, (head, classes) in zip(OFFSETS, HEADS.items(), strict=False):
        for form, bias in table.get(head, {}).items():
            row[begin + classes.index(form)] = bias
    return row


def read_calibration(card: Mapping[str, Any]) -> Calibration | None:
    """Return slope and shift from a card with ``{"quotes": {"slope": 0.7, "shift": 0.7}}``, or ``None``."""
    if "calibration" not in card:
        return None
    row = card["calibration"]["quotes"]
    slope, shift = float(row["slope"]), float(row["shift"])
    # With a slope of zero or less, raising the threshold would drop the most confident quotations first.
    if not (0 < slope <= _LARGEST_CALIBRATION and abs(shift) <= _LARGEST_CALIBRATION):
        raise ValueError(f"a slope must be above 0, and slope and shift at most {_LARGEST_CALIBRATION:g}")
    return slope, shift
