"""JSON Lines: what was written is read back, and each record gets its own result."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsnorm.files import jsonl

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(), _json, max_size=3)), st.text(), st.integers(1, 9))
@example([{"a": 1}], "\ud800", 3)
def test_written_records_are_read_back_whatever_the_chunks(fields, text, size):
    written = [{**record, "text": text} for record in fields]
    whole = "\ufeff" + "".join(map(jsonl.write, written))
    whole.encode()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(jsonl.read(pieces, "text", pytest.fail)) == written


def test_windows_line_ends_are_read():
    assert list(jsonl.read(['{"text": ""}\r\n{"te', 'xt": "b"}\r\n'], "text", pytest.fail)) == [
        {"text": ""},
        {"text": "b"},
    ]


def test_each_record_is_paired_with_its_own_result():
    found = jsonl.paired(range(5), str, lambda texts: [text * 2 for text in list(texts)])
    assert list(found) == [(n, str(n) * 2) for n in range(5)]
