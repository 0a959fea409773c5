"""The files to restore: each with the name of its result, or with the reason why it cannot be restored.

Such files are rejected before anything is opened: reading a named pipe could wait forever, and a link out of the folder
could lead anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from attrs import frozen

from newsnorm.errors import reason, show
from newsnorm.files.atomic import refusal
from newsnorm.files.compression import uncompressed_name

#: Folder within the folder of results that holds newsnorm's own files.
STATE = ".newsnorm"


@frozen
class Source:
    """A file to restore."""

    #: Its path.
    path: str
    #: The name of its result below the folder of results, with ``/`` between the parts. Results are not compressed.
    name: str
    #: Why it cannot be restored; empty if it can.
    refused: str = ""


def find(arguments: Sequence[str], out: str, glob: str) -> list[Source]:
    """
    Return the files to restore, sorted by name.

    Among the *arguments*, files keep their names, and the files of folders their paths below the folder. *out*, the
    folder of the results, is left out if it is within one of them. *glob* is a pattern for files in folders, such as
    ``*.txt`` or ``wire/*.txt``. It is matched against the end of a path, with and without the suffix of a compressed
    file (``may.txt.gz``). Links to folders are not followed.

    Raises:
        ValueError: A result would overwrite a source or another result.
    """
    out = os.path.realpath(out)
    found: list[Source] = []
    for argument in arguments:
        if argument == "-":
            raise ValueError("standard input has no name for its result: restore it without --out")
        if os.path.isdir(argument):
            if os.path.realpath(argument) == out:
                raise ValueError(f"{argument} is also the folder of the results: give another one to --out")
            found += _walk(os.path.realpath(argument), out, glob)
        else:
            found.append(_look(argument, uncompressed_name(os.path.basename(os.path.normpath(argument))), within=None))
    found.sort(key=lambda source: source.name)
    _check_names(found, out)
    return found


def _walk(top: str, out: str, glob: str) -> Iterator[Source]:
    # Not os.walk, which exceeds Python's recursion limit in a tree a thousand folders deep.
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
            elif PurePath(uncompressed_name(below)).match(glob) or PurePath(below).match(glob):
                yield _look(path, uncompressed_name(below), within=top)


def _look(path: str, name: str, *, within: str | None) -> Source:
    """Return the source at *path* without opening it. A link is followed, but not out of the folder *within*."""
    try:
        # In a folder whose path is resolved, only a link can lead elsewhere.
        real = os.path.realpath(path, strict=True) if within is None or os.path.islink(path) else path
        if within is not None and os.path.commonpath([within, real]) != within:
            return Source(path, name, f"a link to {show(real)}, which is outside the folder")
        refused = refusal(os.stat(real).st_mode)
    except OSError as error:
        return Source(path, name, reason(error))
    return Source(real, name, refused)


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
