"""Strict decoding of bytes. An error names the encoding that they are likely to have.

A byte read in the wrong encoding becomes a wrong letter that is easily overlooked in the restored text. So no encoding
is guessed: UTF-8 is read, and UTF-16 and UTF-32 with a byte order mark; any other encoding has to be given.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from newsnorm.errors import TextError

#: Bytes that are read, decoded or passed on at a time.
BLOCK = 1 << 16

#: Byte order marks. UTF-32 comes first, because its mark begins with that of UTF-16. The mark of UTF-8 is kept as a
#: character of the text: where files were joined, it can be anywhere.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONGEST_MARK = 4

#: Which of four bytes are NUL in Latin text: `hi` is 68 00 69 00 in UTF-16-LE.
_WIDE: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}
#: The first bytes of files that are mistaken for text.
_BINARY = {
    b"PK\3\4": "a zip archive, such as a Word document (.docx)",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel document",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
}
#: Bytes that are inspected to distinguish UTF-16 and UTF-32 from other files with NULs.
_SAMPLE = 4096


def check_encoding(name: str) -> str:
    """Return *name*, or raise `ValueError` if Python has no text encoding of that name."""
    try:
        # `"".encode` does not look up the name, and `codecs.lookup` also accepts base64.
        "x".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError) as error:
        raise ValueError(f"{name!r} is not an encoding: try utf-8, utf-16, windows-1252 or latin-1") from error
    return name


def decode_blocks(blocks: Iterable[bytes], encoding: str | None = None) -> Iterator[str]:
    """
    Decode the bytes of a file as they arrive, cut anywhere.

        >>> "".join(decode_blocks(["\\ufeffpeace talks".encode("utf-16-be")]))
        'peace talks'
        >>> "".join(decode_blocks([b"the caf", b"\\xe9s"]))
        Traceback (most recent call last):
            ...
        newsnorm.errors.TextError: not UTF-8: byte 0xE9 at offset 7; it looks like windows-1252 (...

    Without an *encoding* they are UTF-8, or UTF-16 or UTF-32 with a byte order mark. Everything before an error is
    yielded.

    Raises:
        TextError: The bytes are not in that encoding, or they contain a NUL and no encoding is given.
    """
    blocks = filter(None, blocks)
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _LONGEST_MARK:
            break
    codec = encoding or next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
    decoder = codecs.getincrementaldecoder(codec)("strict")
    taken = 0
    for block in chain([head], blocks, [b""]):
        if encoding is None and codec == "utf-8" and 0 in block:
            raise _nul_error(block, taken)
        taken += len(block)
        try:
            piece = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # The text before the bad byte is good. The decoder may have kept bytes of the previous block.
            kept = len(error.object) - len(block)
            yield decoder.decode(block[: max(0, error.start - kept)])
            raise _decoding_error(codec, error, taken - len(error.object), given=encoding is not None) from None
        except UnicodeError as error:  # has no offset, for example if UTF-16 lacks its byte order mark
            raise TextError(f"not {codec}: {error}") from None
        if not piece.isascii() and codec != "utf-8":
            _check_surrogates(piece, codec)
        yield piece


def _nul_error(block: bytes, taken: int) -> TextError:
    """Return the error for a file with a NUL. Latin text in UTF-16 is valid UTF-8 with a NUL as every other byte."""
    offset = taken + block.index(0)
    for begin, kind in _BINARY.items():
        if taken == 0 and block.startswith(begin):
            return TextError(f"{kind}, not text: save its content as plain text first")
    sample = block[:_SAMPLE] if taken == 0 else b""
    lanes = [sample[lane::4] for lane in range(4)]
    likely = _WIDE.get(tuple(lane.count(0) > len(lane) * 0.7 for lane in lanes)) if all(lanes) else None
    if likely:
        return TextError(f"not UTF-8: a NUL byte at offset {offset}; it looks like {likely} (--encoding {likely})")
    return TextError(f"a binary file, not text: a NUL byte at offset {offset} (to read it anyway: --encoding utf-8)")


def _decoding_error(codec: str, error: UnicodeDecodeError, begin: int, *, given: bool) -> TextError:
    """Return the error for bytes that are not in *codec*, with the offset and the likely encoding."""
    bad = error.object[error.start]
    place = f"not {'UTF-8' if codec == 'utf-8' else codec}: byte 0x{bad:02X} at offset {begin + error.start}"
    if given or codec != "utf-8":
        return TextError(f"{place} ({error.reason}); give the right --encoding, or repair the file")
    if error.reason == "unexpected end of data":
        return TextError(f"{place} begins an incomplete character: the file may be truncated")
    if not error.object[: error.start].isascii():
        return TextError(f"{place}, but the text before it is: the file may be damaged there")
    likely = "windows-1252"
    try:
        error.object.decode(likely)
    except UnicodeDecodeError:
        likely = "latin-1"
    return TextError(f"{place}; it looks like {likely} (--encoding {likely})")


def _check_surrogates(piece: str, codec: str) -> None:
    """Refuse lone surrogates, which UTF-8 cannot encode. UTF-7, for example, may decode to them."""
    try:
        piece.encode()
    except UnicodeEncodeError as error:
        raise TextError(f"not {codec}: it decodes to a lone surrogate, U+{ord(piece[error.start]):04X}") from None
