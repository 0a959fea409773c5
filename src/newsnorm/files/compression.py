"""Compressed files: gzip, and zstd if its package is installed. The first bytes decide, not the name.

Data is decompressed a little at a time, because a kilobyte of gzip can hold a megabyte, and one of zstd even more.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from newsnorm.errors import TextError

#: The suffixes of compressed files.
SUFFIXES = (".gz", ".zst")

#: No text in UTF-8 begins with these.
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
#: Bytes that are decompressed at once. They become 1 MB of gzip or 32 MB of zstd at worst.
_CHUNK = 1 << 10


def uncompressed_name(name: str) -> str:
    """Remove the suffix of a compressed file.

    >>> uncompressed_name("wire/may.txt.gz"), uncompressed_name("wire/may.txt")
    ('wire/may.txt', 'wire/may.txt')
    """
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def decompress(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """
    Decompress the bytes of a file as they arrive; pass them on if they are not compressed.

        >>> import gzip
        >>> data = gzip.compress(b"u s troops\\n")
        >>> b"".join(decompress([data[:9], data[9:]])), b"".join(decompress([b"u s troops"]))
        (b'u s troops\\n', b'u s troops')

    Raises:
        TextError: The file is damaged or truncated, or it needs the package ``zstandard``, which is not installed.
    """
    blocks = filter(None, blocks)
    head = b""
    for block in blocks:
        head += block
        if len(head) >= len(_ZSTD):
            break
    blocks = chain([head], blocks)
    if head.startswith(_GZIP):
        # A tape may be filled up with NULs.
        yield from _decompress(blocks, "gzip", lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), zlib.error, b"\0")
    elif head.startswith(_ZSTD):
        try:
            import zstandard
        except ImportError:
            raise TextError(
                "compressed with zstd, which needs the package zstandard: pip install zstandard, or decompress the "
                "file first: zstd -dc FILE | newsnorm ..."
            ) from None
        yield from _decompress(blocks, "zstd", zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError)
    else:
        yield from blocks


def _decompress(
    blocks: Iterable[bytes], name: str, new: Callable[[], Any], damaged: type[Exception], padding: bytes = b""
) -> Iterator[bytes]:
    # Not gzip.GzipFile, which waits for the next block before it reads the second member of this one, and not zstd's
    # stream_reader, which does not report a truncated file.
    decompressor = new()
    for block in blocks:
        for at in range(0, len(block), _CHUNK):
            data = block[at : at + _CHUNK]
            while data:
                if decompressor.eof:
                    # Another compressed file may have been appended.
                    data = data.lstrip(padding)
                    if not data:
                        break
                    decompressor = new()
                try:
                    yield decompressor.decompress(data)
                except damaged as error:
                    raise TextError(f"a damaged {name} file ({error}): compress or download it again") from None
                data = decompressor.unused_data
    if not decompressor.eof:
        raise TextError(f"a truncated {name} file: compress or download it again")
