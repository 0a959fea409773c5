"""The files to restore: found in a folder, each with the name that its result will have, or the reason why it cannot.

What is refused here is refused before anything is opened: a named pipe would be waited for without end, a link out of
the folder could lead anywhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from pathlib import PurePath

from attrs import frozen

from newsnorm.errors import reason, show
from newsnorm.files.compression import unpacked_name

#: Folder within the folder of results that holds newsnorm's own files.
STATE = ".newsnorm"

_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


@frozen
class Source:
    """A file to restore."""

    #: Where it lies.
    path: str
    #: Its result's name below the folder of results, with ``/`` between the parts. What was packed is not packed again.
    name: str
    #: Why it cannot be restored; empty if it can.
    refused: str = ""


def find(arguments: Sequence[str], out: str, glob: str) -> list[Source]:
    """
    Find the files to restore, in the order of their names.

    Args:
        arguments: Files, which keep their names, and folders, whose files keep their paths below the folder.
        out: Folder of the results. It may lie within one of the folders and is left out then.
        glob: Pattern for the files of folders: ``*.txt``, or ``wire/*.txt`` for those in folders of that name. It is
            compared with the end of a path, with and without what tells that the file is packed, as in ``may.txt.gz``.
            Folders that are links are not looked into.

    Raises:
        ValueError: A file would be overwritten: a source by a result, or a result by another one.
    """
    out = os.path.realpath(out)
    found: list[Source] = []
    for argument in arguments:
        if argument == "-":
            raise ValueError("standard input has no name to be stored under: restore it without --out")
        if os.path.isdir(argument):
            if os.path.realpath(argument) == out:
                raise ValueError(f"{argument} is the folder of the results, too: give another one to --out")
            found += _walk(os.path.realpath(argument), out, glob)
        else:
            found.append(_look(argument, unpacked_name(os.path.basename(os.path.normpath(argument))), within=None))
    found.sort(key=lambda source: source.name)
    _check_names(found, out)
    return found


def _walk(top: str, out: str, glob: str) -> Iterator[Source]:
    # Not os.walk, which runs into Python's limit of recursion in a tree a thousand folders deep.
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(top, folder)) as entries:
                found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError as error:
            yield Source(os.path.join(top, folder), folder or ".", reason(error))
            continue
        for name, is_folder in found:
            below = f"{folder}/{name}" if folder else name
            path = os.path.join(top, below)
            if is_folder:
                if path != out and below != STATE:
                    folders.append(below)
            elif PurePath(unpacked_name(below)).match(glob) or PurePath(below).match(glob):
                yield _look(path, unpacked_name(below), within=top)


def _look(path: str, name: str, *, within: str | None) -> Source:
    """Look at a file without opening it. A link is followed, but not out of the folder *within* which it was found."""
    try:
        # Within a folder that was resolved itself, only a link can lead elsewhere.
        real = os.path.realpath(path, strict=True) if within is None or os.path.islink(path) else path
        if within is not None and os.path.commonpath([within, real]) != within:
            return Source(path, name, f"a link to {show(real)}, which is outside the folder")
        kind = stat.S_IFMT(os.stat(real).st_mode)
    except OSError as error:
        return Source(path, name, reason(error))
    return Source(real, name, "" if kind == stat.S_IFREG else f"{_SPECIAL.get(kind, 'a special file')}, not a file")


def _check_names(sources: Iterable[Source], out: str) -> None:
    taken: dict[str, Source] = {}
    for source in sources:
        other = taken.setdefault(source.name, source)
        if other is not source:
            raise ValueError(
                f"{show(other.path)} and {show(source.path)} would both become {show(source.name)}: "
                "restore them in two runs, with an --out for each"
            )
    paths = {source.path for source in taken.values()}
    for source in taken.values():
        result = os.path.join(out, *source.name.split("/"))
        if result in paths:
            raise ValueError(f"the result of {show(source.path)} would overwrite {show(result)}: change --out")


def open_file(path: str) -> BufferedReader:
    """Open a file to read it. It may have become something else since it was looked at: that is refused here again."""
    # Without O_NONBLOCK, to open a named pipe would wait for its writer.
    file = open(path, "rb", opener=lambda path, flags: os.open(path, flags | getattr(os, "O_NONBLOCK", 0)))  # noqa: SIM115 - the caller closes it
    kind = stat.S_IFMT(os.fstat(file.fileno()).st_mode)
    if kind != stat.S_IFREG:
        file.close()
        raise OSError(f"{_SPECIAL.get(kind, 'a special file')}, not a file")
    return file
