"""The folder of results: each result appears complete or not at all, and finished files are remembered.

In it, ``.newsnorm/`` holds the journal, which is the lock as well, and the results that are being written. A result is
written there first, under a random name, and then moved into place, which on one file system is atomic. Whenever a run
is killed, at worst it leaves a part that nothing refers to; the next run removes it. One process does all of this; the
others only compute.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

from newsnorm.errors import show
from newsnorm.files.atomic import PART, Part, open_file
from newsnorm.folders.find import STATE, Source

_JOURNAL = "journal.sqlite"
#: A damaged journal. While it exists, it is unknown which files are results.
_DAMAGED = "journal.damaged"
_TABLE = "CREATE TABLE files (name BLOB PRIMARY KEY, source TEXT, result TEXT, settings TEXT) WITHOUT ROWID"
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB}
_ERRNO = {sqlite3.SQLITE_BUSY: errno.EAGAIN, sqlite3.SQLITE_FULL: errno.ENOSPC}
#: SQLite's rollback journal ends with these bytes if it names another file, which SQLite deletes. It never does here.
_NAMES_A_FILE = bytes.fromhex("d9d505f920a163d7")


class Entry(NamedTuple):
    """A finished file: SHA-256 of what was read, of what was written, and of the settings."""

    source: str
    result: str
    settings: str


#: The entry of a file that is about to be moved into place. It equals that of no finished file.
_CLAIM = Entry("", "", "")


class Journal:
    """The finished files, one row each of a SQLite database. While it is open, no other process can open it."""

    def __init__(self, folder: str) -> None:
        self.path, self._damaged = (os.path.join(folder, name) for name in (_JOURNAL, _DAMAGED))
        # SQLite would let others read it.
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with self._system_errors():
            try:
                self._open()
            except sqlite3.Error as error:
                if _code(error) not in _DAMAGE:
                    raise
                os.replace(self.path, self._damaged)
                self._open()
        #: Whether a journal was lost, so that it is unknown which files are results.
        self.is_damaged = os.path.exists(self._damaged)

    def _open(self) -> None:
        # Without a timeout, because another run may hold the lock for hours; each statement is a transaction.
        self._database = database = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        # A damaged entry is that of an unfinished file.
        database.text_factory = lambda data: data.decode(errors="replace")
        try:
            # The lock is kept until the database is closed; if this process is killed, the system releases it.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            # SQLite opens a file that it may not write to without an error and without a lock.
            database.execute("PRAGMA user_version = 1")
            tables = database.execute("SELECT sql FROM sqlite_master").fetchall()
            if not tables:
                database.execute(_TABLE)
            # Other tables could come with code of their own.
            elif tables != [(_TABLE,)] or database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise sqlite3.DatabaseError
            database.execute("COMMIT")
        except BaseException:
            database.close()
            raise

    @contextmanager
    def _system_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            number = _ERRNO.get(_code(error))
            raise OSError(number or errno.EIO, os.strerror(number) if number else str(error), self.path) from error

    def get(self, name: str) -> Entry | None:
        """Return the entry of a file."""
        query = "SELECT source, result, settings FROM files WHERE name = ?"
        with self._system_errors():
            found = self._database.execute(query, [os.fsencode(name)]).fetchone()
        return found and Entry(*found)

    def add(self, name: str, entry: Entry) -> None:
        """Store the entry of a file."""
        with self._system_errors():
            self._database.execute("REPLACE INTO files VALUES (?, ?, ?, ?)", [os.fsencode(name), *entry])

    def complete(self) -> None:
        """Remove a damaged journal: the new one has all files of the run."""
        if self.is_damaged:
            os.unlink(self._damaged)

    def close(self) -> None:
        """Release the lock."""
        self._database.close()


def _code(error: sqlite3.Error) -> int:
    # Without a code, it was raised here.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


class Output:
    """A folder of results, and the run that it belongs to. Opened by `open_results`."""

    def __init__(self, folder: str, settings: str) -> None:
        self.folder, self.settings = folder, settings
        self.state = os.path.join(folder, STATE)
        self.journal = Journal(self.state)
        for name in os.listdir(self.state):
            if name.endswith(PART):
                os.unlink(os.path.join(self.state, name))

    def is_finished(self, source: Source) -> bool:
        """Return whether an earlier run wrote the result that this run would write, and it is still there."""
        entry = self.journal.get(source.name)
        return (
            entry is not None
            and entry.settings == self.settings
            and entry.result == _digest(self._path(source))
            and entry.source == _digest(source.path)
        )

    def is_taken(self, source: Source) -> bool:
        """Return whether a file that no run wrote, such as an original, is at the place of the result."""
        return (
            not self.journal.is_damaged
            and self.journal.get(source.name) is None
            and os.path.lexists(self._path(source))
        )

    def begin(self) -> Part:
        """Start writing a result."""
        return Part(self.state)

    def finish(self, source: Source, part: Part, digest: str, mode: int) -> None:
        """Move the result of *source* into place. *digest* and *mode* are those of the file that was read."""
        path = self._path(source)
        self._make_parents(source.name)
        if self.journal.get(source.name) is None:
            # Before the move: if this run is killed right after it, the next run must recognise the file as a result.
            self.journal.add(source.name, _CLAIM)
        try:
            result = part.move_to(path, mode)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise OSError(
                f"its folder is on another file system than {show(self.folder)}, so the result cannot be moved there "
                "atomically: restore that folder in a separate run with its own --out"
            ) from None
        self.journal.add(source.name, Entry(digest, result, self.settings))

    def _path(self, source: Source) -> str:
        return os.path.join(self.folder, *source.name.split("/"))

    def _make_parents(self, name: str) -> None:
        """Create the folders of a result. A link on its path is refused, because it could lead anywhere."""
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
        raise OSError(f"nothing is written through a link: remove {show(path)}")


def _digest(path: str) -> str | None:
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@contextmanager
def open_results(folder: str, settings: str) -> Iterator[Output]:
    """
    Open a folder of results for this run alone, creating it if needed; *settings* identify how the run restores.

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
    _check_state(state)
    try:
        output = Output(folder, settings)
    except BlockingIOError:
        raise OSError(
            f"another newsnorm is writing to {show(folder)}: wait for it, or give another folder to --out. If no other "
            "one is running, the file system has no locks: give a folder on another file system"
        ) from None
    with closing(output.journal):
        yield output


def _check_state(state: str) -> None:
    """Refuse harmful files in the folder *state*, which may come from an archive."""
    journal = os.path.join(state, _JOURNAL)
    rollback = f"{journal}-journal"
    for path in (state, journal, rollback, f"{journal}-wal"):
        _refuse_link(path)
    with suppress(FileNotFoundError), open_file(rollback) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - len(_NAMES_A_FILE)))
        if file.read() == _NAMES_A_FILE:
            raise OSError(f"{show(rollback)} names another file, which would be deleted: remove {show(state)}")
