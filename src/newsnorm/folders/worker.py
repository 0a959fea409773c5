"""A worker: a process that restores files and does nothing else.

It reads a file, restores it and sends the result to its parent, which alone writes. So a worker can be killed at any
moment, by the system that is out of memory or by the parent that is done, and nothing is left half-written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from attrs import frozen

from newsnorm.errors import DataError, TextError, reason
from newsnorm.files.compression import unpack
from newsnorm.files.text import BLOCK, decode_blocks
from newsnorm.folders.find import open_file
from newsnorm.options import Options
from newsnorm.processes import watch_parent

if TYPE_CHECKING:
    from newsnorm.model import Model


@frozen
class Settings:
    """How to restore: the options of `newsnorm.restore`, and how the files are read."""

    options: Options
    #: Folder of the model, absolute.
    model: Path
    encoding: str | None = None
    stream: bool = False
    #: Field of JSON Lines that holds the text, if it is not that of `newsnorm.files.jsonl.field_of`.
    field: str | None = None

    def fingerprint(self) -> str:
        """
        Reduce all that the results depend on, the files apart, to one SHA-256. The model's files are checked for it.

        Raises:
            DataError: The model is missing or damaged.
        """
        import json
        from importlib.metadata import version

        from newsnorm.model import checksum

        options = self.options._asdict()
        parts = [version("newsnorm"), checksum(self.model), options, self.encoding, self.stream, self.field]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


# --- what it says -----------------------------------------------------------------------------------------------------


class Ready(NamedTuple):
    """The model is loaded."""


class Unusable(NamedTuple):
    """The model cannot be loaded."""

    reason: str


class Piece(NamedTuple):
    """Some of the result, in UTF-8."""

    data: bytes


class Done(NamedTuple):
    """All of the result has been sent: SHA-256 and mode of the file that was read."""

    digest: str
    mode: int


class Failed(NamedTuple):
    """The file cannot be restored."""

    reason: str


class Again(NamedTuple):
    """The file's worker died; what it sent is void, and the file will be begun once more."""


Outcome: TypeAlias = Piece | Done | Failed | Again

# --- what it does -----------------------------------------------------------------------------------------------------


def work(connection: Connection, settings: Settings, jobs: int) -> None:
    """Restore one file after the other, until the parent hangs up."""
    watch_parent()
    from newsnorm.model import Model, available_cores

    # Both say that the parent is gone.
    with suppress(EOFError, ConnectionError):
        try:
            model = Model(settings.model, threads=max(1, available_cores() // jobs))
        except DataError as error:
            connection.send(Unusable(str(error)))
            return
        connection.send(Ready())
        while True:
            for outcome in _restore(connection.recv(), settings, model):
                connection.send(outcome)


def _restore(path: str, settings: Settings, model: Model) -> Iterator[Outcome]:
    from newsnorm.files import jsonl
    from newsnorm.processes import restore_texts
    from newsnorm.streaming import restore_chunks

    digest = hashlib.sha256()

    def blocks() -> Iterator[bytes]:
        while block := file.read(BLOCK):
            digest.update(block)
            yield block

    try:
        with open_file(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            texts = decode_blocks(unpack(blocks()), settings.encoding)
            if field := jsonl.field_of(path, settings.field):
                pieces = _restore_records(texts, field, settings, model)
            elif settings.stream:
                pieces = restore_chunks(texts, settings.options, model)
            else:
                pieces = restore_texts(["".join(texts)], settings.options, model)
            for text in pieces:
                data = text.encode()
                for at in range(0, len(data), BLOCK):
                    yield Piece(data[at : at + BLOCK])
        yield Done(digest.hexdigest(), mode)
    except (OSError, TextError) as error:
        yield Failed(reason(error))
    except Exception as error:  # noqa: BLE001 - a fault of newsnorm's own, or too little memory, costs this file only
        yield Failed(f"newsnorm failed: {error!r}; please report it, with the file if you may")


def _restore_records(pieces: Iterable[str], field: str, settings: Settings, model: Model) -> Iterator[str]:
    from newsnorm.files import jsonl
    from newsnorm.processes import restore_texts

    def refuse(why: str) -> None:
        # A result is there whole or not at all.
        raise TextError(why)

    def change(texts: Iterator[str]) -> Iterator[str]:
        return restore_texts(texts, settings.options, model)

    found = jsonl.read(pieces, field, refuse)
    for record, text in jsonl.paired(found, lambda record: record[field] or "", change):
        yield jsonl.write({**record, field: None if record[field] is None else text})
