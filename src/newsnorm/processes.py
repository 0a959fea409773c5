"""Many texts in many processes: batches are handed out as workers are free, and taken back in order.

One process keeps all cores busy with windows, but decodes on one of them only. Processes do everything side by side.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any

from newsnorm.errors import NewsnormError

if TYPE_CHECKING:
    from newsnorm.model import Scorer

#: Characters handed out at once: some tenths of a second of work, against which a process's mail costs nothing.
BATCH = 20_000
#: Batches under way for each worker, so that none waits while the next text is read.
_AHEAD = 3


def restore_batches(
    texts: Iterable[str], options: Mapping[str, Any], model: str | os.PathLike[str] | Scorer | None, workers: int
) -> Iterator[str]:
    """Restore *texts* in *workers* processes, in their order; *options* are those of `restore`, the model apart.

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


def _restore(
    batch: list[str], options: Mapping[str, Any], model: str | os.PathLike[str] | Scorer | None, workers: int
) -> list[str]:
    from newsnorm import restore_many
    from newsnorm.model import load

    return list(restore_many(batch, **options, model=load(model, processes=workers)))
