"""The crew: workers that are given file after file, listened to, and replaced when they die."""

from __future__ import annotations

import signal
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import wait
from typing import Any

from newsnorm.errors import DataError
from newsnorm.folders.find import Source
from newsnorm.folders.worker import Again, Failed, Outcome, Piece, Ready, Settings, Unusable, work

#: How often a file is begun: once more than its worker may die.
_ATTEMPTS = 2
#: Workers that may die one after the other before one of them has loaded the model.
_FAILED_STARTS = 3
#: Seconds.
_MOMENT = 10
_MEMORY = "if memory was short, try fewer --jobs, or --stream"


class _Worker:
    """A process, as the parent sees it, and the file that it is at."""

    def __init__(self, settings: Settings, jobs: int) -> None:
        # Spawned, not forked: a fork would share the lock on the results, and what the model's runtime has locked.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, settings, jobs), daemon=True)
        with _without_interrupts():
            self.process.start()
        # The worker alone may hold its end, so that its death is heard at this one.
        theirs.close()
        self.is_ready = False
        self.source: Source | None = None

    def give(self, source: Source) -> None:
        self.source = source
        # A worker that has died meanwhile is noticed when it is listened to.
        with suppress(OSError):
            self.connection.send(source.path)

    def say_how_it_died(self) -> str:
        # It has hung up; that it has ended, too, takes a moment, and must not be waited for without end.
        self.process.join(_MOMENT)
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
def _without_interrupts() -> Iterator[None]:
    """Let a process be started that ignores Ctrl-C, which reaches all processes of a terminal: the parent ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Otherwise it is started with the first process, and it lets signals in again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def restore_files(
    sources: Iterable[Source], settings: Settings, jobs: int
) -> Generator[tuple[Source, Outcome], None, None]:
    """
    Restore files in *jobs* processes, whatever happens to these.

    Yields:
        What becomes of each file: `Piece` after `Piece` and `Done`, or `Failed`; `Again` voids the pieces before it.
        Files that are under way at the same time take turns.

    Raises:
        DataError: The model cannot be loaded.
        OSError: Workers die before they can do anything.
    """
    crew = _Crew(sources, settings, jobs)
    try:
        while busy := crew.hand_out():
            for connection in wait(busy):
                yield from crew.listen(busy[connection])
    finally:
        for worker in crew.workers:
            worker.end()


class _Crew:
    """The workers, the files that wait for them, and the deaths."""

    def __init__(self, sources: Iterable[Source], settings: Settings, jobs: int) -> None:
        self.settings, self.jobs = settings, jobs
        self.workers: list[_Worker] = []
        self.sources = iter(sources)
        # Those whose worker died come last: if memory is short, there is the most of it then.
        self.again: deque[Source] = deque()
        self.deaths: Counter[str] = Counter()
        self.failed_starts = 0

    def hand_out(self) -> dict[Any, _Worker]:
        """Give every worker a file, as long as there are any; return those that are at work, by their connections."""
        idle = [worker for worker in self.workers if worker.source is None]
        while (idle or len(self.workers) < self.jobs) and (source := self._next()):
            if not idle:
                idle.append(_Worker(self.settings, self.jobs))
                self.workers += idle
            idle.pop().give(source)
        return {worker.connection: worker for worker in self.workers if worker.source}

    def _next(self) -> Source | None:
        return next(self.sources, None) or (self.again.popleft() if self.again else None)

    def listen(self, worker: _Worker) -> Iterator[tuple[Source, Outcome]]:
        """Hear what a worker has to say."""
        source = worker.source
        assert source is not None
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            yield source, self._bury(worker, source)
            return
        match message:
            case Ready():
                worker.is_ready = True
                self.failed_starts = 0
            case Unusable(reason):
                raise DataError(reason)
            case _:
                if not isinstance(message, Piece):
                    worker.source = None
                yield source, message

    def _bury(self, worker: _Worker, source: Source) -> Outcome:
        how = worker.say_how_it_died()
        worker.end()
        self.workers.remove(worker)
        if worker.is_ready:
            self.deaths[source.name] += 1
        else:
            # The file is not to blame.
            self.failed_starts += 1
            if self.failed_starts == _FAILED_STARTS:
                raise OSError(f"the process that restores {how} before it began, {_FAILED_STARTS} times: {_MEMORY}")
        if self.deaths[source.name] == _ATTEMPTS:
            return Failed(f"the process that restored it {how}, {_ATTEMPTS} times: {_MEMORY}")
        self.again.append(source)
        return Again()
