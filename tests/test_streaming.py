"""Streaming: the same result however the input is split, in bounded memory, under the laws of `restore`."""

import re
from itertools import count, cycle, islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import SEEDS, STORIES, every_text, flat_news, partially_formatted_news
from wild import WildScorer

from newsnorm import KINDS, flatten, restore, stream, streaming
from newsnorm.options import Options

FLAT = [flatten(story) for story in STORIES.values()]
#: Ten stories in one, some 4,000 words: several documents of the default size.
LONG = " ".join(FLAT[:10])

wild_scorers = st.builds(WildScorer, st.integers(1, 9), st.sampled_from([1.0, 3.0, 9.0]))
some_kinds = st.sets(st.sampled_from(KINDS))
thresholds = st.sampled_from([0.0, 0.0, 0.3, 0.9, 1.0])
buffer_sizes = st.integers(2, 30)
#: For tests that restore a text many times.
fewer = settings(max_examples=1 + settings().max_examples // 5)


@pytest.fixture(autouse=True)
def default_sizes():
    """Reset the size of the buffer, which tests reduce so that short texts have several documents."""
    yield
    streaming.BUFFERED_WORDS, streaming.MAX_CHARS_PER_WORD = 1024, 16


def streamed(chunks, buffered=1024, **options):
    streaming.BUFFERED_WORDS = buffered
    return "".join(stream(chunks, **options))


@fewer
@given(
    st.one_of(every_text, partially_formatted_news()), wild_scorers, buffer_sizes, some_kinds, thresholds, st.booleans()
)
def test_every_split_in_two_gives_the_same_result(text, model, buffered, kinds, threshold, paragraphs):
    options = {"buffered": buffered, "kinds": kinds, "threshold": threshold, "paragraphs": paragraphs, "model": model}
    whole = streamed([text], **options)
    for at in range(0, len(text) + 1, 1 + len(text) // 40):
        assert streamed([text[:at], text[at:]], **options) == whole
    if len(text) < 1000:
        assert streamed(iter(text), **options) == whole


@given(st.lists(st.one_of(every_text, flat_news), max_size=6), wild_scorers, buffer_sizes)
def test_any_split_gives_the_same_result(pieces, model, buffered):
    assert streamed(pieces, buffered, model=model) == streamed(["".join(pieces)], buffered, model=model)


@settings(max_examples=1 + settings().max_examples // 20)
@given(st.lists(st.integers(0, len(LONG)), max_size=30).map(sorted))
def test_any_split_of_a_long_text_gives_the_same_result(cuts):
    pieces = [LONG[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(LONG)], strict=True)]
    model = WildScorer(3)
    assert streamed(pieces, model=model) == streamed([LONG], model=model)


@pytest.mark.parametrize("size", [1, 7, 100, 65536])
def test_any_split_gives_the_same_result_with_the_packaged_model(size):
    text = LONG[: 60 * size if size < 100 else None]
    buffered = 1024 if size >= 100 else 40
    assert streamed([text[i : i + size] for i in range(0, len(text), size)], buffered) == streamed([text], buffered)


@given(every_text, wild_scorers, buffer_sizes, some_kinds, thresholds, st.booleans())
@example("a " + 300 * "b" + "\u0301" + " c", WildScorer(1), 2, {"case"}, 0.0, False)
@example(300 * " " + "a b c d e", WildScorer(1), 2, {"case"}, 0.0, False)
def test_words_are_kept(text, model, buffered, kinds, threshold, paragraphs):
    got = streamed([text], buffered, kinds=kinds, threshold=threshold, paragraphs=paragraphs, model=model)
    assert flatten(got) == flatten(text)


@given(every_text, wild_scorers, buffer_sizes, some_kinds, thresholds, st.booleans())
def test_no_mark_or_line_break_is_lost(text, model, buffered, kinds, threshold, paragraphs):
    got = streamed([text], buffered, kinds=kinds, threshold=threshold, paragraphs=paragraphs, model=model)
    left = iter(got.casefold())
    assert all(c in left for c in text.casefold() if not c.isspace())
    assert text.count("\n") <= got.count("\n")


@given(flat_news, wild_scorers, buffer_sizes, some_kinds, thresholds)
def test_quotation_marks_balance(text, model, buffered, kinds, threshold):
    got = streamed([text], buffered, kinds=kinds, threshold=threshold, quotes="curly", model=model)
    depth = 0
    for mark in re.findall("[“”]", got):
        depth += 1 if mark == "“" else -1
        assert depth in (0, 1)
    assert depth == 0
    assert not re.search(r"“\s*”", got)


@given(st.one_of(every_text, partially_formatted_news()), wild_scorers, some_kinds, thresholds, st.booleans())
def test_a_text_that_fits_the_buffer_is_restored_as_by_restore(text, model, kinds, threshold, paragraphs):
    options = {"kinds": kinds, "threshold": threshold, "paragraphs": paragraphs, "model": model}
    text = text[:16_000]
    assert streamed([text], **options) == restore(text, consistent=False, **options)


def test_a_story_is_restored_as_by_restore():
    for flat in FLAT:
        assert streamed([flat]) == restore(flat, consistent=False)


# --- quotations across a cut ------------------------------------------------------------------------------------------


class WordScorer:
    """A scorer that gives words, wherever they occur, one class of a head: ``WordScorer(open={"first": '"'})``."""

    def __init__(self, **wanted):
        self.wanted, self.forms, self.biases, self.calibration = wanted, {}, None, None

    def score_many(self, texts):
        import numpy as np

        from newsnorm.labels import HEADS
        from newsnorm.model.scores import OFFSETS

        for words in texts:
            rows = np.zeros((len(words), OFFSETS[-1]), np.float32)
            rows[:, OFFSETS[:-1]] = 9
            for head, said in self.wanted.items():
                begin = OFFSETS[list(HEADS).index(head)]
                for i, word in enumerate(words):
                    if word in said:
                        rows[i, begin + HEADS[head].index(said[word])] = 18
            yield rows


def test_a_quotation_longer_than_the_buffer_closes_where_it_ends():
    text = "he said first " + 100 * "and so on " + "last she said " + 20 * "and so on "
    model = WordScorer(open={"first": '"'}, close={"last": '"'})
    got = streamed([text], 20, model=model)
    assert got == text.replace("first", '"first').replace("last", 'last"').replace("he", "He", 1)


def test_a_quotation_left_out_where_it_opens_is_left_out_where_it_closes():
    text = "he said first " + 100 * "and so on " + "last she said"
    unsure = WordScorer(open={"first": '"'}, close={"last": '"'})
    assert '"' in streamed([text], 20, model=unsure, threshold=0.9)
    rows = next(unsure.score_many([["first"]]))
    assert rows.max() == 18
    assert '"' not in streamed([text], 20, model=unsure, threshold=1.0)


def test_a_quotation_that_never_closes_is_closed_at_the_end():
    text = "he said first " + 100 * "and so on "
    got = streamed([text], 20, model=WordScorer(open={"first": '"'}))
    assert got.count('"') == 2
    assert got.replace('"', "") == "He" + text[2:]


@pytest.mark.parametrize("end", ["", " ", "e" * 200, "e" * 200 + " "])
@pytest.mark.parametrize("style", ["straight", "curly"])
def test_an_open_quotation_is_closed_after_an_overlong_last_word(end, style):
    text = "he said first " + 30 * "and so on " + "e" * 330
    model = WordScorer(open={"first": '"'})
    got = streamed([text + end], 20, model=model, quotes=style)
    assert got.endswith(('"' if style == "straight" else "”") + " " * end.count(" "))
    assert '"' not in streamed([text + end], 20, model=model, kinds=["case"])


def test_brackets_continue_across_a_cut():
    text = "he said first " + 100 * "and so on " + "last she said"
    model = WordScorer(bracket={"first": "(", "last": ")"})
    assert streamed([text], 20, model=model) == "He" + text[2:].replace("first", "(first").replace("last", "last)")


def test_a_sentence_starts_after_a_cut_as_anywhere_else():
    text = 100 * "we left after dark " + "again"
    got = streamed([text], 20, model=WordScorer(mark={"dark": "."}))
    assert got == 100 * "We left after dark. " + "Again"
    assert streamed([text], 20, model=WordScorer()) == "We" + text[2:]


def test_a_quotation_of_the_text_continues_across_a_cut():
    text = 'he said "first ' + 100 * "and so on " + 'last" she said'
    assert streamed([text], 20, model=WordScorer()) == "He" + text[2:]


def test_words_before_a_cut_are_scored_again_as_context():
    read = []

    class RecordingScorer(WordScorer):
        def score_many(self, texts):
            for words in texts:
                read.append(list(words))
                yield from super().score_many([words])

    numbers = [str(number) for number in range(2000)]
    streamed([" ".join(numbers)], 400, model=RecordingScorer())
    assert read[0] == numbers[:400]
    for words in read[1:]:
        begin = int(words[0])
        assert words == numbers[begin : begin + len(words)]
        assert len(words) <= 400 + streaming.CONTEXT
    again = [int(after[0]) for after in read[1:]]
    assert all(begin < 400 + 400 * number for number, begin in enumerate(again))


# --- bounded memory ---------------------------------------------------------------------------------------------------


def endless(read):
    for piece in cycle(FLAT):
        for at in range(0, len(piece), 50):
            read.append(len(piece[at : at + 50]))
            yield piece[at : at + 50]
        read.append(1)
        yield " "


def test_an_endless_text_is_restored_as_it_arrives():
    read: list[int] = []
    written = 0
    for piece in islice(stream(endless(read), model=WildScorer(1)), 20):
        assert piece
        written += len(piece)
        # The buffer holds 1,024 words, and more until the words are next counted.
        assert sum(read) - written < 10_000


@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", "'", "1", "\u0301", "a\u0301", "\x00", "🙂", "ß. ", 'a" "', "a" * 5000 + " "]
)
def test_endless_repetition_without_a_place_to_cut_is_passed_on(unit):
    """Nothing stays in the buffer for long, and nothing is lost."""
    size = max(1, 60_000 // len(unit))
    chunk = unit * (1 + size // 100)
    pieces = list(stream((chunk for _ in range(100)), model=WildScorer(1)))
    assert flatten("".join(pieces)) == flatten(chunk * 100)
    assert max(map(len, pieces)) < 100_000


def test_a_large_chunk_is_buffered_in_parts():
    state = streaming._Stream(Options(kinds=KINDS, consistent=False), WildScorer(1))
    buffered = [len(state.text) for _ in state.run([LONG * 6])]
    assert max(buffered) < 4 * streaming.BUFFERED_WORDS * streaming.MAX_CHARS_PER_WORD


def test_words_are_not_counted_at_every_tiny_chunk():
    looks = count()

    class Words:
        def finditer(self, text):
            next(looks)
            return module_words.finditer(text)

    module_words, streaming.WORD = streaming.WORD, Words()
    try:
        streamed(iter(LONG), model=WildScorer(1))
    finally:
        streaming.WORD = module_words
    assert next(looks) < len(LONG) / 100


# --- input ------------------------------------------------------------------------------------------------------------


def test_empty_input_gives_no_pieces():
    assert list(stream([])) == list(stream([""])) == list(stream(["", ""])) == []


def test_an_open_file_can_be_streamed():
    path = SEEDS / "conflict.flat.txt"
    with path.open(encoding="utf-8", newline="") as file:
        assert "".join(stream(file)) == restore(path.read_text(encoding="utf-8"), consistent=False)


def test_a_single_text_and_bytes_are_refused():
    with pytest.raises(TypeError, match="not one text: use restore"):
        stream("iraq s parliament")
    with pytest.raises(TypeError, match=r"chunk 1 must be a str, not bytes: decode it first"):
        list(stream(["iraq ", b"s parliament"]))


def test_options_are_checked_before_anything_is_read():
    with pytest.raises(ValueError, match="kind must be one of"):
        stream(iter(()), kinds=["casing"])
    with pytest.raises(ValueError, match="threshold"):
        stream(iter(()), threshold=2)


def test_an_error_of_the_input_is_raised_unchanged():
    def broken():
        yield LONG
        raise OSError("the line was cut")

    with pytest.raises(OSError, match="the line was cut"):
        list(stream(broken(), model=WildScorer(1)))
