"""The model: its files, checked before they are used, and its scores.

A model is a folder of four files: ``model.onnx`` (int8), ``vocab.txt``, ``forms.txt`` (words written in mixed case)
and ``model.json``, which says how to run it and holds the checksums of the others. One is packaged with newsnorm;
``python -m newsnorm.training export`` makes such a folder from anybody's own training run.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from newsnorm.decode import OFFSETS, Biases, Scores
from newsnorm.encode import Ids, Vocabulary, windows
from newsnorm.errors import DataError
from newsnorm.flatten import lower
from newsnorm.labels import HEAD_SIZES, HEADS

#: Version of the folder's layout and of the heads; a model of another version is refused.
FORMAT = 1
_FILES = ("model.onnx", "vocab.txt", "forms.txt")
#: Windows that wait for their turn beside those that run, so that the processor never idles between two texts.
_AHEAD = 32


@runtime_checkable
class Scorer(Protocol):
    """What restoring needs of a model. Scores must depend on the words alone."""

    @property
    def forms(self) -> dict[str, str]:
        """Flat words to their mixed forms."""
        ...

    @property
    def biases(self) -> Biases | None:
        """What is added to the log probabilities when labels are chosen, shape ``(sum(HEAD_SIZES.values()),)``."""
        ...

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts; yields one array a text, shape ``(n_words, sum(HEAD_SIZES.values()))``."""
        ...


class Model:
    """A loaded model. Thread-safe; holds no state that a text could change, caches of word ids apart.

    Every window is run by itself, at its own length. The int8 products take their scale from all that they are given
    at once, so that a window's scores would depend on its neighbours in a batch; run one by one, side by side on all
    cores, the windows need no padding and a text has the same scores in any company.
    """

    def __init__(self, folder: Path) -> None:
        card, files = _read(folder)
        self.card = card
        self.window, self.margin = int(card["window"]), int(card["margin"])
        self.vocabulary = Vocabulary(files["vocab.txt"].decode().rstrip("\n").split("\n"))
        self.forms = {lower(form): form for form in files["forms.txt"].decode().split("\n") if form}
        self.biases = _biases(card["biases"])
        self._session = _session(files["model.onnx"], folder)
        self._pool = ThreadPoolExecutor(_cores(), thread_name_prefix="newsnorm")

    def score(self, words: Sequence[str]) -> Scores:
        """Score the words of one text; see `score_many`."""
        return next(self.score_many([words]))

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts, their windows side by side on all cores.

        Yields:
            float32, shape ``(n_words, sum(HEAD_SIZES.values()))``, natural-log odds up to a constant a head.
        """
        waiting: list[tuple[int, list[tuple[Ids, Future[Scores]]]]] = []
        ahead = 0
        for words in texts:
            jobs = list(self._submit(words))
            waiting.append((len(words), jobs))
            ahead += len(jobs)
            while len(waiting) > 1 and ahead > _AHEAD:
                ahead -= len(waiting[0][1])
                yield self._collect(*waiting.pop(0))
        while waiting:
            yield self._collect(*waiting.pop(0))

    def _submit(self, words: Sequence[str]) -> Iterator[tuple[Ids, Future[Scores]]]:
        if not words:
            return
        ids, ends = self.vocabulary.encode(words)
        for window in windows(len(ids), self.window, self.margin):
            inside = (ends >= window.keep_begin) & (ends < window.keep_end)
            if inside.any():
                rows = ends[inside] - window.begin
                yield np.flatnonzero(inside), self._pool.submit(self._run, ids[window.begin : window.end], rows)

    def _run(self, ids: Ids, rows: Ids) -> Scores:
        scores: Scores = self._session.run(None, {"ids": ids[np.newaxis]})[0][0]
        return scores[rows]

    @staticmethod
    def _collect(n: int, jobs: list[tuple[Ids, Future[Scores]]]) -> Scores:
        scores: Scores = np.empty((n, sum(HEAD_SIZES.values())), np.float32)
        for words, future in jobs:
            scores[words] = future.result()
        return scores


def _biases(table: Mapping[str, Mapping[str, float]]) -> Biases:
    """Lay out the biases of a card, ``{"mark": {",": 0.4}}``, as one row."""
    row: Biases = np.zeros(OFFSETS[-1], np.float32)
    for begin, (head, classes) in zip(OFFSETS, HEADS.items(), strict=False):
        for form, bias in table.get(head, {}).items():
            row[begin + classes.index(form)] = bias
    return row


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(model: bytes, folder: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Windows are what runs side by side; threads within one would only wait for each other.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises a dozen classes of its own
        raise DataError(
            f"{folder / 'model.onnx'} cannot be run by onnxruntime {onnxruntime.__version__}: {error}"
        ) from error


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a model's files and compare their checksums before anything looks into them."""
    card = _read_card(folder)
    files = {}
    for name in _FILES:
        data = _read_file(folder / name)
        digest = hashlib.sha256(data).hexdigest()
        if digest != card["sha256"].get(name):
            raise DataError(
                f"{folder / name} is damaged: its SHA-256 is {digest[:12]}…, {str(card['sha256'].get(name))[:12]}… is "
                "expected. Reinstall newsnorm, or export the model again."
            )
        files[name] = data
    return card, files


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    try:
        card: dict[str, Any] = json.loads(_read_file(path))
        if card["format"] != FORMAT or card["heads"] != dict(HEAD_SIZES):
            raise DataError(
                f"{path} describes a model of format {card['format']}; this newsnorm reads format {FORMAT}. "
                "Export the model again with this version."
            )
        int(card["window"]), int(card["margin"]), dict(card["sha256"]), _biases(card["biases"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error!r}): reinstall newsnorm, or export the model again.") from error
    return card


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read the model file {path}: {error.strerror or error}. A model is a folder with "
            f"{', '.join(('model.json', *_FILES))}; reinstall newsnorm, or give the folder that "
            "`python -m newsnorm.training export` wrote."
        ) from error


# --- loading ----------------------------------------------------------------------------------------------------------

PACKAGED = Path(__file__).with_name("data")

_loaded: dict[Path, Model] = {}
_lock = threading.Lock()


def load(model: str | os.PathLike[str] | Scorer | None = None) -> Scorer:
    """
    Load a model, or return it if it has been loaded: the first call costs about half a second, the next nothing.

    Args:
        model: Folder of a model; a loaded model, which is returned as it is; ``None`` for the packaged one.

    Raises:
        TypeError: *model* is neither a path nor a model.
        DataError: A file is missing, damaged or of another format.
    """
    if model is not None and not isinstance(model, (str, os.PathLike)):
        if isinstance(model, Scorer):
            return model
        raise TypeError(f"model must be the path of a model's folder, not {type(model).__name__}")
    folder = PACKAGED if model is None else Path(model).resolve()
    with _lock:
        if folder not in _loaded:
            _loaded[folder] = Model(folder)
        return _loaded[folder]


def _forget() -> None:
    """Drop what a forked child inherited: threads do not survive a fork, and the lock may be held by one of them."""
    global _lock  # noqa: PLW0603 - the lock itself is what must be replaced
    _lock = threading.Lock()
    # Not cleared but left behind: to destroy a session whose threads are gone can hang.
    _abandoned.append(dict(_loaded))
    _loaded.clear()


_abandoned: list[dict[Path, Model]] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
