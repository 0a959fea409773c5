"""Files restored in worker processes.

A worker reads and restores a file and sends the result to its parent; only the parent writes. So a worker may be killed
at any moment, by a system that runs out of memory or by the parent, and nothing is left half-written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from attrs import frozen

from newsnorm.errors import NewsnormError, TextError, reason
from newsnorm.files.atomic import open_file
from newsnorm.files.compression import decompress
from newsnorm.files.text import BLOCK, decode_blocks
from newsnorm.folders.find import Source
from newsnorm.options import Options
from newsnorm.processes import Crew, Died, Piece, Raised

if TYPE_CHECKING:
    from newsnorm.model import ModelLike


@frozen
class Settings:
    """How to restore: the options of `newsnorm.restore`, and how the files are read."""

    options: Options
    #: Folder of the model, absolute.
    model: Path
    encoding: str | None = None
    stream: bool = False
    #: Field of JSON Lines that holds the text, if it is not that of `newsnorm.files.jsonl.text_field`.
    field: str | None = None

    def fingerprint(self) -> str:
        """
        Return one SHA-256 of everything that the results depend on except the files. It checks the model's files.

        Raises:
            DataError: The model is missing or damaged.
        """
        import json
        from importlib.metadata import version

        from newsnorm.model import checksum

        options = self.options._asdict()
        parts = [version("newsnorm"), checksum(self.model), options, self.encoding, self.stream, self.field]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Done(NamedTuple):
    """The whole result has been sent: SHA-256 and mode of the file that was read."""

    digest: str
    mode: int


class Failed(NamedTuple):
    """The file cannot be restored."""

    reason: str


#: The outcome of a file: pieces and `Done`, or `Failed`. After `Died` the pieces are void, and the file is tried again.
Outcome: TypeAlias = Piece | Done | Failed | Died


def restore_files(
    sources: Iterable[Source], settings: Settings, jobs: int
) -> Generator[tuple[Source, Outcome], None, None]:
    """
    Restore files in *jobs* processes; yield the outcomes as they come.

    Raises:
        DataError: The model cannot be loaded.
        NewsnormError: Workers die before they are ready.
    """
    advice = "if memory was short, try fewer --jobs, or --stream"
    tasks = ((source, source.path) for source in sources)
    with closing(Crew(_restore, (settings,), settings.model, jobs, advice).run(tasks)) as messages:
        for source, message in messages:
            match message:
                case Raised(NewsnormError() as error):
                    yield source, Failed(str(error))
                case Raised(error):
                    # An error in newsnorm, or too little memory, affects this file only.
                    yield source, Failed(f"newsnorm failed: {error!r}; please report it, with the file if you may")
                case outcome:
                    yield source, outcome


def _restore(path: str, settings: Settings, model: ModelLike) -> Iterator[Piece | Done | Failed]:
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
            texts = decode_blocks(decompress(blocks()), settings.encoding)
            if field := jsonl.text_field(path, settings.field):
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


def _restore_records(pieces: Iterable[str], field: str, settings: Settings, model: ModelLike) -> Iterator[str]:
    from newsnorm.files import jsonl
    from newsnorm.processes import restore_texts

    def refuse(why: str) -> None:
        # A result is complete or not there at all.
        raise TextError(why)

    def change(texts: Iterator[str]) -> Iterator[str]:
        return restore_texts(texts, settings.options, model)

    found = jsonl.read(pieces, field, refuse)
    for record, text in jsonl.paired(found, lambda record: record[field] or "", change):
        yield jsonl.write({**record, field: None if record[field] is None else text})
