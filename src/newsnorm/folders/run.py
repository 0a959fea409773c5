"""A run over files: restores those that are not finished, moves the results into place and reports failures."""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from attrs import define

from newsnorm.errors import NewsnormError, reason, show
from newsnorm.files.atomic import Part
from newsnorm.folders.find import Source
from newsnorm.folders.results import Output
from newsnorm.folders.worker import Done, Failed, Outcome, Settings, restore_files
from newsnorm.processes import Piece

#: Errors after which nothing more can be written.
_FULL = {errno.ENOSPC, errno.EDQUOT}


class DiskFullError(NewsnormError):
    """No space is left for results."""


@define
class Summary:
    """The number of files by outcome."""

    restored: int = 0
    skipped: int = 0
    failed: int = 0

    def __str__(self) -> str:
        files = "1 file" if self.restored == 1 else f"{self.restored} files"
        return f"restored {files}, skipped {self.skipped} finished, failed {self.failed}"


class Run:
    """The files in progress, and the outcome of the others."""

    def __init__(self, output: Output, report: Callable[[str], None], count: Callable[[], None] = lambda: None) -> None:
        self.output, self.report, self.count = output, report, count
        self.summary = Summary()
        self._parts: dict[str, Part] = {}
        #: Files whose results cannot be written, while their workers still send them.
        self._dropped: set[str] = set()

    def restore(self, sources: Iterable[Source], settings: Settings, *, jobs: int) -> None:
        """
        Restore the *sources* that no earlier run has finished. A file that fails is reported, and the rest is restored.

        Raises:
            DataError: The model cannot be loaded.
            DiskFullError: No space is left; finished files stay finished.
            OSError: The journal cannot be written.
            NewsnormError: No worker can be started.
        """
        try:
            with closing(restore_files(self._unfinished(sources), settings, jobs)) as outcomes:
                for source, outcome in outcomes:
                    self._take(source, outcome)
        finally:
            for name in list(self._parts):
                self._discard(name)
        self.output.journal.complete()

    def _unfinished(self, sources: Iterable[Source]) -> Iterator[Source]:
        for source in sources:
            if source.refused:
                self._fail(source, source.refused)
            elif self.output.is_finished(source):
                self.summary.skipped += 1
                self.count()
            elif self.output.is_taken(source):
                self._fail(
                    source,
                    f"{show(self.output.folder)} already has a file of this name that is not a result of newsnorm: "
                    "move it away, or give another folder to --out",
                )
            else:
                yield source

    def _take(self, source: Source, outcome: Outcome) -> None:
        if source.name in self._dropped:
            return
        try:
            if isinstance(outcome, Piece):
                self._part(source.name).write(outcome.data)
            elif isinstance(outcome, Done):
                try:
                    self.output.finish(source, self._part(source.name), outcome.digest, outcome.mode)
                except KeyboardInterrupt:
                    # It may come just after the file was finished.
                    self.summary.restored += self.output.is_finished(source)
                    raise
                del self._parts[source.name]
                self.summary.restored += 1
                self.count()
            else:
                self._discard(source.name)
                if isinstance(outcome, Failed):
                    self._fail(source, outcome.reason)
        except OSError as error:
            self._discard(source.name)
            self._dropped.add(source.name)
            self._fail(source, reason(error))
            if error.errno in _FULL:
                raise DiskFullError(
                    f"no space is left in {show(self.output.folder)}. Finished files stay: make space, and run the "
                    "same command again to resume"
                ) from error

    def _part(self, name: str) -> Part:
        if name not in self._parts:
            self._parts[name] = self.output.begin()
        return self._parts[name]

    def _discard(self, name: str) -> None:
        if part := self._parts.pop(name, None):
            part.discard()

    def _fail(self, source: Source, why: str) -> None:
        self.summary.failed += 1
        if "(--encoding" in why:
            # For all files together it would put wrong letters into those that are read well without it.
            why += f", in a separate run: --glob {shlex.quote(os.path.basename(source.path))}"
        self.report(f"{show(source.name)}: {why}")
        self.count()
