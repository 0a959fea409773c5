"""The model: its files, checked before they are used, and its scores.

A model is a folder of five files: ``model.onnx`` (int8), ``vocab.txt``, ``forms.txt`` (words with a form of their own),
``compounds.bin`` (pairs of words written with a hyphen) and ``model.json``, which says how to run it and holds the
checksums of the others. One is packaged with newsnorm;
``python -m newsnorm.training export`` makes such a folder from anybody's own training run.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from newsnorm.compounds import HYPHEN, Compounds, hyphen_odds, number_pairs, number_words, weights_of
from newsnorm.encode import Ids, Vocabulary, windows
from newsnorm.errors import DataError
from newsnorm.flatten import lower
from newsnorm.labels import CASE, HEAD_SIZES, HEADS, MIXED, START, case_of
from newsnorm.scores import OFFSETS, Biases, Calibration, Scores

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

#: Version of the folder's layout and of the heads; a model of another version is refused.
FORMAT = 2
FILES = ("model.onnx", "vocab.txt", "forms.txt", "compounds.bin")
#: Windows that wait for their turn beside those that run, so that the processor never idles between two texts.
_AHEAD = 32
#: The longest window that a card may ask for, in subwords: as many positions as the encoders have. Time and memory for
#: a window grow with its square.
_LONGEST_WINDOW = 512
#: What the form of a word that has one of its own gains where a sentence starts, in nats. There nobody could tell an
#: encoder in training how it is written, since ``The`` has its capital from its place: *nasa said* was ``Nasa said``.
#: On development articles 20 more of 448 such words are right at 1, 31 at 2, 33 at 4, and 5 others fewer are wrong.
OWN_FORM_AT_START = 2.0
#: A bias beyond this many nats, in either direction, decides alone what is written.
_LARGEST_BIAS = 100.0
#: What multiplies log odds, or is added to them, and is beyond this leaves no probability but 0 and 1.
_LARGEST_CALIBRATION = 100.0


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

    @property
    def calibration(self) -> Calibration | None:
        """What the log odds of a quotation are multiplied by, and what is then added; ``None``: they are kept."""
        ...

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts; yields one array a text, shape ``(n_words, sum(HEAD_SIZES.values()))``.

        Each is a new one, which the caller may change.
        """
        ...


def _find_pool() -> type[ThreadPoolExecutor] | None:
    try:
        from concurrent.futures import ThreadPoolExecutor
    except RuntimeError:
        # The main thread has ended, and Python imports no pool any more; see `Model._submit`.
        return None
    return ThreadPoolExecutor


#: Looked up here and not during a load: its modules have hooks for forks, and a fork may wait for a load.
_Pool = _find_pool()


class Model:
    """A loaded model. Thread-safe; holds no state that a text could change, caches of word ids apart.

    Every window is run by itself, at its own length. The int8 products take their scale from all that they are given
    at once, so that a window's scores would depend on its neighbours in a batch; run one by one, side by side on all
    cores, the windows need no padding and a text has the same scores in any company.
    """

    def __init__(self, folder: Path, *, processes: int = 1) -> None:
        """Load the model in *folder*; *processes* that do the same share the cores with this one."""
        card, files = _read(folder)
        self.card, self.folder = card, folder
        #: The threads live in this process alone: a forked child has to load the model for itself.
        self.process = os.getpid()
        self.window, self.margin = int(card["window"]), int(card["margin"])
        try:
            self.vocabulary = Vocabulary(files["vocab.txt"].decode().rstrip("\n").split("\n"))
            own = {lower(form): form for form in files["forms.txt"].decode().split("\n") if form}
            self.compounds = Compounds.read(files["compounds.bin"])
        except (KeyError, ValueError) as error:  # of which UnicodeDecodeError is one
            raise DataError(f"the words of the model in {folder} are damaged ({error!r}): export it again") from error
        self.forms = {word: form for word, form in own.items() if case_of(form) == MIXED}
        #: Where a row of scores has that of the case of a word with a form of its own: ``{"nasa": 55}``.
        self._own = {word: int(OFFSETS[CASE]) + case_of(form) for word, form in own.items()}
        self.weigh(card.get("compounds", {}))
        self.biases, self.calibration = _biases(card["biases"]), _calibration(card)
        self._session = _session(files["model.onnx"], folder)
        self._cores = max(1, _cores() // processes)
        self._pool = _Pool(self._cores, thread_name_prefix="newsnorm") if _Pool else None

    def score(self, words: Sequence[str]) -> Scores:
        """Score the words of one text; see `score_many`."""
        return next(self.score_many([words]))

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts, their windows side by side on all cores.

        Yields:
            float32, shape ``(n_words, sum(HEAD_SIZES.values()))``, natural-log odds up to a constant a head.
        """
        self._check_process()
        jobs = self._jobs(texts)
        # Never all windows of a long text at once: who leaves in the middle of 10 MB leaves only these to wait for.
        ahead = deque(islice(jobs, self._cores + _AHEAD))
        while ahead:
            rows = ahead[0][2]
            if rows is None:
                self._finish(*ahead[0][:2])
                # Held by no variable here, so that they are gone when the caller has done with them.
                yield ahead.popleft()[0]
                self._check_process()
            else:
                scores, words, _ = ahead.popleft()
                scores[words] = rows()
                del scores
            ahead.extend(islice(jobs, 1))

    def weigh(self, weights: Mapping[str, float]) -> None:
        """Let the counts of compounds weigh what a card says: ``{"absent": -0.9, "encoder": -0.3}``."""
        *counts, self._encoder = weights_of(weights).astype(np.float32)
        #: What each pair adds to the scores of the hyphen by its counts.
        self._shifts = (self.compounds.features @ np.array(counts)).astype(np.float32)

    def shift(self, scores: Scores, rows: NDArray[np.int64]) -> None:
        """Add to the *scores* of the hyphen what `compounds` knows of each pair of words, at its row."""
        if self._encoder:
            scores[:-1, HYPHEN] += self._encoder * self.compounds.has(rows) * hyphen_odds(scores[:-1])
        scores[:-1, HYPHEN] += self._shifts[rows]

    def _finish(self, scores: Scores, words: Sequence[str]) -> None:
        """Add to what the encoder says of *words* what is known of them besides."""
        self.shift(scores, self.compounds.find(number_pairs(number_words(words))))
        owned = [(i, self._own[word]) for i, word in enumerate(words) if word in self._own]
        if owned:
            rows, columns = np.array(owned).T
            none, start = scores[rows, OFFSETS[START] : OFFSETS[START] + 2].T
            # A text starts with a sentence, though the encoder was never asked.
            starts = np.where(rows == 0, 1, 1 / (1 + np.exp(none - start)))
            scores[rows, columns] += OWN_FORM_AT_START * starts

    def _jobs(self, texts: Iterable[Sequence[str]]) -> Iterator[tuple[Scores, Any, Callable[[], Scores] | None]]:
        """Hand out window after window: the scores of its text, which rows of them are its, and how to get these.

        At the end of a text, its words, and ``None``.
        """
        for words in texts:
            scores: Scores = np.empty((len(words), OFFSETS[-1]), np.float32)
            ids, ends = self.vocabulary.encode(words)
            for window in windows(len(ids), self.window, self.margin):
                inside = np.flatnonzero((ends >= window.keep_begin) & (ends < window.keep_end))
                if len(inside):
                    rows = ends[inside] - window.begin
                    yield scores, inside, self._submit(ids[window.begin : window.end], rows)
            yield scores, words, None

    def _submit(self, ids: Ids, rows: Ids) -> Callable[[], Scores]:
        try:
            if self._pool:
                return self._pool.submit(self._run, ids, rows).result
        except RuntimeError:
            # The main thread has ended, so that pools take no more work. A thread that Python waits for does its own;
            # a daemon must not, because the runtime is taken apart under it.
            if threading.current_thread().daemon:
                raise
        return partial(self._run, ids, rows)

    def _check_process(self) -> None:
        """Refuse to wait for threads that were lost in a fork."""
        if self.process != os.getpid():
            raise RuntimeError(
                "the model was loaded before this process was forked, and its threads stayed behind: load it again, "
                f"newsnorm.model.load({str(self.folder)!r}), and begin the texts again in this process"
            )

    def _run(self, ids: Ids, rows: Ids) -> Scores:
        scores: Scores = self._session.run(None, {"ids": ids[np.newaxis]})[0][0]
        return scores[rows]


def _biases(table: Mapping[str, Mapping[str, float]]) -> Biases:
    """Lay out the biases of a card, ``{"mark": {",": 0.4}}``, as one row."""
    row: Biases = np.zeros(OFFSETS[-1], np.float32)
    for begin, (head, classes) in zip(OFFSETS, HEADS.items(), strict=False):
        for form, bias in table.get(head, {}).items():
            row[begin + classes.index(form)] = bias
    return row


def _calibration(card: Mapping[str, Any]) -> Calibration | None:
    """Read ``{"quotes": {"slope": 0.7, "shift": 0.7}}`` off a card, which need not have it."""
    if "calibration" not in card:
        return None
    row = card["calibration"]["quotes"]
    slope, shift = float(row["slope"]), float(row["shift"])
    # A slope that is not above nought would have the surest quotations go first when the threshold rises.
    if not (0 < slope <= _LARGEST_CALIBRATION and abs(shift) <= _LARGEST_CALIBRATION):
        raise ValueError(f"a slope must be above 0, and neither it nor a shift beyond {_LARGEST_CALIBRATION:g}")
    return slope, shift


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(model: bytes, folder: Path) -> Any:
    # Since 1.32 the runtime reports to Microsoft unless it is told not to: it writes a device's id and a database into
    # ~/.cache and starts a thread, for which a forked child waits in vain when it exits.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Windows are what runs side by side; threads within one would only wait for each other.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A plan of the memory for every length of window that was met: 14 MB, and no time gained.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        given, scores = session.get_inputs(), session.get_outputs()[0]
        if [one.name for one in given] != ["ids"] or scores.shape[2:] != [OFFSETS[-1]]:
            raise ValueError(f"it does not turn `ids` into {OFFSETS[-1]} scores a word")
    except Exception as error:  # the runtime raises a dozen classes of its own
        raise DataError(
            f"{folder / 'model.onnx'} cannot be run by onnxruntime {onnxruntime.__version__}: {error}. Export "
            "the model again, or install a newer onnxruntime."
        ) from error
    return session


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a model's files and compare their checksums before anything looks into them."""
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
    """Check a model's files without loading it; return one SHA-256 for all that its scores and labels depend on."""
    card, _ = _read(folder)
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
        if not np.abs(_biases(card["biases"])).max() <= _LARGEST_BIAS:  # nor may one be NaN
            raise ValueError(f"the biases must be from -{_LARGEST_BIAS:g} to {_LARGEST_BIAS:g}")
        if not np.abs(weights_of(card.get("compounds", {}))).max() <= _LARGEST_BIAS:
            raise ValueError(f"the weights of compounds must be from -{_LARGEST_BIAS:g} to {_LARGEST_BIAS:g}")
        _calibration(card)
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
            # A pipe has no end until somebody closes it, and /dev/zero has none at all.
            raise OSError("it is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read the model file {path}: {error.strerror or error}. A model is a folder with "
            f"{', '.join(('model.json', *FILES))}; reinstall newsnorm, or give the folder that "
            "`python -m newsnorm.training export` wrote."
        ) from error


# --- loading ----------------------------------------------------------------------------------------------------------

PACKAGED = Path(__file__).with_name("data")

_loaded: dict[Path, Model] = {}
#: Reentrant, because a signal handler may restore a text or fork while its own thread is loading.
_lock = threading.RLock()


def load(model: str | os.PathLike[str] | Scorer | None = None, *, processes: int = 1) -> Scorer:
    """
    Load a model, or return it if it has been loaded: the first call costs about half a second, the next nothing.

    Args:
        model: Folder of a model; a loaded model, which is returned as it is; ``None`` for the packaged one.
        processes: How many processes share the cores with this one and load the model, too.

    Raises:
        TypeError: *model* is neither a path nor a model.
        DataError: A file is missing, damaged or of another format.
    """
    if isinstance(model, Model) and model.process != os.getpid():
        model = model.folder
    if model is not None and not isinstance(model, (str, os.PathLike)):
        if isinstance(model, Scorer):
            return model
        raise TypeError(f"model must be the path of a model's folder, not {type(model).__name__}")
    try:
        # Not Path.resolve, which raises RuntimeError for a link that leads to itself.
        folder = Path(os.path.realpath(PACKAGED if model is None else model))
    except (OSError, ValueError) as error:
        raise DataError(f"{model!r} cannot be the folder of a model: {error}") from error
    with _lock:
        if folder not in _loaded:
            _loaded[folder] = Model(folder, processes=processes)
        return _loaded[folder]


def _forget() -> None:
    """Leave behind what a forked child inherited: its threads are gone, and one of them may hold a session's locks."""
    # Not cleared but kept: to destroy a session whose threads are gone can hang.
    _abandoned.append(dict(_loaded))
    _loaded.clear()
    _lock.release()


_abandoned: list[dict[Path, Model]] = []
if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    # A fork waits for a load that is under way, lest the child inherit the runtime's own locks held.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forget)
