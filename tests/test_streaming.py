"""Streaming: the same however the text is cut, in bounded memory, and within the laws that hold for `restore`."""

import re
import sys
from itertools import count, cycle, islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import SEEDS, STORIES, every_text, flat_news, partially_formatted_news
from wild import WildScorer

from newsnorm import KINDS, flatten, restore, stream
from newsnorm.options import Options

# The function hides the module of the same name.
module = sys.modules["newsnorm.streaming"]

FLAT = [flatten(story) for story in STORIES.values()]
#: Ten stories in one, some 4,000 words: several documents of the ordinary size.
LONG = " ".join(FLAT[:10])

wild_scorers = st.builds(WildScorer, st.integers(1, 9), st.sampled_from([1.0, 3.0, 9.0]))
some_kinds = st.sets(st.sampled_from(KINDS))
thresholds = st.sampled_from([0.0, 0.0, 0.3, 0.9, 1.0])
helds = st.integers(2, 30)
#: For the tests that restore a text many times over.
fewer = settings(max_examples=1 + settings().max_examples // 5)


@pytest.fixture(autouse=True)
def ordinary_size():
    """Put the size of a document back, which the tests make small so that short texts have many."""
    yield
    module.BUFFERED_WORDS, module.MAX_CHARS_PER_WORD = 1024, 16


def streamed(chunks, held=1024, **options):
    module.BUFFERED_WORDS = held
    return "".join(stream(chunks, **options))


@fewer
@given(st.one_of(every_text, partially_formatted_news()), wild_scorers, helds, some_kinds, thresholds, st.booleans())
def test_every_split_gives_the_same(text, model, held, kinds, threshold, paragraphs):
    options = {"held": held, "kinds": kinds, "threshold": threshold, "paragraphs": paragraphs, "model": model}
    whole = streamed([text], **options)
    for at in range(0, len(text) + 1, 1 + len(text) // 40):
        assert streamed([text[:at], text[at:]], **options) == whole
    if len(text) < 1000:
        assert streamed(iter(text), **options) == whole


@given(st.lists(st.one_of(every_text, flat_news), max_size=6), wild_scorers, helds)
def test_any_cuts_give_the_same(pieces, model, held):
    assert streamed(pieces, held, model=model) == streamed(["".join(pieces)], held, model=model)


@settings(max_examples=1 + settings().max_examples // 20)
@given(st.lists(st.integers(0, len(LONG)), max_size=30).map(sorted))
def test_any_cuts_of_a_long_text_give_the_same(cuts):
    pieces = [LONG[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(LONG)], strict=True)]
    model = WildScorer(3)
    assert streamed(pieces, model=model) == streamed([LONG], model=model)


@pytest.mark.parametrize("size", [1, 7, 100, 65536])
def test_any_cuts_give_the_same_with_the_packaged_model(size):
    text = LONG[: 60 * size if size < 100 else None]
    held = 1024 if size >= 100 else 40
    assert streamed([text[i : i + size] for i in range(0, len(text), size)], held) == streamed([text], held)


@given(every_text, wild_scorers, helds, some_kinds, thresholds, st.booleans())
@example("a " + 300 * "b" + "\u0301" + " c", WildScorer(1), 2, {"case"}, 0.0, False)
@example(300 * " " + "a b c d e", WildScorer(1), 2, {"case"}, 0.0, False)
def test_words_are_kept(text, model, held, kinds, threshold, paragraphs):
    got = streamed([text], held, kinds=kinds, threshold=threshold, paragraphs=paragraphs, model=model)
    assert flatten(got) == flatten(text)


@given(every_text, wild_scorers, helds, some_kinds, thresholds, st.booleans())
def test_nothing_is_lost(text, model, held, kinds, threshold, paragraphs):
    got = streamed([text], held, kinds=kinds, threshold=threshold, paragraphs=paragraphs, model=model)
    left = iter(got.casefold())
    assert all(c in left for c in text.casefold() if not c.isspace())
    assert text.count("\n") <= got.count("\n")


@given(flat_news, wild_scorers, helds, some_kinds, thresholds)
def test_quotes_are_balanced(text, model, held, kinds, threshold):
    got = streamed([text], held, kinds=kinds, threshold=threshold, quotes="curly", model=model)
    depth = 0
    for mark in re.findall("[“”]", got):
        depth += 1 if mark == "“" else -1
        assert depth in (0, 1)
    assert depth == 0
    assert not re.search(r"“\s*”", got)


@given(st.one_of(every_text, partially_formatted_news()), wild_scorers, some_kinds, thresholds, st.booleans())
def test_a_text_that_can_be_held_is_restored_as_ever(text, model, kinds, threshold, paragraphs):
    options = {"kinds": kinds, "threshold": threshold, "paragraphs": paragraphs, "model": model}
    text = text[:16_000]
    assert streamed([text], **options) == restore(text, consistent=False, **options)


def test_a_story_is_restored_as_ever():
    for flat in FLAT:
        assert streamed([flat]) == restore(flat, consistent=False)


# --- quotations that run over a cut -----------------------------------------------------------------------------------


class Speaker:
    """A scorer that is sure of one thing only: what each word of the text is said to be, by its head."""

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


def test_a_quotation_longer_than_a_document_closes_where_it_ends():
    text = "he said first " + 100 * "and so on " + "last she said " + 20 * "and so on "
    model = Speaker(open={"first": '"'}, close={"last": '"'})
    got = streamed([text], 20, model=model)
    assert got == text.replace("first", '"first').replace("last", 'last"').replace("he", "He", 1)


def test_a_quotation_that_is_not_written_where_it_opens_is_not_written_where_it_closes():
    text = "he said first " + 100 * "and so on " + "last she said"
    unsure = Speaker(open={"first": '"'}, close={"last": '"'})
    assert '"' in streamed([text], 20, model=unsure, threshold=0.9)
    rows = next(unsure.score_many([["first"]]))
    assert rows.max() == 18
    assert '"' not in streamed([text], 20, model=unsure, threshold=1.0)


def test_a_quotation_that_never_closes_is_closed_at_the_end():
    text = "he said first " + 100 * "and so on "
    got = streamed([text], 20, model=Speaker(open={"first": '"'}))
    assert got.count('"') == 2
    assert got.replace('"', "") == "He" + text[2:]


@pytest.mark.parametrize("end", ["", " ", "e" * 200, "e" * 200 + " "])
@pytest.mark.parametrize("style", ["straight", "curly"])
def test_a_quotation_is_closed_after_the_last_word_where_only_what_is_passed_on_follows(end, style):
    text = "he said first " + 30 * "and so on " + "e" * 330
    model = Speaker(open={"first": '"'})
    got = streamed([text + end], 20, model=model, quotes=style)
    assert got.endswith(('"' if style == "straight" else "”") + " " * end.count(" "))
    assert '"' not in streamed([text + end], 20, model=model, kinds=["case"])


def test_brackets_that_run_over_a_cut():
    text = "he said first " + 100 * "and so on " + "last she said"
    model = Speaker(bracket={"first": "(", "last": ")"})
    assert streamed([text], 20, model=model) == "He" + text[2:].replace("first", "(first").replace("last", "last)")


def test_a_sentence_starts_after_a_cut_as_it_does_elsewhere():
    text = 100 * "we left after dark " + "again"
    got = streamed([text], 20, model=Speaker(mark={"dark": "."}))
    assert got == 100 * "We left after dark. " + "Again"
    assert streamed([text], 20, model=Speaker()) == "We" + text[2:]


def test_marks_of_the_text_that_run_over_a_cut_are_kept():
    text = 'he said "first ' + 100 * "and so on " + 'last" she said'
    assert streamed([text], 20, model=Speaker()) == "He" + text[2:]


def test_words_before_a_cut_are_read_again():
    read = []

    class Listener(Speaker):
        def score_many(self, texts):
            for words in texts:
                read.append(list(words))
                yield from super().score_many([words])

    numbers = [str(number) for number in range(2000)]
    streamed([" ".join(numbers)], 400, model=Listener())
    assert read[0] == numbers[:400]
    for words in read[1:]:
        begin = int(words[0])
        assert words == numbers[begin : begin + len(words)]
        assert len(words) <= 400 + module.CONTEXT
    again = [int(after[0]) for after in read[1:]]
    assert all(begin < 400 + 400 * number for number, begin in enumerate(again))


# --- bounds -----------------------------------------------------------------------------------------------------------


def endless(read):
    for piece in cycle(FLAT):
        for at in range(0, len(piece), 50):
            read.append(len(piece[at : at + 50]))
            yield piece[at : at + 50]
        read.append(1)
        yield " "


def test_an_endless_text_comes_out_as_it_goes_in():
    read: list[int] = []
    written = 0
    for piece in islice(stream(endless(read), model=WildScorer(1)), 20):
        assert piece
        written += len(piece)
        # 1,024 words in hand, and the look at the number of them at every so many characters.
        assert sum(read) - written < 10_000


@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", "'", "1", "\u0301", "a\u0301", "\x00", "🙂", "ß. ", 'a" "', "a" * 5000 + " "]
)
def test_what_has_no_end_is_passed_on(unit):
    """Much of one thing, without a place to cut: nothing is held for long, and nothing is lost."""
    size = max(1, 60_000 // len(unit))
    chunk = unit * (1 + size // 100)
    pieces = list(stream((chunk for _ in range(100)), model=WildScorer(1)))
    assert flatten("".join(pieces)) == flatten(chunk * 100)
    assert max(map(len, pieces)) < 100_000


def test_a_large_chunk_is_taken_in_hand_by_and_by():
    state = module._Stream(Options(kinds=KINDS, consistent=False), WildScorer(1))
    held = [len(state.text) for _ in state.run([LONG * 6])]
    assert max(held) < 4 * module.BUFFERED_WORDS * module.MAX_CHARS_PER_WORD


def test_tiny_chunks_do_not_have_the_text_counted_at_each():
    looks = count()

    class Words:
        def finditer(self, text):
            next(looks)
            return module_words.finditer(text)

    module_words, module.WORD = module.WORD, Words()
    try:
        streamed(iter(LONG), model=WildScorer(1))
    finally:
        module.WORD = module_words
    assert next(looks) < len(LONG) / 100


# --- input ------------------------------------------------------------------------------------------------------------


def test_no_text_gives_no_pieces():
    assert list(stream([])) == list(stream([""])) == list(stream(["", ""])) == []


def test_an_open_file_is_an_iterable_of_pieces():
    path = SEEDS / "conflict.flat.txt"
    with path.open(encoding="utf-8", newline="") as file:
        assert "".join(stream(file)) == restore(path.read_text(encoding="utf-8"), consistent=False)


def test_one_text_is_no_stream():
    with pytest.raises(TypeError, match="not one text: use restore"):
        stream("iraq s parliament")
    with pytest.raises(TypeError, match=r"chunk 1 must be a str, not bytes: decode it first"):
        list(stream(["iraq ", b"s parliament"]))


def test_options_are_checked_before_anything_is_read():
    with pytest.raises(ValueError, match="kind must be one of"):
        stream(iter(()), kinds=["casing"])
    with pytest.raises(ValueError, match="threshold"):
        stream(iter(()), threshold=2)


def test_the_reader_s_own_error_comes_through():
    def broken():
        yield LONG
        raise OSError("the line was cut")

    with pytest.raises(OSError, match="the line was cut"):
        list(stream(broken(), model=WildScorer(1)))
