"""The public functions with the packaged model."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from strategies import STORIES, every_text, partially_formatted_news

import newsnorm
from newsnorm import apply, explain, flatten, restore, restore_many

SINGLE = {
    "case": newsnorm.restore_case,
    "contractions": newsnorm.restore_contractions,
    "quotes": newsnorm.restore_quotes,
    "punctuation": newsnorm.restore_punctuation,
}
FLAT = {name: flatten(story) for name, story in STORIES.items()}


@given(every_text)
def test_laws_hold_for_any_text(text):
    got = restore(text)
    assert flatten(got) == flatten(text)
    assert restore(got) == got
    found = explain(text)
    assert apply(text, found.edits) == found.text == got


@settings(max_examples=30)
@given(partially_formatted_news())
def test_laws_hold_for_partially_formatted_news(text):
    got = restore(text, paragraphs=True, quotes="curly")
    assert flatten(got) == flatten(text)
    assert restore(got, paragraphs=True, quotes="curly") == got


@pytest.mark.parametrize("name", STORIES)
def test_laws_hold_for_the_seed_stories(name):
    flat = FLAT[name]
    got = restore(flat)
    assert flatten(got) == flat
    assert restore(got) == got
    assert got.count('"') % 2 == 0
    assert got != flat


@pytest.mark.parametrize("name", ["conflict", "testimony", "nested"])
def test_single_kinds_in_any_order_equal_all_of_them_together(name):
    flat = FLAT[name]
    forward = backward = flat
    for function in SINGLE.values():
        forward = function(forward)
    for function in reversed(SINGLE.values()):
        backward = function(backward)
    assert forward == backward == restore(flat, kinds=set(SINGLE))


def test_formatted_stories_hardly_change():
    """Text that is already formatted must hardly change; it gains only a few optional marks."""
    for name, story in STORIES.items():
        got = restore(story)
        assert flatten(got) == flatten(story)
        assert len(explain(story).edits) < len(story.split()) / 10, name


def test_a_higher_threshold_gives_fewer_edits():
    flat = FLAT["politics"]
    counts = [len(explain(flat, threshold=t).edits) for t in (0, 0.5, 0.9, 0.99, 1)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[3]


def test_curly_quotes_differ_only_in_form():
    straight, curly = restore(FLAT["nested"]), restore(FLAT["nested"], quotes="curly")
    plain = str.maketrans("“”‘’", "\"\"''")
    assert curly.translate(plain) == straight
    assert "“" in curly
    assert '"' not in curly


def test_paragraph_breaks_are_restored_on_request():
    got = restore(FLAT["sport"], paragraphs=True)
    assert "\n" in got
    assert flatten(got) == FLAT["sport"]
    assert "\n" not in restore(FLAT["sport"])


def test_line_breaks_are_kept():
    text = "iraq s parliament\n\nvoted on sunday\r\nu s troops\n"
    got = restore(text)
    assert re.findall(r"[\r\n]", got) == re.findall(r"[\r\n]", text)


def test_quotations_have_offsets_in_the_restored_text():
    flat = "we ve fought over this hill for three years said a sergeant who wasn t authorized to speak"
    text = restore(flat)
    for quotation in newsnorm.quotations(flat):
        assert text[quotation.start : quotation.end] == quotation.text
        assert text[quotation.start - 1] == text[quotation.end] == '"'


def test_results_are_the_same_alone_and_among_other_texts():
    flats = [*FLAT.values(), "", "x", "u s troops"]
    together = list(restore_many(flats))
    assert together == [restore(flat) for flat in flats]
    assert together == list(restore_many(flats[::-1]))[::-1]


def test_restore_many_reads_its_input_lazily():
    read = []

    def texts():
        for number in range(500):
            read.append(number)
            yield "u s troops left iraq"

    got = restore_many(texts())
    assert next(got) == restore("u s troops left iraq")
    assert len(read) < 200


def test_results_do_not_depend_on_process_or_hash_seed():
    flat = FLAT["names"]
    code = "import sys, newsnorm; sys.stdout.buffer.write(newsnorm.restore(sys.argv[1]).encode())"
    for seed in ("1", "2"):
        got = subprocess.run(
            [sys.executable, "-c", code, flat], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        assert got.stdout.decode() == restore(flat)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [restore, explain, newsnorm.quotations, flatten, *SINGLE.values()])
@pytest.mark.parametrize("given", [b"iraq", None, 5, ["iraq"]])
def test_other_types_than_str_are_refused(function, given):
    with pytest.raises(TypeError, match="text must be a str, not"):
        function(given)


def test_the_error_for_bytes_says_how_to_decode_them():
    with pytest.raises(TypeError, match=r"decode it first, for example text\.decode\('utf-8'\)"):
        restore(b"iraq")


def test_restore_many_refuses_a_single_text_and_texts_of_other_types():
    with pytest.raises(TypeError, match="use restore, or give"):
        restore_many("iraq")
    with pytest.raises(TypeError, match="text 1 must be a str"):
        list(restore_many(["iraq", None]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["casing"]}, "kind must be one of 'case', 'contractions'.*not 'casing'"),
        ({"quotes": "french"}, "quotes must be one of 'straight', 'curly', not 'french'"),
        ({"threshold": 1.5}, "threshold must be a probability from 0 to 1, not 1.5"),
        ({"threshold": float("nan")}, "threshold must be a probability"),
    ],
)
def test_unknown_values_of_options_are_refused(options, message):
    for function in (restore, explain):
        with pytest.raises(ValueError, match=message):
            function("iraq", **options)


def test_options_of_the_wrong_type_are_refused():
    with pytest.raises(TypeError, match="threshold must be a number"):
        restore("iraq", threshold="high")
    with pytest.raises(TypeError, match="kinds must be a collection"):
        restore("iraq", kinds="case")
    with pytest.raises(TypeError, match="model must be the path"):
        restore("iraq", model=5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\t",
        "iraq",
        "...!?",
        "🙂 🙂🙂",
        "שלום עולם said the minister",
        "中文 新闻 said",
        "ქართული ენა",
        "\x00\x01\x02 iraq \x1b s",
        "\ud800 iraq \udfff",
        "a" * 100_000,
        "e" + "\u0301" * 5000,
        "5 200 " * 300,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_unusual_text_keeps_its_words(text):
    got = restore(text)
    assert flatten(got) == flatten(text)
    assert restore(got) == got


def test_text_without_letters_is_unchanged():
    for text in ("", " ", "\n\n\t", "...!?", "🙂"):
        assert restore(text) == text


def test_a_million_words_on_one_line_are_restored():
    """Long input keeps its words; ``python -m benchmarks scaling`` measures the time."""
    from wild import WildScorer

    class FlatScorer(WildScorer):
        """Replaces the encoder, which is linear by design, so that the rest is tested."""

        def score_many(self, texts):
            import numpy as np

            from newsnorm.model.scores import OFFSETS

            block = next(super().score_many([[str(k) for k in range(1000)]]))
            # As in news text, one word in twenty leaves something to decide.
            block[np.arange(1000) % 20 != 0, OFFSETS[:-1, np.newaxis]] += 40
            for words in texts:
                yield np.resize(block, (len(words), block.shape[1]))

    scorer = FlatScorer(1)
    words = (FLAT["politics"] + " ") * 2500
    text = " ".join(words.split()[:1_000_000])
    assert text.count(" ") == 999_999
    assert flatten(restore(text, model=scorer)) == text


def test_import_loads_neither_numpy_nor_onnxruntime():
    code = "import sys, newsnorm; print([m for m in ('numpy', 'onnxruntime') if m in sys.modules])"
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert got.stdout == "[]\n"


def test_the_version_is_that_of_the_installed_package():
    from importlib.metadata import version

    assert newsnorm.__version__ == version("newsnorm")


def test_the_capital_at_the_start_of_a_text_is_certain():
    assert newsnorm.explain("the rebels left yemen").edits[0].probability == 1
    assert newsnorm.restore("the rebels left yemen", threshold=0.999).startswith("The rebels left")
