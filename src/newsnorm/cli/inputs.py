"""What the command reads: files and standard input, packed or not, as texts or as jsonl."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import NamedTuple

from newsnorm.cli.console import Console
from newsnorm.errors import TextError, reason, show
from newsnorm.files import jsonl
from newsnorm.files.compression import unpack

#: How many bytes of a pipe are read at once, or fewer if there are no more yet.
_BLOCK = 1 << 16


class Text(NamedTuple):
    """A text that was read: the whole of a file, or one field of a record, in which null reads as no text."""

    path: str
    text: str
    record: jsonl.Record | None = None
    field: str = jsonl.FIELD
    #: Bytes that were read for it and not counted yet.
    size: int = 0


def _blocks(path: str) -> Iterator[bytes]:
    """Read a file, or standard input for ``-``, as its bytes come."""
    if path == "-" and sys.stdin is None:
        raise OSError("it is closed")
    with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as file:
        while block := os.read(file.fileno(), _BLOCK):
            yield block


def pieces(options: argparse.Namespace, path: str, count: Callable[[int], None]) -> Iterator[str]:
    """Read the text of a file as it comes, unpacked if it is packed."""
    from newsnorm.files.text import decode_blocks

    if path == "-" and sys.stdin is not None and sys.stdin.isatty():
        options.console.say("reading what you type here, up to Ctrl-D on a line of its own; for a file, give its name")

    def counted() -> Iterator[bytes]:
        for block in _blocks(path):
            count(len(block))
            yield block

    return decode_blocks(unpack(counted()), options.encoding)


@contextmanager
def reported(options: argparse.Namespace, path: str) -> Iterator[None]:
    """Report a file that cannot be read, and go on: the others are none the worse for it."""
    try:
        yield
    except (OSError, TextError) as error:
        _refuse(options, path, reason(error))


def _refuse(options: argparse.Namespace, path: str, why: str) -> None:
    options.console.say(f"{'standard input' if path == '-' else show(path)}: {why}")
    options.status = 1


def texts(options: argparse.Namespace) -> Iterator[Text]:
    """Read those files that can be read, each as one text or as jsonl."""
    count_bytes(options.console, options.files)
    for path in options.files or ["-"]:
        if field := jsonl.field_of(path, options.field):
            yield from _records(options, path, field)
        else:
            yield from whole(options, path)


def _records(options: argparse.Namespace, path: str, field: str) -> Iterator[Text]:
    with reported(options, path):
        found = pieces(options, path, options.console.add)
        for record in jsonl.read(found, field, partial(_refuse, options, path)):
            yield Text(path, record[field] or "", record, field)


def whole(options: argparse.Namespace, path: str) -> Iterator[Text]:
    """Read a file as one text, if it can be read."""
    sizes: list[int] = []
    with reported(options, path):
        yield Text(path, "".join(pieces(options, path, sizes.append)), size=sum(sizes))


def count_bytes(console: Console, paths: Sequence[str]) -> None:
    """Show how far it is, unless the result runs over the same terminal, or nobody knows how much there is."""
    total = 0
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        if not stat.S_ISREG(status.st_mode):
            return
        total += status.st_size
    if sys.stdout is not None and not sys.stdout.isatty():
        console.start(total, "MB")
