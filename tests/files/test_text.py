"""Bytes are decoded unchanged, or the error says which encoding they are likely to have."""

from functools import partial

import pytest

from newsnorm.errors import TextError
from newsnorm.files.text import check_encoding, decode_blocks

TEXT = "the café in aden s old town isn t open the prime minister’s office said 🙂\n"


def decode(data, encoding=None):
    return "".join(decode_blocks([data], encoding))


def next_or_error(pieces, errors):
    """Return the next piece, or ``None`` at an error, which is added to *errors*."""
    try:
        return next(pieces)
    except TextError as error:
        errors.append(str(error))
        return None


def in_two(data):
    return [[data[:i], data[i:]] for i in range(len(data) + 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-8-sig"])
def test_unicode_encodings_are_read_whatever_the_blocks(encoding):
    expected = "\ufeff" * (encoding == "utf-8-sig") + TEXT
    for blocks in [*in_two(TEXT.encode(encoding)), [bytes([byte]) for byte in TEXT.encode(encoding)]]:
        assert "".join(decode_blocks(blocks)) == expected


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be", "utf-16-le", "utf-32-le"])
def test_a_byte_order_mark_selects_the_byte_order(encoding):
    assert decode(("\ufeff" + TEXT).encode(encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["windows-1252", "shift_jis", "utf-16-le", "koi8-r", "utf-7", "gb18030"])
def test_a_given_encoding_is_read_whatever_the_blocks(encoding):
    text = {"shift_jis": "平和の話 u s troops", "koi8-r": "мир u s troops"}.get(
        encoding, "the café s owner haven t said"
    )
    for blocks in in_two(text.encode(encoding)):
        assert "".join(decode_blocks(blocks, encoding)) == text


def test_empty_input_gives_empty_text():
    assert decode(b"") == ""
    assert "".join(decode_blocks([])) == ""


WRONG = {
    "windows-1252": (b"the u s won\x92t go", "not UTF-8: byte 0x92 at offset 11; it looks like windows-1252"),
    "latin-1, for windows-1252 has no 0x81": (b"caf\xe9 \x81", "byte 0xE9 at offset 3; it looks like latin-1"),
    "utf-16-le without a mark": ("u s troops".encode("utf-16-le"), "NUL byte at offset 1; it looks like utf-16-le"),
    "utf-16-be without a mark": ("u s troops".encode("utf-16-be"), "NUL byte at offset 0; it looks like utf-16-be"),
    "utf-16-le with letters that are not ASCII": ("café à paris".encode("utf-16-le"), "it looks like utf-16-le"),
    "utf-32-le without a mark": ("u s troops".encode("utf-32-le"), "NUL byte at offset 1; it looks like utf-32-le"),
    "utf-32-be without a mark": ("u s troops".encode("utf-32-be"), "NUL byte at offset 0; it looks like utf-32-be"),
    "a program": (
        b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00>\x00",
        "a program, not text: save its content as plain text first",
    ),
    "a Word document": (b"PK\x03\x04\x14\x00\x06", "a zip archive, such as a Word document (.docx), not text: save"),
    "a NUL in a text": (b"u s troops\x00left\n" * 9, "a binary file, not text: a NUL byte at offset 10"),
    "cut off in a character": (
        "the café".encode()[:-1],
        "byte 0xC3 at offset 7 begins an incomplete character",
    ),
    "damaged UTF-8": ("the café ".encode() + b"\xff", "byte 0xFF at offset 10, but the text before it is"),
    "half a pair in UTF-8": (b"u s \xed\xa0\x80", "not UTF-8: byte 0xED at offset 4"),
    "half a pair in UTF-16": (
        b"\xff\xfeu\x00\x00\xd8u\x00",
        "not utf-16: byte 0x00 at offset 4 (illegal UTF-16 surrogate)",
    ),
    "UTF-16 that is cut off": ("hi".encode("utf-16")[:-1], "not utf-16: byte 0x69 at offset 4 (truncated data)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_encoding_is_reported_with_offset_and_likely_encoding(name):
    data, message = WRONG[name]
    with pytest.raises(TextError) as raised:
        decode(data)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"\x00\xd8u\x00", "utf-16-le", "not utf-16-le: byte 0x00 at offset 0 (illegal UTF-16 surrogate)"),
        (b"won\x92t", "ascii", "not ascii: byte 0x92 at offset 3 (ordinal not in range(128))"),
        (b"u s +2AA-", "utf-7", "not utf-7: it decodes to a lone surrogate, U+D800"),
        ("u s".encode("utf-16-le"), "utf-16", "BOM"),
        (b"won\x92t", "utf-8", "not UTF-8: byte 0x92 at offset 3 (invalid start byte); give the right --encoding"),
    ],
)
def test_bytes_that_do_not_fit_the_given_encoding_are_reported(data, encoding, message):
    with pytest.raises(TextError) as raised:
        decode(data, encoding)
    assert message in str(raised.value)


def test_nul_characters_are_read_if_the_encoding_is_given():
    assert decode(b"u s\x00troops", "utf-8") == "u s\x00troops"


@pytest.mark.parametrize(
    ("data", "encoding", "good"),
    [
        ("the café s".encode() + b"\xff and more", None, "the café s"),
        (b"won\x92t", None, "won"),
        ("\ufeffu s 🙂".encode("utf-16-be") + b"\xd8\x00\x00u", None, "u s 🙂"),
        ("平和 u s".encode("shift_jis") + b"\xfd\xfd", "shift_jis", "平和 u s"),
    ],
)
def test_text_before_a_bad_byte_is_read_whatever_the_blocks(data, encoding, good):
    errors = []
    for blocks in in_two(data):
        read = "".join(iter(partial(next_or_error, decode_blocks(blocks, encoding), errors), None))
        assert read == good
    assert len(errors) == len(data) + 1
    # The likely encoding may depend on how much was seen; the offset does not.
    assert len({error.split(" (")[0].split(",")[0].split(";")[0] for error in errors}) == 1


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "hex", "", "utf-8\0", "\udcff", "undefined"])
def test_unknown_and_binary_encodings_are_refused(name):
    with pytest.raises(ValueError, match="is not an encoding: try utf-8"):
        check_encoding(name)


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "windows-1252", "latin-1", "utf-16", "shift_jis"])
def test_text_encodings_are_accepted(name):
    assert check_encoding(name) == name
