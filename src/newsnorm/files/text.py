"""Reading: from bytes to text, strictly, or an error that says what the bytes more likely are.

A byte that is read in the wrong encoding becomes a wrong letter in a restored text, and nobody sees it. So nothing is
guessed: UTF-8 is read, and UTF-16 and UTF-32 where they begin with their mark; anything else has to be named.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from newsnorm.errors import TextError

#: Bytes that are read, decoded or passed on at once.
BLOCK = 1 << 16

#: The marks that Unicode texts may begin with. The one of UTF-32 comes first, because it begins with that of UTF-16.
#: A mark of UTF-8 is left to be a character of the text: it is one where files are joined.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONGEST_MARK = 4

#: Which bytes of four are NUL in text of the Latin script: `h i` is 68 00 69 00 in UTF-16-LE.
_WIDE: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}
#: Files that people take for text, and what they begin with.
_BINARY = {
    b"PK\3\4": "a zip archive, as Word documents (.docx) are",
    b"\xd0\xcf\x11\xe0": "a document of an old Word or Excel",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
}
#: Bytes that are looked at to tell wide text from other files with NULs.
_SAMPLE = 4096


def check_encoding(name: str) -> str:
    """Return *name*, or raise `ValueError` if Python has no text encoding of that name."""
    try:
        # `"".encode` never looks the name up, and `codecs.lookup` knows base64, too.
        "x".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError) as error:
        raise ValueError(f"{name!r} is not an encoding: try utf-8, utf-16, windows-1252 or latin-1") from error
    return name


def decode_blocks(blocks: Iterable[bytes], encoding: str | None = None) -> Iterator[str]:
    """
    Decode the bytes of a file as they come, however they are cut.

        >>> "".join(decode_blocks(["\\ufeffpeace talks".encode("utf-16-be")]))
        'peace talks'
        >>> "".join(decode_blocks([b"the caf", b"\\xe9s"]))
        Traceback (most recent call last):
            ...
        newsnorm.errors.TextError: not UTF-8: byte 0xE9 at offset 7; it looks like windows-1252 (...

    Args:
        blocks: The bytes, in order.
        encoding: The encoding that they are in. ``None`` for UTF-8, or for UTF-16 or UTF-32 where the bytes begin with
            a mark of it.

    Yields:
        The text, in pieces; if there is an error, everything before it.

    Raises:
        TextError: The bytes are not in that encoding, or, without one given, they hold a NUL.
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
            raise _holds_nul(block, taken)
        taken += len(block)
        try:
            piece = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # What comes before the bad byte is good text. The decoder may have kept bytes of the block before it.
            kept = len(error.object) - len(block)
            yield decoder.decode(block[: max(0, error.start - kept)])
            raise _not(codec, error, taken - len(error.object), told=encoding is not None) from None
        except UnicodeError as error:  # UTF-16 that lacks its mark, for one, is wrong in no place
            raise TextError(f"not {codec}: {error}") from None
        if not piece.isascii() and codec != "utf-8":
            _check_pairs(piece, codec)
        yield piece


def _holds_nul(block: bytes, taken: int) -> TextError:
    """Say what a file with a NUL is. Latin text in UTF-16 is valid UTF-8, every other byte of which is a NUL."""
    offset = taken + block.index(0)
    for begin, kind in _BINARY.items():
        if taken == 0 and block.startswith(begin):
            return TextError(f"{kind}, not text: save what is written in it as plain text first")
    sample = block[:_SAMPLE] if taken == 0 else b""
    lanes = [sample[lane::4] for lane in range(4)]
    likely = _WIDE.get(tuple(lane.count(0) > len(lane) * 0.7 for lane in lanes)) if all(lanes) else None
    if likely:
        return TextError(f"not UTF-8: a NUL byte at offset {offset}; it looks like {likely} (--encoding {likely})")
    return TextError(f"a binary file, not text: a NUL byte at offset {offset} (--encoding utf-8 reads it all the same)")


def _not(codec: str, error: UnicodeDecodeError, begin: int, *, told: bool) -> TextError:
    """Say where and why the bytes are not in *codec*, and what they more likely are."""
    bad = error.object[error.start]
    place = f"not {'UTF-8' if codec == 'utf-8' else codec}: byte 0x{bad:02X} at offset {begin + error.start}"
    if told or codec != "utf-8":
        return TextError(f"{place} ({error.reason}); give the right --encoding, or repair the file")
    if error.reason == "unexpected end of data":
        return TextError(f"{place} begins a character that the file does not end: it may have been cut off")
    if not error.object[: error.start].isascii():
        return TextError(f"{place}, though other bytes before it are: the file may be damaged there")
    likely = "windows-1252" if _fits(error.object, "windows-1252") else "latin-1"
    return TextError(f"{place}; it looks like {likely} (--encoding {likely})")


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _check_pairs(piece: str, codec: str) -> None:
    """Refuse half a surrogate pair, which no file can hold: UTF-7, for one, decodes to such halves."""
    try:
        piece.encode()
    except UnicodeEncodeError as error:
        raise TextError(f"not {codec}: it decodes to half a character, U+{ord(piece[error.start]):04X}") from None
