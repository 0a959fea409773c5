"""The model: the scores of the words of a text, and the loading of models."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from newsnorm.errors import DataError
from newsnorm.labels import heads
from newsnorm.model.compounds import HYPHEN, Compounds, hyphen_odds, number_pairs, number_words, parse_weights
from newsnorm.model.folder import PACKAGED, lay_out_biases, read_calibration, read_folder
from newsnorm.model.scores import OFFSETS, ModelLike, Scorer, Scores
from newsnorm.model.subwords import Ids, Vocabulary, windows
from newsnorm.words import lower

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

#: Windows that wait in addition to those that run, so that the processor never idles between two texts.
_AHEAD = 32
#: The bonus for a word's fixed form (``NASA``) where a sentence starts, in nats. The encoder cannot learn the case of a
#: first word, because each has a capital: *nasa said* became ``Nasa said``. On development articles, 20 of 448 such
#: words more are right at 1, 31 at 2 and 33 at 4; of other words, 5 fewer are wrong.
OWN_FORM_AT_START = 2.0


def _find_pool() -> type[ThreadPoolExecutor] | None:
    try:
        from concurrent.futures import ThreadPoolExecutor
    except RuntimeError:
        # The main thread has ended, so Python no longer imports a pool; see `Model._submit`.
        return None
    return ThreadPoolExecutor


#: Imported here and not while loading: its modules have hooks for forks, and a fork may wait for a model to load.
_Pool = _find_pool()


class Model:
    """A loaded model. It is thread-safe; texts change nothing in it but the cache of word ids.

    Each window is run alone, unpadded. The int8 products take their scale from the whole batch, so in a batch the
    scores of a window would depend on the others. The windows run in parallel on all cores.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Load the model in *folder*; run *threads* windows in parallel, one per available core by default."""
        card, files = read_folder(folder)
        self.card, self.folder = card, folder
        #: The threads exist only in this process: a forked child has to load the model again.
        self.process = os.getpid()
        self.window, self.margin = int(card["window"]), int(card["margin"])
        try:
            self.vocabulary = Vocabulary(files["vocab.txt"].decode().rstrip("\n").split("\n"))
            own = {lower(form): form for form in files["forms.txt"].decode().split("\n") if form}
            self.compounds = Compounds.read(files["compounds.bin"])
        except (KeyError, ValueError) as error:  # including UnicodeDecodeError
            raise DataError(f"the words of the model in {folder} are damaged ({error!r}): export it again") from error
        self.forms = {word: form for word, form in own.items() if heads.classify_case(form) == heads.MIXED}
        #: For each word with a fixed form, the column of its case in the scores: ``{"nasa": 55}``.
        self._own = {word: int(OFFSETS[heads.CASE]) + heads.classify_case(form) for word, form in own.items()}
        self.set_hyphen_weights(card.get("compounds", {}))
        self.biases, self.calibration = lay_out_biases(card["biases"]), read_calibration(card)
        self._session = _session(files["model.onnx"], folder)
        self._start(threads)

    def _start(self, threads: int | None) -> None:
        self.threads = available_cores() if threads is None else max(1, threads)
        self._pool = _Pool(self.threads, thread_name_prefix="newsnorm") if _Pool else None

    def with_threads(self, threads: int) -> Model:
        """Return this model with another number of threads. Both share the session and all data."""
        other = copy(self)
        other._start(threads)
        return other

    def score(self, words: Sequence[str]) -> Scores:
        """Score the words of one text; see `score_many`."""
        return next(self.score_many([words]))

    def score_many(self, texts: Iterable[Sequence[str]]) -> Iterator[Scores]:
        """Score the words of many texts, with their windows in parallel on all threads; see `Scorer.score_many`."""
        self._check_process()
        jobs = self._jobs(texts)
        # Never all windows of a long text: a caller who stops in the middle of 10 MB waits only for these.
        ahead = deque(islice(jobs, self.threads + _AHEAD))
        while ahead:
            rows = ahead[0][2]
            if rows is None:
                self._adjust(*ahead[0][:2])
                # No variable here holds the scores, so they are freed when the caller is done with them.
                yield ahead.popleft()[0]
                self._check_process()
            else:
                scores, words, _ = ahead.popleft()
                scores[words] = rows()
                del scores
            ahead.extend(islice(jobs, 1))

    def set_hyphen_weights(self, weights: Mapping[str, float]) -> None:
        """Set the weights of compound counts, as in a card: ``{"absent": -0.9, "encoder": -0.3}``."""
        *counts, self._encoder = parse_weights(weights).astype(np.float32)
        #: The shift of the hyphen's score for each pair.
        self._shifts = (self.compounds.features @ np.array(counts)).astype(np.float32)

    def adjust_hyphens(self, scores: Scores, rows: NDArray[np.int64]) -> None:
        """Shift the *scores* of the hyphen by the counts of each pair of words; *rows* are those of `compounds`."""
        if self._encoder:
            scores[:-1, HYPHEN] += self._encoder * self.compounds.has(rows) * hyphen_odds(scores[:-1])
        scores[:-1, HYPHEN] += self._shifts[rows]

    def _adjust(self, scores: Scores, words: Sequence[str]) -> None:
        """Adjust the encoder's scores by what is known about *words*: counts of compounds, and fixed forms."""
        self.adjust_hyphens(scores, self.compounds.find(number_pairs(number_words(words))))
        owned = [(i, self._own[word]) for i, word in enumerate(words) if word in self._own]
        if owned:
            rows, columns = np.array(owned).T
            none, start = scores[rows, OFFSETS[heads.START] : OFFSETS[heads.START] + 2].T
            # A text starts with a sentence, but the encoder was never trained on that.
            starts = np.where(rows == 0, 1, 1 / (1 + np.exp(none - start)))
            scores[rows, columns] += OWN_FORM_AT_START * starts

    def _jobs(self, texts: Iterable[Sequence[str]]) -> Iterator[tuple[Scores, Any, Callable[[], Scores] | None]]:
        """Yield for each window the scores of its text, its rows in them, and a function that returns these rows.

        At the end of each text, yield its scores, its words and ``None``.
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
            # The main thread has ended, so pools take no more work, and this thread does it. A daemon thread, for which
            # Python does not wait, must not: onnxruntime may already be torn down.
            if threading.current_thread().daemon:
                raise
        return partial(self._run, ids, rows)

    def _check_process(self) -> None:
        """Raise `RuntimeError` in a forked child, which would wait for threads that only its parent has."""
        if self.process != os.getpid():
            raise RuntimeError(
                "the model was loaded before this process was forked, and its threads are not in this process: load it "
                f"again with newsnorm.model.load({str(self.folder)!r}), and begin the texts again in this process"
            )

    def _run(self, ids: Ids, rows: Ids) -> Scores:
        scores: Scores = self._session.run(None, {"ids": ids[np.newaxis]})[0][0]
        return scores[rows]


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(model: bytes, folder: Path) -> Any:
    # Since 1.32, onnxruntime reports to Microsoft by default: it writes a device id and a database to ~/.cache and
    # starts a thread for which a forked child waits forever at exit.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Windows run in parallel; threads within one would only wait for each other.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A memory plan for each window length costs 14 MB and saves no time.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        given, scores = session.get_inputs(), session.get_outputs()[0]
        if [one.name for one in given] != ["ids"] or scores.shape[2:] != [OFFSETS[-1]]:
            raise ValueError(f"it does not turn `ids` into {OFFSETS[-1]} scores a word")
    except Exception as error:  # onnxruntime has a dozen exception classes
        raise DataError(
            f"{folder / 'model.onnx'} cannot be run by onnxruntime {onnxruntime.__version__}: {error}. Export "
            "the model again, or install a newer onnxruntime."
        ) from error
    return session


# --- loading ----------------------------------------------------------------------------------------------------------

#: By folder, then by number of threads; the models of one folder share a session.
_loaded: dict[Path, dict[int, Model]] = {}
#: Reentrant, because a signal handler may restore a text or fork while its own thread is loading.
_lock = threading.RLock()


def load(model: ModelLike = None, *, threads: int | None = None) -> Scorer:
    """
    Return a model. The first call loads it in about half a second; later calls return the same one.

    Args:
        model: Folder of a model; a loaded model, which is returned unchanged; ``None`` for the packaged model.
        threads: Number of windows to score in parallel, by default one per available core. Processes that share the
            cores should divide them.

    Raises:
        TypeError: *model* is neither a path nor a model.
        DataError: A file is missing, damaged or in another format.
    """
    if isinstance(model, Model) and model.process != os.getpid():
        model = model.folder
    if model is not None and not isinstance(model, (str, os.PathLike)):
        if isinstance(model, Scorer):
            return model
        raise TypeError(f"model must be the path of a model's folder, not {type(model).__name__}")
    try:
        # Not Path.resolve, which raises RuntimeError for a link to itself.
        folder = Path(os.path.realpath(PACKAGED if model is None else model))
    except (OSError, ValueError) as error:
        raise DataError(f"{model!r} cannot be the folder of a model: {error}") from error
    with _lock:
        loaded = _loaded.get(folder) or {}
        if threads is None:
            threads = available_cores()
        if threads not in loaded:
            one = next(iter(loaded.values()), None)
            loaded[threads] = one.with_threads(threads) if one else Model(folder, threads=threads)
            _loaded[folder] = loaded
        return loaded[threads]


def _forget() -> None:
    """Abandon the models that a forked child inherited: their threads are gone, and one may have held a lock."""
    # They are not destroyed, because destroying a session without its threads can hang.
    _abandoned.append(dict(_loaded))
    _loaded.clear()
    _lock.release()


_abandoned: list[dict[Path, dict[int, Model]]] = []
if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    # A fork waits until loading is done. Otherwise the child could inherit a held lock of onnxruntime.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forget)
