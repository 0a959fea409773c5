import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, STORIES, every_text

from newsnorm.labels import HEADS, canonical, heads, read, write
from newsnorm.labels.reading import read_separators, starts, tokenize
from newsnorm.labels.separators import normalise, sides
from newsnorm.labels.writing import busy_gaps, write_separators
from newsnorm.words import flatten


@pytest.mark.parametrize("name", STORIES)
def test_labels_of_a_story_are_written_back_as_the_story(name):
    labelled = read(STORIES[name])
    assert write(labelled) == STORIES[name]
    assert labelled.known.all()


def archives():
    """Return the seeds folder, and the files of formatted articles in the folder that NEWSNORM_CORPORA names."""
    folder = os.environ.get("NEWSNORM_CORPORA")
    return [SEEDS, *sorted(Path(folder).glob("*.txt"))] if folder else [SEEDS]


@pytest.mark.parametrize("archive", archives(), ids=lambda path: path.name)
def test_labels_of_an_article_are_written_back_in_canonical_form(archive):
    texts = STORIES.values() if archive == SEEDS else archive.read_text(encoding="utf-8").split("\n\n")
    words = known = 0
    for text in texts:
        labelled = read(text)
        canonical = write(labelled)
        again = read(canonical)
        # Only truth values, so that a failure report shows no text, which may not be republished.
        assert (write(again) == canonical) is True
        assert (tokenize(canonical)[0] == tokenize(text)[0]) is True
        assert (again.labels == labelled.labels)[labelled.known].all()
        words += len(labelled.words)
        known += int(labelled.known.sum())
    assert known > 0.99 * words


@given(every_text)
def test_canonical_form_is_stable_and_keeps_the_words(text):
    written = canonical(text)
    assert flatten(written) == flatten(text)
    assert canonical(written) == written


def _class(head, form):
    return HEADS[head].index(form)


MARKS = st.sampled_from([".", ",", "?", "!", ":", ";", "—", "...", ""])
WORDS = st.sampled_from(["officials", "left", "talks", "village", "minister", "reports", "cease", "fire", "border"])


@st.composite
def canonical_texts(draw):
    """Draw text that is built from the label inventory and is its own canonical form."""
    parts = []
    for _ in range(draw(st.integers(1, 5))):
        first = draw(WORDS)
        sentence = [first.title(), *draw(st.lists(WORDS | st.sampled_from(["Iraq", "NATO", "McConnell"]), max_size=6))]
        for k in range(1, len(sentence)):
            join = draw(st.sampled_from([" "] * 6 + ["-", ", ", "; ", " — ", " & ", "/", "' "]))
            if join == "' " and not sentence[k - 1].endswith("s"):
                join = " "
            sentence[k - 1] += join
        text = "".join(sentence)
        form = draw(st.sampled_from(["{}.", "{}?", "{}!", '"{},"', '"{}."', '"{}?"', "({}.)", "${}.", "{}%."]))
        text = form.format(text)
        if text.endswith(',"'):
            text += " he said."
        if form == '"{}?"':
            text += " he said."
        parts.append(text)
    return draw(st.sampled_from([" ", "\n"])).join(parts)


@given(canonical_texts())
def test_labels_of_generated_text_are_written_back_as_the_text(text):
    assert write(read(text)) == text


@given(canonical_texts())
def test_variant_forms_of_marks_are_read_as_the_same_labels(text):
    rough = text.replace('"', "“").replace("'", "’").replace(" — ", " -- ").replace(" ", "  ")
    assert (read(rough).labels == read(text).labels).all()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("“We’re here”, he said -- twice…", '"We\'re here," he said — twice...'),
        ("``We agreed,'' she said.", '"We agreed," she said.'),
        ("the ‘rebels’ left", "the 'rebels' left"),
        ("2010–12", "2010-12"),
        ("so – called", "so — called"),
        ('He spoke of "repositioning forces".', 'He spoke of "repositioning forces."'),
        ("He left  \n\n  She stayed", "He left\nShe stayed"),
    ],
)
def test_variant_forms_are_written_in_canonical_form(text, written):
    expected = canonical(text)
    assert expected.lower() == written.lower()
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("text", "word", "mark"),
    [
        ("Gen. Mark Milley left.", 0, "abbreviation"),
        ("He lives in the U.S. The law changed.", 5, "."),
        ("He left at 5 p.m. on Monday.", 5, "abbreviation"),
        ("Apple Inc., he said.", 1, ".,"),
        ("Apple Inc. The rest", 1, "."),
        ("George W. Bush", 1, "abbreviation"),
        ("So did I. He left.", 2, "."),
        ("No. 1 in sales", 0, "abbreviation"),
        ("He said no. She left.", 2, "."),
        ("She felt ill. Doctors came.", 2, "."),
        ('a wedding in Duluth, Minn. "I\'ve stopped"', 4, "."),
        ("He left at 5 p.m.\nPolice said so.", 5, "."),
        ("rose to 180.33. Analysts said", 3, "."),
    ],
)
def test_a_period_is_read_as_sentence_end_or_abbreviation(text, word, mark):
    assert HEADS["mark"][read(text).labels[word, heads.MARK]] == mark


@pytest.mark.parametrize(
    "text",
    [
        '"He was [sick]," she said.',
        'She said, "They left (by boat)."',
        '"[The minister] knew," she said.',
        'Officials said (the "rebels"), and left.',
        "(The vote failed.) He said (it failed).",
        "\"He told me, 'The rebels' guns are gone,' and left,\" she said.",
        "\"Then she said, 'Send them.'\"\nHe left.",
        "\"'Why?' he asked me,\" she said.",
        "Sen. Chris Dodd (D-Conn.), who left, and Rep. Al Green (D-Texas), who stayed.",
        "Sen. Bob Casey (D), 7% of $3.5 million, 5,200 men at 2:30 p.m. on 9/11, AT&T and Standard & Poor's.",
    ],
)
def test_several_marks_in_one_gap_are_written_back_unchanged(text):
    assert write(read(text)) == text


def test_sentence_starts_and_case_are_read_from_the_capitals():
    labelled = read('The Iraqi said, "We want U.S. help." He spoke of "moving forces" to McConnell.')
    by_word = dict(zip(labelled.words, labelled.labels, strict=True))
    assert [word for word, row in zip(labelled.words, labelled.labels, strict=True) if row[heads.START]] == [
        "the",
        "we",
        "he",
    ]
    assert by_word["the"][heads.CASE] == heads.LOWER
    assert by_word["iraqi"][heads.CASE] == heads.TITLE
    assert by_word["u"][heads.CASE] == heads.UPPER
    assert by_word["mcconnell"][heads.CASE] == heads.MIXED
    assert labelled.forms == {14: "McConnell"}


def test_gaps_that_no_label_can_express_are_not_known():
    labelled = read("one = two. The U.S.'s role, he said.\n* three")
    assert labelled.words[:2] == ["one", "two"]
    assert list(np.flatnonzero(~labelled.known)) == [0, 4, 8]


def test_text_without_words_has_no_labels():
    assert canonical("") == ""
    assert read("...").labels.shape == (0, len(HEADS))


# --- single separators and words --------------------------------------------------------------------------------------


def labelled(text):
    """Return the labels of each word of *text*, without case, starts and the first class of each head."""
    got = read(text)
    names = list(HEADS)[: heads.START]
    return {
        word: {head: HEADS[head][value] for head, value in zip(names, row, strict=False) if value}
        for word, row in zip(got.words, got.labels, strict=True)
        if row[: heads.START].any()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Joins, and separators that only look like joins.
        ("a'b", {"a": {"join": "'"}}),
        ("a-b", {"a": {"join": "-"}}),
        ("a.b", {"a": {"join": "."}}),
        ("5,2", {"5": {"join": ","}}),
        ("5:2", {"5": {"join": ":"}}),
        ("a/b", {"a": {"join": "/"}}),
        ("a&b", {"a": {"join": "&"}}),
        ("a@b", {"a": {"join": "@"}}),
        ("a & b", {"a": {"join": " & "}}),
        ("5–7", {"5": {"join": "-"}}),
        ("a 5–7 b", {"5": {"join": "-"}}),
        ("5–b", {"5": {"mark": "—"}}),
        ("a–7", {"a": {"mark": "—"}}),
        ("5 – 7", {"5": {"mark": "—"}}),
        ("-a b-", {}),
        # Marks: one attached to the left word takes precedence over a free-standing dash or ellipsis.
        ("a, b", {"a": {"mark": ","}}),
        ("a; b", {"a": {"mark": ";"}}),
        ("a: b", {"a": {"mark": ":"}}),
        ("aa! b", {"aa": {"mark": "!"}}),
        ("aa? b", {"aa": {"mark": "?"}}),
        ("aa?! b", {"aa": {"mark": "?"}}),
        ("a... b", {"a": {"mark": "..."}}),
        ("a… b", {"a": {"mark": "..."}}),
        ("a. . . b", {"a": {"mark": "..."}}),
        ("a ... b", {"a": {"mark": "..."}}),
        ('a ..." b', {"a": {"mark": "...", "close": '"'}}),
        ("a — b", {"a": {"mark": "—"}}),
        ("a, — b", {"a": {"mark": ","}}),
        ("aa . b", {"aa": {"mark": "."}}),
        ("Inc., b", {"inc": {"mark": ".,"}}),
        ("a.), b", {"a": {"mark": ".,", "bracket": ")"}}),
        ('a.", b', {"a": {"mark": ".,", "close": '"'}}),
        # Signs and brackets stand on the side of the word that their form implies.
        ("up 7% b", {"7": {"sign": "%"}}),
        ("a $5 b", {"5": {"sign": "$"}}),
        ("a £5 b", {"5": {"sign": "£"}}),
        ("a €5 b", {"5": {"sign": "€"}}),
        ("a #5 b", {"5": {"sign": "#"}}),
        ("a @b c", {"b": {"sign": "@"}}),
        ("a %b c", {}),
        ("a (b) c", {"b": {"bracket": "()"}}),
        ("a [b] c", {"b": {"bracket": "[]"}}),
        ("a (b c) d", {"b": {"bracket": "("}, "c": {"bracket": ")"}}),
        ("a [b c] d", {"b": {"bracket": "["}, "c": {"bracket": "]"}}),
        ("a (b] c", {"b": {"bracket": "("}}),
        ("a ($5m) c", {"5m": {"bracket": "()", "sign": "$"}}),
        # Quotation marks and apostrophes.
        ('a "b" c', {"b": {"close": '"', "open": '"'}}),
        ("a 'b' c", {"b": {"close": "'", "open": "'"}}),
        ("a \"'b'\" c", {"b": {"close": "'\"", "open": "\"'"}}),
        ("a \"b 'c' d\" e", {"b": {"open": '"'}, "c": {"close": "'", "open": "'"}, "d": {"close": '"'}}),
        ("as' b", {"as": {"apostrophe": "trailing"}}),
        ("a 'bs c' d' e", {"bs": {"open": "'"}, "c": {"close": "'"}, "d": {"apostrophe": "trailing"}}),
        ("a 'b\" c' d", {"b": {"open": "'", "close": '"'}, "c": {"apostrophe": "trailing"}}),
        ("a 'b\nc' d", {"b": {"open": "'", "paragraph": "\n"}, "c": {"apostrophe": "trailing"}}),
        ("get 'em b' c", {"em": {"apostrophe": "leading"}, "b": {"apostrophe": "trailing"}}),
        ("the '80s b", {"80s": {"apostrophe": "leading"}}),
        ('the "\'80s" b', {"80s": {"apostrophe": "leading", "open": '"', "close": '"'}}),
        ("a,' b", {"a": {"mark": ",", "close": "'"}}),
        # Closed in the wrong order; where no single quotation is open, the single mark is an apostrophe.
        ("a \"'b\"' c", {"b": {"open": "\"'", "close": "'\""}}),
        ("as\"' c", {"as": {"apostrophe": "trailing", "close": '"'}}),
        # Of marks that no class represents, one is kept: a double one if there is one.
        ('a "b",\' c', {"b": {"open": '"', "mark": ",", "close": '"'}}),
        ("a 'b'.' c", {"b": {"open": "'", "mark": "abbreviation", "close": "'"}}),
        ("a '\"b c", {"b": {"open": '"'}}),
        ("a '\"'b c", {"b": {"open": '"'}}),
        ("a '('b c", {"b": {"bracket": "("}}),
        # A separator without white space is split before its first opening mark.
        ('aa."b c', {"aa": {"mark": "."}, "b": {"open": '"'}}),
        ("aa.(b c", {"aa": {"mark": "."}, "b": {"bracket": "("}}),
        ("aa.[b c", {"aa": {"mark": "."}, "b": {"bracket": "["}}),
        ("aa,$5 c", {"aa": {"mark": ","}, "5": {"sign": "$"}}),
        ("aa,'b c", {"aa": {"mark": ","}, "b": {"open": "'"}}),
        ('aa"b c', {"aa": {"close": '"'}}),
        # At the ends of the text there is a word on one side only.
        ('"a', {"a": {"open": '"'}}),
        (' " a', {"a": {"open": '"'}}),
        ('aa. "', {"aa": {"mark": ".", "close": '"'}}),
        ("aa % . )", {"aa": {"mark": ".", "sign": "%", "bracket": ")"}}),
        ("( $ 5", {"5": {"bracket": "(", "sign": "$"}}),
        ("aa...\n...", {"aa": {"mark": "..."}}),
        ("\na\n", {}),
        # Line breaks.
        ("a\nb", {"a": {"paragraph": "\n"}}),
        ("aa.\n\n b", {"aa": {"mark": ".", "paragraph": "\n"}}),
        ('aa."\n"b', {"aa": {"mark": ".", "close": '"', "paragraph": "\n"}, "b": {"open": '"'}}),
    ],
)
def test_labels_read_from_a_separator(text, expected):
    assert labelled(text) == expected


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("aa bb", True),
        ("aa, bb", True),
        ('aa," bb', True),
        ('aa", bb', True),  # British order holds the same marks
        ('aa", "bb', True),
        ("aa—bb", True),
        ("aa -- bb", True),
        ("aa , bb", True),
        ("aa,bb", True),
        ("aa;bb", False),
        ('aa."bb', False),
        ("aa * bb", False),
        ("aa,, bb", False),
        ("aa .. bb", True),
        ("aa = bb", False),
        ("aa=bb", False),
        ("aa 🙂 bb", False),
        ("(Gen). Milley", True),
        ("(Men). Milley", True),
    ],
)
def test_gaps_that_labels_can_express_are_known(text, known):
    assert read(text).known.tolist() == [known, True]


@pytest.mark.parametrize(
    ("separator", "plain"),
    [
        (" ", " "),
        ("  ", " "),
        ("\t", " "),
        (" \n ", "\n"),
        ("\r\n", "\n"),
        ("„", '"'),
        ("‚", "'"),
        ("''", '"'),
        ("`` ", '" '),
        ("--", "—"),
        ("---", "—"),
        (" - ", " — "),
        ("-", "-"),
        (" -", " -"),
        ("- ", "- "),
        ("..", "..."),
        (".....", "..."),
        (". . .", "..."),
        (".\xa0.", "..."),
        ("…", "..."),
        ("：", ":"),
        ("，", ","),
        ("−", "—"),
    ],
)
def test_separators_are_normalised(separator, plain):
    assert normalise(separator) == plain


@pytest.mark.parametrize(
    ("separator", "parts"),
    [
        ("", ("", "", "")),
        (" ", ("", "", "")),
        (", ", (",", "", "")),
        (' "', ("", "", '"')),
        (" — ", ("", "—", "")),
        ('," — ("', (',"', "—", '("')),
        (" a b ", ("", "ab", "")),
        (",", (",", "", "")),
        (", . x", (",", ".", "x")),
    ],
)
def test_a_separator_is_split_into_left_middle_and_right(separator, parts):
    assert sides(separator) == parts


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Mr. Smith", False),
        ("mr. smith", False),
        ("Dr.", True),  # nothing follows
        ("No. 5", False),
        ("no. He", True),
        ("No. He", True),
        ("Calif. He", True),
        ("Calif. Governor", False),
        ("Calif. governor", False),
        ("Calif. the", False),  # no capital, no sentence
        ("calif. He", True),
        ("calif. Governor", True),  # lower case: no state
        ("etc. Governor", False),
        ("est. Governor", False),
        ("Inc.\nGovernor", True),
        ('Inc. "Governor', True),
        ("Inc.) Governor", False),
        # (Gen.) and (Gen). are read the same, so that one may be written for the other.
        ("(Gen). Milley", False),
        # A period after a percent sign belongs to no abbreviation.
        ("Inc%. Governor", True),
        ("B.Sc. Governor", False),
        ("B.Sc. He", True),
        ("U.S. Governor", False),
        ("U.S. He", True),
        ("u.s. governor", False),
        ("3.5. Governor", True),
        ("George W. Bush", False),
        ("So did I. Bush", True),
        ("plan B. He", True),
        ("grade 5. Bush", True),
        ("He left. Bush", True),
    ],
)
def test_a_period_ends_a_sentence_or_an_abbreviation(text, ends):
    got = read(text)
    mark = next(row[heads.MARK] for row in got.labels if row[heads.MARK])
    assert HEADS["mark"][mark] == ("." if ends else "abbreviation")


@pytest.mark.parametrize(
    ("text", "started"),
    [
        ("The men", "the"),
        ("the men", ""),
        ("aa. He left", "he"),
        ("aa. he left", ""),
        ("aa? He left", "he"),
        ("aa! He left", "he"),
        ("aa, He left", ""),
        ("aa He left", ""),
        ("aa: He left", "he"),
        ("aa; He left", "he"),
        ("aa — He left", "he"),
        ("aa... He left", "he"),
        ('aa." He left', "he"),
        ('aa," He left', ""),
        ('aa, "He left', "he"),
        ("aa (He left", "he"),
        ("aa [He left", "he"),
        ("aa) He left", ""),
        ("aa\nHe left", "he"),
        ("Gen. Milley left", "gen"),
        ("aa Inc., He left", ""),
    ],
)
def test_a_capital_starts_a_sentence_where_marks_allow_it(text, started):
    got = read(text)
    assert " ".join(w for w, row in zip(got.words, got.labels, strict=True) if row[heads.START]) == started
    assert write(got) == text


def test_marks_decide_whether_a_sentence_starts_may_start_or_cannot():
    def after(text):
        labels = read(text).labels
        return starts(labels[0], labels[1])

    assert starts(None, read("a").labels[0]) is True
    assert after("aa. bb") is True
    assert after("aa? bb") is True
    for text in ('aa." bb', "aa: bb", "aa — bb", "aa\nbb", 'aa "bb', "aa (bb", "aa [bb", "aa (bb)"):
        assert after(text) is None
    for text in ("aa bb", "aa, bb", 'aa" bb', "aa bb)", "Gen. bb"):
        assert after(text) is False


@pytest.mark.parametrize(
    ("text", "word", "case"),
    [
        ("a Iraq", 1, heads.TITLE),
        ("a NATO", 1, heads.UPPER),
        ("a iPod", 1, heads.MIXED),
        ("a U", 1, heads.UPPER),
        ("a 20th", 1, heads.LOWER),
        ("a Élysée", 1, heads.TITLE),
        ("a ქართული", 1, heads.LOWER),
        ("Iraq", 0, heads.LOWER),  # the capital comes from the sentence
        ("A", 0, heads.LOWER),
        ("NATO", 0, heads.UPPER),
        ("McConnell", 0, heads.MIXED),
        ("aa. NATO", 1, heads.UPPER),
        ("aa. I", 1, heads.LOWER),
        ("aa, I", 1, heads.UPPER),
    ],
)
def test_the_case_of_a_word_is_its_case_in_mid_sentence(text, word, case):
    got = read(text)
    assert got.labels[word, heads.CASE] == case
    assert (word in got.forms) == (case == heads.MIXED)
    assert write(got) == text


@pytest.mark.parametrize(
    ("case", "form", "written"),
    [
        (heads.LOWER, None, "mcconnell"),
        (heads.TITLE, None, "Mcconnell"),
        (heads.UPPER, None, "MCCONNELL"),
        (heads.MIXED, "McConnell", "McConnell"),
        (heads.MIXED, None, "Mcconnell"),
        (heads.TITLE, "McConnell", "Mcconnell"),
        (heads.LOWER, "McConnell", "mcconnell"),
        (heads.UPPER, "McConnell", "MCCONNELL"),
    ],
)
def test_a_word_is_written_in_each_case(case, form, written):
    assert heads.write_in_case("mcconnell", case, form) == written


@pytest.mark.parametrize(
    ("word", "is_clipped"), [("em", True), ("tis", True), ("80s", True), ("5", True), ("we", False), ("s80", False)]
)
def test_clipped_words_are_recognized(word, is_clipped):
    assert heads.is_clipped(word) is is_clipped


@pytest.mark.parametrize(
    "text",
    [
        # The order of marks in one gap, for each position of brackets relative to quotations and sentences.
        "Aa (bb cc). Dd",
        "Aa. (Bb cc.) Dd",
        "(Bb cc.) Dd",
        "(Bb) cc. Dd",
        "Aa? (Bb cc?) Dd",
        'Aa ("bb cc") dd',
        'Aa "bb (cc)" dd',
        'Aa "(bb) cc" dd',
        'Aa "(bb cc) dd" ee',
        'Aa ("bb" cc) dd',
        'Aa (bb "cc"), dd',
        'Aa "bb (cc)," dd',
        'Aa "bb (cc)?" dd',
        'Aa. ("Bb cc.") Dd',
        'Aa "bb": cc; dd — ee',
        'Aa "bb [cc]"; dd',
        "Aa [bb] (cc) dd",
        "Aa 7% (8%), dd",
        "Aa officials' (bb) dd",
        "Aa Inc. (bb Inc.), dd",
        "Aa \"bb 'cc'\" dd",
        "Aa \"'bb' cc\" dd",
        "Aa $5 (#5) ($5) @bb [@cc] dd",
        '"Aa\n"Bb," cc',
        "Aa '80s \"'em\" dd",
        "Aa. (Bb 7%.) Dd",
        '"Aa. (Bb cc.)" Dd',
        # Unbalanced marks keep their order, too.
        "(\"dd 'aa')",
        "\"(bb,' Aa?) bb",
        '"Aa\'")',
        "'Aa \"bb (cc),' dd",
    ],
)
def test_text_in_canonical_form_is_unchanged(text):
    assert canonical(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # The single mark closes nothing: no quotation was opened, or it was closed before, or a paragraph ended it.
        ('"Aa" (bb,\') cc', '"Aa" (bb\'), cc'),
        ("\"'Aa' (bb,') cc\"", "\"'Aa' (bb'), cc\""),
        ("'Aa\n\"bb (cc,') dd\"", "'Aa\n\"bb (cc'), dd\""),
    ],
)
def test_a_single_mark_that_closes_nothing_is_written_as_an_apostrophe(text, written):
    assert canonical(text) == written
    assert canonical(written) == written


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("the (villages)', he said", {2}),
        ("(villages)', he said", {1}),
        ("'the (villages)', he said", set()),
        ("the villages' men", set()),
        ("the villages' , he said", set()),
        ("the (villages), he said", set()),
        # Here the marks are in order, and the text keeps them whatever they are.
        ("the villages,' he said", set()),
    ],
)
def test_gaps_with_a_single_mark_that_closes_nothing_are_found(text, stray):
    tokens, separators = tokenize(text)
    _, known, found = read_separators([token.lower() for token in tokens], tokens, separators)
    assert found == stray
    assert set(np.flatnonzero(~known)) == stray


def test_busy_gaps_include_all_gaps_with_marks():
    text = "\"Aa bb, cc (dd) $5 ee-ff 7% gg\nhh ii's jj' 'em kk\" ll"
    holding = {g for g, separator in enumerate(tokenize(text)[1]) if separator not in ("", " ")}
    assert holding <= set(busy_gaps(read(text).labels).tolist())
    for text in ("aa bb, cc dd", 'aa bb "cc dd', "aa bb-cc dd", "aa bb\ncc dd"):
        assert busy_gaps(read(text).labels).tolist() == [2]
    for text in ("aa bb cc", ""):
        assert busy_gaps(read(text).labels).tolist() == []


def test_separators_are_written_before_between_and_after_the_words():
    assert write_separators(read('"Aa," bb\ncc').labels) == ['"', '," ', "\n", ""]
    assert write_separators(read("").labels) == [""]
    assert write_separators(read("aa bb").labels) == ["", " ", ""]
    assert write_separators(read("Aa bb.").labels) == ["", " ", "."]
    # Without the rest of the text, the mark that joins the last word to the next is not written.
    assert write_separators(read("Aa-bb").labels[:1]) == ["", ""]
    assert write_separators(read('"Aa-bb').labels[:1]) == ['"', ""]


def test_a_closing_bracket_without_an_opening_one_encloses_no_sentence():
    assert canonical("Aa!)") == "Aa)!"
    assert canonical("(Aa) bb!)") == "(Aa) bb)!"
    assert canonical("(Aa!)") == "(Aa!)"


@pytest.mark.parametrize("before", [0, 150])
def test_a_bracket_in_a_quotation_closes_within_200_words(before):
    long, longer = (" ".join(["aa"] * before + ['"(bb'] + ["cc"] * (n - 2) + ['dd) ee" ff']) for n in (200, 201))
    assert canonical(long) == long
    assert canonical(longer) == longer.replace('"(', '("')
