"""Many texts in many processes: batches are handed out as workers are free, and taken back in order.

One process keeps all cores busy with windows, but decodes on one of them only. Processes do everything side by side.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing import parent_process
from typing import TYPE_CHECKING

from newsnorm.errors import NewsnormError, check_text
from newsnorm.options import Options

if TYPE_CHECKING:
    from newsnorm.model import ModelLike

#: Characters handed out at once: some tenths of a second of work, against which a process's mail costs nothing.
BATCH = 20_000
#: Batches under way for each worker, so that none waits while the next text is read.
_AHEAD = 3


def restore_texts(texts: Iterable[str], options: Options, model: ModelLike = None, workers: int = 1) -> Iterator[str]:
    """Restore *texts* in their order, in this process or, with more than one of *workers*, in others."""
    texts = _checked(texts)
    return _in_processes(texts, options, model, workers) if workers > 1 else _in_this_process(texts, options, model)


def _checked(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        check_text(text, f"text {number}")
        yield text


def _in_this_process(texts: Iterable[str], options: Options, model: ModelLike) -> Iterator[str]:
    from newsnorm.pipeline import restored

    return (one.text for one in restored(texts, options, model))


def _in_processes(texts: Iterable[str], options: Options, model: ModelLike, workers: int) -> Iterator[str]:
    """Restore *texts* in *workers* processes.

    Raises:
        DataError: The model is missing or damaged.
        NewsnormError: A process died.
    """
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    from newsnorm.model import Model

    if isinstance(model, Model):
        model = model.folder
    # Spawned, not forked: a fork would share what the model's runtime has locked.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin)
    pending: deque[Future[list[str]]] = deque()
    try:
        for batch in batches(texts):
            pending.append(pool.submit(_restore, batch, options, model, workers))
            if len(pending) >= workers * _AHEAD:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    except BrokenProcessPool as error:
        raise NewsnormError(
            f"one of {workers} processes died; if memory was short, ask for fewer workers. In a script, "
            'start them under `if __name__ == "__main__":`, because each process imports the script'
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Gather *texts* until they are worth a message.

    >>> [len(batch) for batch in batches(["a" * 15_000, "b" * 15_000, "c"])]
    [2, 1]
    """
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def watch_parent() -> None:
    """End this process at once when its parent is gone, instead of finishing work for nobody, or waiting for some."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _begin() -> None:
    """Leave Ctrl-C, which reaches all processes of a terminal, to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch_parent()


def _restore(batch: list[str], options: Options, model: ModelLike, workers: int) -> list[str]:
    from newsnorm.model import available_cores, load

    return list(_in_this_process(batch, options, load(model, threads=max(1, available_cores() // workers))))
