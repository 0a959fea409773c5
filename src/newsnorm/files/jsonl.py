"""JSON Lines: a line is an object, one field of which is the text. The other fields are kept."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from newsnorm.errors import TextError
from newsnorm.files.compression import unpacked_name

#: The field that holds the text unless another one is named.
FIELD = "text"
#: What the names of such files end with.
SUFFIXES = (".jsonl", ".ndjson")

Record = dict[str, Any]
T = TypeVar("T")


def field_of(name: str, field: str | None) -> str | None:
    """Name the field that holds the text in a file of that name, or return ``None`` if the file is plain text.

    >>> field_of("wire.jsonl.gz", None), field_of("wire.txt", None), field_of("-", "body")
    ('text', None, 'body')
    """
    return field or (FIELD if unpacked_name(name).lower().endswith(SUFFIXES) else None)


def read(pieces: Iterable[str], field: str, refuse: Callable[[str], None]) -> Iterator[Record]:
    """
    Read records, line by line.

        >>> list(read(['{"id": 7, "te', 'xt": "u s troops"}\\n\\n{"id": 8}'], "text", print))
        line 3 has no field 'text', only 'id': name the field that holds the text, --field NAME
        [{'id': 7, 'text': 'u s troops'}]

    Args:
        pieces: The text of the file, cut anywhere.
        field: The field that has to be there, a string or null.
        refuse: What is told of each line that is no such record. Such lines are left out.
    """
    for number, line in enumerate(_lines(pieces), 1):
        # What editors put before the first line is no part of it.
        if line := line.removeprefix("\ufeff").strip():
            try:
                yield _parse(line, field)
            except TextError as error:
                refuse(f"line {number} {error}")


def write(record: Record) -> str:
    """Write a record as a line."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
        line = json.dumps(record)
    return line + "\n"


def paired(
    items: Iterable[T], text: Callable[[T], str], change: Callable[[Iterator[str]], Iterable[str]]
) -> Iterator[tuple[T, str]]:
    """Pair each of *items* with what *change* makes of its *text*; *change* may read some texts ahead."""
    waiting: deque[T] = deque()

    def texts() -> Iterator[str]:
        for item in items:
            waiting.append(item)
            yield text(item)

    for result in change(texts()):
        yield waiting.popleft(), result


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    # Joined at the end of a line: to add a thousand pieces one by one copies the first of them a thousand times.
    begun: list[str] = []
    for piece in pieces:
        first, *others = piece.split("\n")
        begun.append(first)
        for line in others:
            yield "".join(begun)
            begun = [line]
    yield "".join(begun)


def _parse(line: str, field: str) -> Record:
    try:
        record = json.loads(line, parse_float=finite)
    except json.JSONDecodeError as error:
        raise TextError(f"is not JSON: {error.msg}, at character {error.pos + 1}") from None
    except (ValueError, RecursionError) as error:
        raise TextError(f"cannot be read: {error}") from None
    if not isinstance(record, dict):
        raise TextError(f"is not an object: {{{json.dumps(field)}: ...}} is expected")
    if field not in record:
        others = ", ".join(map(repr, record)) or "none"
        raise TextError(f"has no field {field!r}, only {others}: name the field that holds the text, --field NAME")
    if not isinstance(record[field], str | None):
        raise TextError(f"has a field {field!r} that is no string")
    return record


def finite(number: str) -> float:
    """Read a number of JSON, or raise `ValueError` for one so large that it would be written as ``Infinity``."""
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"the number {number[:20]} is too large to be kept")
    return value
