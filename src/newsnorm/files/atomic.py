"""Files opened safely, and files that appear complete or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from io import BufferedReader

#: Suffix of a file that is being written.
PART = ".part"

_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def refusal(mode: int) -> str:
    """Return why a file of this mode is not read; empty for a regular file."""
    kind = stat.S_IFMT(mode)
    return "" if kind == stat.S_IFREG else f"{_SPECIAL.get(kind, 'a special file')}, not a file"


def open_file(path: str) -> BufferedReader:
    """Open a regular file for reading, even if the path was checked before: it may name another kind of file by now."""
    # Without O_NONBLOCK, opening a named pipe would wait for its writer.
    file = open(path, "rb", opener=lambda path, flags: os.open(path, flags | getattr(os, "O_NONBLOCK", 0)))  # noqa: SIM115 - the caller closes it
    if why := refusal(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(why)
    return file


class Part:
    """A file that is being written: private, under a name that cannot be guessed, and moved into place at the end."""

    def __init__(self, folder: str) -> None:
        number, self.path = tempfile.mkstemp(suffix=PART, dir=folder)
        self._file = os.fdopen(number, "wb")
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append *data*."""
        self._file.write(data)
        self._digest.update(data)

    def move_to(self, path: str, mode: int) -> str:
        """Close the file, move it to *path* and return its SHA-256; *mode* is that of its source."""
        self._file.flush()
        # Otherwise, after a power failure, the name could be there without the content.
        os.fsync(self._file.fileno())
        self._file.close()
        umask = os.umask(0)
        os.umask(umask)
        # As with `cp`, those who may not read the source may not read the result.
        os.chmod(self.path, (mode | 0o600) & 0o666 & ~umask)
        os.replace(self.path, path)
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Remove the file."""
        # On a full disk, closing fails because it writes the rest once more. The file is closed nevertheless.
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            os.unlink(self.path)
