"""Compressed files: read a block at a time whatever the chunks, or reported as damaged."""

import gzip
import sys

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from newsnorm.cli import main
from newsnorm.errors import TextError
from newsnorm.files.compression import decompress
from newsnorm.folders.find import find

COMPRESSORS = {"gz": gzip.compress, "zst": zstandard.compress}


def chunks(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
@given(st.lists(st.binary(max_size=99), min_size=1, max_size=4), st.integers(1, 200))
def test_compressed_data_is_read_whatever_its_chunks_and_its_number_of_members(compress, parts, size):
    compressed = b"".join(map(compress, parts))
    assert b"".join(decompress(chunks(compressed, size))) == b"".join(parts)


@given(st.binary().filter(lambda data: not data.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))), st.integers(1, 9))
def test_uncompressed_data_is_passed_on_unchanged(data, size):
    assert b"".join(decompress(chunks(data, size))) == data


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_highly_compressed_data_is_decompressed_in_bounded_blocks(compress):
    blocks = list(decompress([compress(b"a" * 50_000_000)]))
    assert sum(map(len, blocks)) == 50_000_000
    assert max(map(len, blocks)) <= 33_000_000


def test_zeros_after_gzip_data_are_ignored_as_padding():
    assert b"".join(decompress([gzip.compress(b"u s") + bytes(512), bytes(512)])) == b"u s"


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda data: data[:-3], "truncated"),
        (lambda data: data[:6], "truncated"),
        (lambda data: data + b"garbage", "damaged"),
        (lambda data: data[:4] + b"\xff" * 20 + data[24:], "damaged"),
    ],
)
def test_a_damaged_compressed_file_is_reported_and_the_others_are_processed(name, harm, message, tmp_path, capfd):
    path = tmp_path / f"story.{name}"
    path.write_bytes(harm(COMPRESSORS[name](b"The U.S. troops haven't left Iraq, he said.\n" * 9)))
    (tmp_path / "other").write_text("It isn't.")
    assert main(["flatten", str(path), str(tmp_path / "other")]) == 1
    got = capfd.readouterr()
    assert got.out == "it isn t\n"
    assert got.err.startswith(f"newsnorm: {path}: a ")
    assert message in got.err


def test_without_zstandard_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(TextError, match="which needs the package zstandard: pip install zstandard, or decompress"):
        list(decompress([zstandard.compress(b"u s")]))


def test_compressed_files_in_a_folder_match_by_their_uncompressed_names(tmp_path):
    for name in ("a.txt.gz", "b.txt", "c.txt.zst", "d.gz"):
        (tmp_path / name).write_bytes(b"")
    found = find([str(tmp_path)], str(tmp_path / "out"), "*.txt")
    assert [source.name for source in found] == ["a.txt", "b.txt", "c.txt"]
    assert [source.name for source in find([str(tmp_path)], str(tmp_path / "out"), "*.gz")] == ["a.txt", "d"]
    (tmp_path / "b.txt.gz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"would both become b\.txt"):
        find([str(tmp_path)], str(tmp_path / "out"), "*.txt")
