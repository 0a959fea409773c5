"""JSON Lines: each line is an object, and one of its fields is the text. The other fields are kept."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import tee
from typing import Any, TypeVar

from newsnorm.errors import TextError
from newsnorm.files.compression import uncompressed_name

#: The default name of the field that holds the text.
FIELD = "text"
#: The suffixes of JSON Lines files.
SUFFIXES = (".jsonl", ".ndjson")

Record = dict[str, Any]
Item = TypeVar("Item")
Result = TypeVar("Result")


def text_field(name: str, field: str | None) -> str | None:
    """Return the field that holds the text in the file *name*, or ``None`` if the file is plain text.

    >>> text_field("wire.jsonl.gz", None), text_field("wire.txt", None), text_field("-", "body")
    ('text', None, 'body')
    """
    return field or (FIELD if uncompressed_name(name).lower().endswith(SUFFIXES) else None)


def read(pieces: Iterable[str], field: str, refuse: Callable[[str], None]) -> Iterator[Record]:
    """
    Read records line by line.

        >>> list(read(['{"id": 7, "te', 'xt": "u s troops"}\\n\\n{"id": 8}'], "text", print))
        line 3 has no field 'text' (its fields: 'id'): name the text field with --field NAME
        [{'id': 7, 'text': 'u s troops'}]

    *pieces* are the text of the file, cut anywhere. A line without a string or null in *field* is skipped, and *refuse*
    is called with the reason.
    """
    for number, line in enumerate(_lines(pieces), 1):
        # Some editors put a byte order mark before the first line.
        if line := line.removeprefix("\ufeff").strip():
            try:
                record = parse_line(line)
                _check_field(record, field)
            except TextError as error:
                refuse(f"line {number} {error}")
            else:
                yield record


def parse_line(line: str) -> Record:
    """Parse a line, or raise `TextError`. Its message continues the words "line 3"."""
    try:
        record = json.loads(line, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise TextError(f"is not JSON: {error.msg}, at character {error.pos + 1}") from None
    except (ValueError, RecursionError) as error:
        raise TextError(f"cannot be read: {error}") from None
    if not isinstance(record, dict):
        raise TextError('is not a JSON object such as {"text": "..."}')
    return record


def write(record: Record) -> str:
    """Return *record* as a line."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
        line = json.dumps(record)
    return line + "\n"


def paired(
    items: Iterable[Item], value: Callable[[Item], Any], change: Callable[[Iterator[Any]], Iterable[Result]]
) -> Iterator[tuple[Item, Result]]:
    """Pair each of *items* with the result of *change* for its *value*; *change* may read some values ahead."""
    items, read_ahead = tee(items)
    for result in change(map(value, read_ahead)):
        yield next(items), result


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    # Pieces are joined once a line ends: adding a thousand pieces one by one copies the first a thousand times.
    begun: list[str] = []
    for piece in pieces:
        first, *others = piece.split("\n")
        begun.append(first)
        for line in others:
            yield "".join(begun)
            begun = [line]
    yield "".join(begun)


def _check_field(record: Record, field: str) -> None:
    if field not in record:
        fields = ", ".join(map(repr, record)) or "none"
        raise TextError(f"has no field {field!r} (its fields: {fields}): name the text field with --field NAME")
    if not isinstance(record[field], str | None):
        raise TextError(f"has a field {field!r} that is not a string")


def _finite(number: str) -> float:
    """Parse a number, or raise `ValueError` for one so large that it would be written as ``Infinity``."""
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"the number {number[:20]} is too large to be kept")
    return value
