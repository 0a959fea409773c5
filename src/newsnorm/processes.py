"""Worker processes: a crew gives tasks to its workers and replaces those that die.

One process scores windows on all cores but decodes on only one of them. Several processes do everything in parallel.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from newsnorm.errors import NewsnormError, check_text
from newsnorm.options import Options

if TYPE_CHECKING:
    from newsnorm.model import ModelLike

#: Characters per batch: some tenths of a second of work, compared with which a message costs nothing.
BATCH = 20_000
#: Batches in progress per worker, so that no worker waits while the next text is read.
_AHEAD = 3
#: How often a task is tried: its worker may die once.
_ATTEMPTS = 2
#: Workers that may die in a row before one of them has loaded the model.
_FAILED_STARTS = 3
#: Seconds.
_JOIN_TIMEOUT = 10

_Work = Callable[..., Iterator[Any]]


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
    advice = (
        "if memory was short, ask for fewer workers. In a script, start them under "
        '`if __name__ == "__main__":`, because each process imports the script'
    )
    done: dict[int, Any] = {}
    turn = 0

    def tasks() -> Iterator[tuple[int, list[str]] | None]:
        for number, batch in enumerate(batches(texts)):
            yield number, batch
            while number + 1 == turn + workers * _AHEAD:
                yield None

    with closing(Crew(_restore, (options,), model, workers, advice, _AHEAD).run(tasks())) as messages:
        for number, message in messages:
            if not isinstance(message, Died):
                done[number] = message
            while turn in done:
                if isinstance(done[turn], Raised):
                    raise done[turn].error
                yield from done.pop(turn)
                turn += 1


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """
    Group *texts* into batches large enough for a message.

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


def _restore(batch: list[str], options: Options, model: ModelLike) -> Iterator[list[str]]:
    yield list(_in_this_process(batch, options, model))


class Ready(NamedTuple):
    """The model is loaded."""


class Piece(NamedTuple):
    """A part of a result. Any other message about a task is the last one."""

    data: bytes


class Raised(NamedTuple):
    """The task, or loading the model, raised an exception."""

    error: Exception


class Died(NamedTuple):
    """The worker died. The pieces that it sent are void, and the task will be tried again."""

    how: str


# --- the crew ---------------------------------------------------------------------------------------------------------


class _Worker:
    """A process, as its parent sees it. It works at the first of its tasks."""

    def __init__(self, *arguments: object) -> None:
        # Spawned, not forked: a fork would share the locks of the model's runtime.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, *arguments), daemon=True)
        with _interrupts_blocked():
            self.process.start()
        # Only the worker may hold its end of the pipe, so that its death closes the pipe.
        theirs.close()
        self.is_ready = False
        self.tasks: deque[tuple[Any, Any]] = deque()

    def exit_reason(self) -> str:
        # The pipe is closed; the process may take a moment to exit.
        self.process.join(_JOIN_TIMEOUT)
        code = self.process.exitcode
        if code is not None and code < 0:
            return f"was killed by signal {-code} ({signal.strsignal(-code)})"
        return f"ended with status {code}"

    def end(self) -> None:
        # It has nothing to lose.
        self.process.kill()
        self.process.join()
        self.connection.close()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block Ctrl-C for processes started here: it reaches all processes of a terminal, and the parent ends its own."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Otherwise it would be started together with the first process, and it unblocks signals.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Crew:
    """
    Up to *jobs* processes, each with up to *ahead* tasks. *advice* says what the user can do if processes die.

    For each task ``work(task, *arguments, scorer)`` yields any number of `Piece` and one other message.
    """

    def __init__(
        self, work: _Work, arguments: tuple[object, ...], model: ModelLike, jobs: int, advice: str, ahead: int = 1
    ) -> None:
        from newsnorm.model import Model

        self._arguments = (work, arguments, model.folder if isinstance(model, Model) else model, jobs)
        self._jobs, self._advice, self._ahead = jobs, advice, ahead
        self._workers: list[_Worker] = []
        # Tasks of dead workers. They come last: if memory is short, most of it is free then.
        self._again: deque[tuple[Any, Any]] = deque()
        #: By the key of the task; by ``None`` those of processes that had not loaded the model.
        self._deaths: Counter[Any] = Counter()

    def run(self, tasks: Iterator[tuple[Any, Any] | None]) -> Generator[tuple[Any, Any], None, None]:
        """
        Yield the messages about *tasks* as they come. A task has a key; ``None`` means that there is no task yet.

        Raises:
            DataError: The model cannot be loaded.
            NewsnormError: Workers die before they are ready.
        """
        try:
            while busy := self._assign(tasks):
                for connection in wait(busy):
                    yield from self._receive(busy[connection])
        finally:
            for worker in self._workers:
                worker.end()

    def _assign(self, tasks: Iterator[tuple[Any, Any] | None]) -> dict[Any, _Worker]:
        """Assign tasks as long as workers are free; return the busy workers by their connections."""
        while len(self._workers) < self._jobs or any(len(one.tasks) < self._ahead for one in self._workers):
            task = next(tasks, None) or (self._again.popleft() if self._again else None)
            if not task:
                break
            if len(self._workers) < self._jobs and all(one.tasks for one in self._workers):
                self._workers.append(_Worker(*self._arguments))
            worker = min(self._workers, key=lambda one: len(one.tasks))
            worker.tasks.append(task)
            # If the worker has died, `_receive` will notice.
            with suppress(OSError):
                worker.connection.send(task[1])
        return {one.connection: one for one in self._workers if one.tasks}

    def _receive(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        key, _ = worker.tasks[0]
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            message = self._on_death(worker, key)
        if isinstance(message, Ready):
            worker.is_ready = True
            del self._deaths[None]
        elif isinstance(message, Raised) and not worker.is_ready:
            raise message.error
        else:
            if not isinstance(message, (Piece, Died)):
                worker.tasks.popleft()
            yield key, message

    def _on_death(self, worker: _Worker, key: Any) -> Died | Raised:
        how = worker.exit_reason()
        worker.end()
        self._workers.remove(worker)
        key, limit, when = (key, _ATTEMPTS, "") if worker.is_ready else (None, _FAILED_STARTS, " before it began")
        self._deaths[key] += 1
        if self._deaths[key] < limit:
            self._again += worker.tasks
            return Died(how)
        self._again += [task for task in worker.tasks if task[0] != key]
        return Raised(NewsnormError(f"the worker process {how}{when}, {limit} times: {self._advice}"))


# --- in a worker ------------------------------------------------------------------------------------------------------


def _serve(connection: Connection, *arguments: Any) -> None:
    """Work at tasks until the parent is gone."""
    if not hasattr(signal, "pthread_sigmask"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive_tasks, args=(connection, tasks), daemon=True).start()
    # The other thread ends this process if the parent is gone.
    with suppress(ConnectionError):
        for message in _messages(tasks, *arguments):
            connection.send(message)


def _receive_tasks(connection: Connection, tasks: SimpleQueue[Any]) -> None:
    """Receive tasks at once, so that the parent never waits for this process, and end together with the parent."""
    with suppress(EOFError, OSError):
        while True:
            tasks.put(connection.recv())
    os._exit(1)


def _messages(
    tasks: SimpleQueue[Any], work: _Work, arguments: tuple[object, ...], model: ModelLike, jobs: int
) -> Iterator[Any]:
    from newsnorm.model import available_cores, load

    try:
        scorer = load(model, threads=max(1, available_cores() // jobs))
        yield Ready()
    except Exception as error:  # noqa: BLE001 - the parent raises it
        yield Raised(error)
        return
    while True:
        try:
            yield from work(tasks.get(), *arguments, scorer)
        except Exception as error:  # noqa: BLE001 - the parent decides
            error.add_note(f"In a worker process:\n{traceback.format_exc()}")
            yield Raised(error)
