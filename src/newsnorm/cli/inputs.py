"""The input of the command: files and standard input, compressed or not, as plain text or JSON Lines."""

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
from newsnorm.files.compression import decompress
from newsnorm.files.text import BLOCK, decode_blocks


class Text(NamedTuple):
    """An input text: a whole file, or one field of a record, where null is read as an empty text."""

    path: str
    text: str
    record: jsonl.Record | None = None
    field: str = jsonl.FIELD
    #: Bytes read for it that the progress line does not include yet.
    size: int = 0


def _blocks(path: str, count: Callable[[int], None]) -> Iterator[bytes]:
    """Read a file, or standard input for ``-``, as its bytes arrive; *count* them."""
    if path == "-" and sys.stdin is None:
        raise OSError("it is closed")
    with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as file:
        while block := os.read(file.fileno(), BLOCK):
            count(len(block))
            yield block


def pieces(options: argparse.Namespace, path: str, count: Callable[[int], None]) -> Iterator[str]:
    """Read the text of a file as it arrives, decompressed."""
    if path == "-" and sys.stdin is not None and sys.stdin.isatty():
        options.console.print_message("reading from the terminal; end with Ctrl-D. To read a file, pass its name")
    return decode_blocks(decompress(_blocks(path, count)), options.encoding)


@contextmanager
def report_errors(options: argparse.Namespace, path: str) -> Iterator[None]:
    """Report a file that cannot be read, and go on to the next one."""
    try:
        yield
    except (OSError, TextError) as error:
        _report(options, path, reason(error))


def _report(options: argparse.Namespace, path: str, why: str) -> None:
    options.console.print_message(f"{'standard input' if path == '-' else show(path)}: {why}")
    options.status = 1


def texts(options: argparse.Namespace) -> Iterator[Text]:
    """Read all files that can be read, each as one text or as JSON Lines."""
    count_bytes(options.console, options.files)
    for path in options.files or ["-"]:
        if field := jsonl.text_field(path, options.field):
            yield from _records(options, path, field)
        else:
            yield from whole(options, path)


def _records(options: argparse.Namespace, path: str, field: str) -> Iterator[Text]:
    with report_errors(options, path):
        found = pieces(options, path, options.console.add)
        for record in jsonl.read(found, field, partial(_report, options, path)):
            yield Text(path, record[field] or "", record, field)


def whole(options: argparse.Namespace, path: str) -> Iterator[Text]:
    """Read a file as one text, if it can be read."""
    sizes: list[int] = []
    with report_errors(options, path):
        yield Text(path, "".join(pieces(options, path, sizes.append)), size=sum(sizes))


def count_bytes(console: Console, paths: Sequence[str]) -> None:
    """Show the progress, unless the output goes to the same terminal or the total size is unknown."""
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
