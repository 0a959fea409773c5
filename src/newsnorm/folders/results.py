"""The folder of results: each file is put there whole or not at all, and what is finished is remembered.

In it, ``.newsnorm/`` holds a lock, a journal of what is finished, and what is being written. A result is written there
first, under a random name, and then moved to its place, which on one file system happens at once or not at all.
Whatever moment a run is killed at, the worst that is left behind is a part that nobody refers to; the next run removes
it. One process does all of this; the others only compute.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from newsnorm.errors import show
from newsnorm.folders.find import STATE, Source, open_file

_PART = ".part"
_JOURNAL = "journal.jsonl"


class Entry(NamedTuple):
    """What is known of a finished file: SHA-256 of what was read, of what was written, and of the settings."""

    source: str
    result: str
    settings: str


#: What is known of a file that is about to be put in its place. It equals that of no file.
_CLAIM = Entry("", "", "")


class Journal:
    """The finished files, one line of JSON each: a line is added as soon as its file is in place."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        #: Whether a line could not be read, so that nobody knows which files are results.
        self.is_damaged = False
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with open(self._file, "rb", closefd=False) as file:
            data = file.read()
        # A run that was killed, or found the disk full, may have left half a line; what follows would be glued to it.
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._file, whole)
        for line in data[:whole].splitlines():
            try:
                record = json.loads(line)
                self.entries[record["name"]] = Entry(record["source"], record["result"], record["settings"])
            except (ValueError, KeyError, TypeError):
                # A line that a disk lost to NULs, or that somebody edited, is one file that is restored again.
                self.is_damaged = True

    def add(self, name: str, entry: Entry) -> None:
        """Add a line, all at once."""
        line = _line(name, entry)
        if os.write(self._file, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path)
        self.entries[name] = entry

    def compact(self) -> None:
        """Write the journal anew: in the order of the names, whatever the order in which the files were finished."""
        lines = b"".join(_line(name, entry) for name, entry in sorted(self.entries.items()))
        with open(self.path, "rb") as file:
            if file.read() == lines:
                return
        part = Part(os.path.dirname(self.path))
        try:
            part.write(lines)
            part.move_to(self.path, 0o600)
        except BaseException:
            part.discard()
            raise

    def close(self) -> None:
        """Close the file; every line is in it already."""
        os.close(self._file)


def _line(name: str, entry: Entry) -> bytes:
    # In ASCII, so that a name that is not text (``\\udcff``) can be written and read again.
    return json.dumps({"name": name, **entry._asdict()}).encode("ascii") + b"\n"


class Part:
    """A file that is being written: readable by nobody else, with a name that nobody can guess."""

    def __init__(self, folder: str) -> None:
        number, self.path = tempfile.mkstemp(suffix=_PART, dir=folder)
        self._file = os.fdopen(number, "wb")
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Write more of it."""
        self._file.write(data)
        self._digest.update(data)

    def move_to(self, path: str, mode: int) -> str:
        """Finish it and put it in its place; return its SHA-256."""
        self._file.flush()
        # Else, after a power cut, the name could be there and its content not.
        os.fsync(self._file.fileno())
        self._file.close()
        os.chmod(self.path, mode)
        os.replace(self.path, path)
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Remove it."""
        # On a full disk, to close it is to fail at writing the rest of it once more. It is closed nevertheless.
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            os.unlink(self.path)


class Output:
    """A folder of results, and the run that it belongs to. To be made with `opened`."""

    def __init__(self, folder: str, settings: str) -> None:
        self.folder, self.settings = folder, settings
        self.state = os.path.join(folder, STATE)
        for name in os.listdir(self.state):
            if name.endswith(_PART):
                os.unlink(os.path.join(self.state, name))
        self.journal = Journal(os.path.join(self.state, _JOURNAL))
        self._umask = os.umask(0)
        os.umask(self._umask)

    def is_finished(self, source: Source) -> bool:
        """Whether a former run has made the result that this one would make, and it is still there."""
        entry = self.journal.entries.get(source.name)
        return (
            entry is not None
            and entry.settings == self.settings
            and entry.result == _digest(self._path(source))
            and entry.source == _digest(source.path)
        )

    def is_taken(self, source: Source) -> bool:
        """Whether a file that no run has made stands where the result would: the original, say."""
        return (
            source.name not in self.journal.entries
            and not self.journal.is_damaged
            and os.path.lexists(self._path(source))
        )

    def begin(self) -> Part:
        """Begin to write a result."""
        return Part(self.state)

    def finish(self, source: Source, part: Part, digest: str, mode: int) -> None:
        """Put the result of *source* in its place. *digest* and *mode* are those of the bytes that were restored."""
        path = self._path(source)
        self._make_way(source.name)
        if source.name not in self.journal.entries:
            # Before it is there: if this run is killed after the next step, the next one has to know it for a result.
            self.journal.add(source.name, _CLAIM)
        # As `cp` does: whoever may not read the source may not read its result.
        try:
            result = part.move_to(path, (mode | 0o600) & 0o666 & ~self._umask)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise OSError(
                f"its folder is on another file system than {show(self.folder)}, so that the result cannot be moved "
                "there at once: give that folder a run of its own, with --out"
            ) from None
        self.journal.add(source.name, Entry(digest, result, self.settings))

    def _path(self, source: Source) -> str:
        return os.path.join(self.folder, *source.name.split("/"))

    def _make_way(self, name: str) -> None:
        """Make the folders that lead to a result, and refuse links on the way: they could lead it anywhere."""
        path = self.folder
        *folders, last = name.split("/")
        for folder in folders:
            path = os.path.join(path, folder)
            with suppress(FileExistsError):
                os.mkdir(path)
            _refuse_link(path)
        _refuse_link(os.path.join(path, last))


def _refuse_link(path: str) -> None:
    if os.path.islink(path):
        raise OSError(f"nothing is written through the link {show(path)}: remove it")


def _digest(path: str) -> str | None:
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@contextmanager
def opened(folder: str, settings: str) -> Iterator[Output]:
    """
    Open a folder of results, made if need be, for this run alone; *settings* identify how it restores.

    Raises:
        OSError: The folder cannot be written to, or another run is writing to it.
    """
    folder = os.path.realpath(folder)
    state = os.path.join(folder, STATE)
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
    os.makedirs(folder, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(state, 0o700)
    # The folder may come from an archive, and so from anybody.
    for path in (state, os.path.join(state, "lock"), os.path.join(state, _JOURNAL)):
        _refuse_link(path)
    lock = os.open(os.path.join(state, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(lock, folder)
        output = Output(folder, settings)
        try:
            yield output
        finally:
            output.journal.close()
    finally:
        # The lock goes with the file, also when the process is killed.
        os.close(lock)


def _lock(lock: int, folder: str) -> None:
    try:
        import fcntl
    except ImportError:  # Windows has none; there, two runs at once are left to the user's care
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(
            f"another newsnorm is writing to {show(folder)}: wait until it is done, or give another folder to --out"
        ) from None
    except OSError as error:  # some network file systems know no locks
        raise OSError(error.errno, error.strerror, folder) from error
