"""The model: scores for the words of a text, and how a model is loaded."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from newsnorm.errors import DataError
from newsnorm.labels import heads
from newsnorm.model.compounds import HYPHEN, Compounds, hyphen_odds, number_pairs, number_words, weights_of
from newsnorm.model.folder import PACKAGED, lay_out_biases, read_calibration, read_folder
from newsnorm.model.scores import OFFSETS, Scorer, Scores
from newsnorm.model.subwords import Ids, Vocabulary, windows
from newsnorm.words import lower

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

#: Windows that wait for their turn beside those that run, so that the processor never idles between two texts.
_AHEAD = 32
#: What the form of a word that has one of its own gains where a sentence starts, in nats. There nobody could tell an
#: encoder in training how it is written, since ``The`` has its capital from its place: *nasa said* was ``Nasa said``.
#: On development articles 20 more of 448 such words are right at 1, 31 at 2, 33 at 4, and 5 others fewer are wrong.
OWN_FORM_AT_START = 2.0


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
        card, files = read_folder(folder)
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
        self.forms = {word: form for word, form in own.items() if heads.classify_case(form) == heads.MIXED}
        #: Where a row of scores has that of the case of a word with a form of its own: ``{"nasa": 55}``.
        self._own = {word: int(OFFSETS[heads.CASE]) + heads.classify_case(form) for word, form in own.items()}
        self.weigh(card.get("compounds", {}))
        self.biases, self.calibration = lay_out_biases(card["biases"]), read_calibration(card)
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
            none, start = scores[rows, OFFSETS[heads.START] : OFFSETS[heads.START] + 2].T
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


# --- loading ----------------------------------------------------------------------------------------------------------

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
