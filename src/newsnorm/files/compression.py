"""Packed files, read as they are: gzip, and zstd where its package is there. Their first bytes tell which.

Nothing is unpacked all at once: a kilobyte of gzip can hold a megabyte, and one of zstd more than that.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from newsnorm.errors import TextError

if TYPE_CHECKING:
    from zstandard import ZstdDecompressionObj

#: What the names of packed files end with.
SUFFIXES = (".gz", ".zst")

#: No text in UTF-8 begins with these.
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
#: Bytes that come out of gzip at once, at the most.
_BLOCK = 1 << 16
#: Bytes that go into zstd at once. They become 32 MB at the worst.
_SIP = 1 << 10


def unpacked_name(name: str) -> str:
    """Name what is in a packed file.

    >>> unpacked_name("wire/may.txt.gz"), unpacked_name("wire/may.txt")
    ('wire/may.txt', 'wire/may.txt')
    """
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def unpack(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """
    Unpack the bytes of a file as they come; pass them on if they are not packed.

        >>> import gzip
        >>> packed = gzip.compress(b"u s troops\\n")
        >>> b"".join(unpack([packed[:9], packed[9:]])), b"".join(unpack([b"u s troops"]))
        (b'u s troops\\n', b'u s troops')

    Raises:
        TextError: The file is damaged, or cut off, or packed by zstd while the package ``zstandard`` is not there.
    """
    blocks = filter(None, blocks)
    head = b""
    for block in blocks:
        head += block
        if len(head) >= len(_ZSTD):
            break
    whole = chain([head], blocks)
    if head.startswith(_GZIP):
        yield from _gunzip(whole)
    elif head.startswith(_ZSTD):
        yield from _unzstd(whole)
    else:
        yield from whole


def _gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for data in blocks:
        while data:
            if unpacker.eof:
                # Another file may have been added to the first, or NULs that a tape was filled up with.
                data = data.lstrip(b"\0")
                if not data:
                    break
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                yield unpacker.decompress(data, _BLOCK)
            except zlib.error as error:
                raise TextError(f"a damaged gzip file ({error}): pack or fetch it again") from None
            data = unpacker.unconsumed_tail or unpacker.unused_data
    _check_end("gzip", unpacker.eof)


def _unzstd(blocks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise TextError(
            "packed by zstd, for which the package zstandard is needed: pip install zstandard, or unpack it first, "
            "zstd -dc FILE | newsnorm ..."
        ) from None
    unpacker: ZstdDecompressionObj = zstandard.ZstdDecompressor().decompressobj()
    for block in blocks:
        for at in range(0, len(block), _SIP):
            data = block[at : at + _SIP]
            while data:
                if unpacker.eof:
                    unpacker = zstandard.ZstdDecompressor().decompressobj()
                try:
                    yield unpacker.decompress(data)
                except zstandard.ZstdError as error:
                    raise TextError(f"a damaged zstd file ({error}): pack or fetch it again") from None
                data = unpacker.unused_data
    _check_end("zstd", unpacker.eof)


def _check_end(packer: str, is_there: bool) -> None:
    if not is_there:
        raise TextError(f"a {packer} file that ends in its midst: it may have been cut off; pack or fetch it again")
