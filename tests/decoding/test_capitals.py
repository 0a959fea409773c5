"""Capitals: they show where sentences end, unless the whole text is in capitals."""

import pytest
from scripted import Scripted

from newsnorm import KINDS, explain, restore, stream

NAMES = {"iraq": "title", "un": "upper", "mcconnell": "mixed", "mctavish": "mixed"}
FORMS = {"mcconnell": "McConnell"}


def restored(text, *, kinds=KINDS, threshold=0.0, **wanted):
    model = Scripted(FORMS, **{"case": NAMES, **wanted})
    got = restore(text, kinds=kinds, threshold=threshold, model=model)
    assert restore(got, kinds=kinds, threshold=threshold, model=model) == got
    return got


# --- text in capitals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("THE MEN LEFT IRAQ", "The men left Iraq"),
        ("THE MEN OF THE UN LEFT", "The men of the UN left"),
        ("THE MEN AND MCCONNELL LEFT", "The men and McConnell left"),
        ("THE MEN AND McCONNELL LEFT", "The men and McConnell left"),
        # The text may have the form of a name that is only known to be mixed.
        ("THE MEN AND McTAVISH LEFT", "The men and McTAVISH left"),
        ("THE MEN AND MCTAVISH LEFT", "The men and Mctavish left"),
        ("THEY LEFT. A MAN STAYED. IT'S A PITY", "They left. A man stayed. It's a pity"),
        ("DER STRAßE, DIE STRASSE, DIE STRAẞE IN İZMİR", "Der straße, die strasse, die straẞe in İzmİr"),
        # Too few words to decide.
        ("THE MEN", "THE MEN"),
        ("UN", "UN"),
        # Words that the model would write in capitals, too, do not count.
        ("UN UN UN THE MEN", "UN UN UN THE MEN"),
        ("UN UN UN THE MEN LEFT", "UN UN UN the men left"),
        # One word in ten may be in small letters, but no more.
        ("THE MEN AND THE BOYS LEFT ON FOOT at DAWN", "The men and the boys left on foot at dawn"),
        ("THE MEN AND THE BOYS LEFT at DAWN", "THE MEN AND THE BOYS LEFT at DAWN"),
        # Words without letters that could be small after the first do not count.
        ("THE MEN LEFT 5 200 中 X AT DAWN", "The men left 5 200 中 x at dawn"),
        # An address is kept as it is.
        ("THE MEN LEFT ACME=ORG THEN", "The men left ACME=ORG then"),
    ],
)
def test_text_in_capitals_is_recased(text, result):
    assert restored(text) == result


def test_text_with_small_letters_keeps_its_capitals():
    assert restored("THE TALKS the talks in IRAQ ENDED there") == "THE TALKS the talks in IRAQ ENDED there"


def test_lowering_a_word_is_as_likely_as_the_word_is_not_to_be_in_capitals():
    model = Scripted(case={"iraq": ("title", 1.0), "men": ("upper", -1.0)})
    found = explain("THE MEN LEFT IRAQ", model=model, kinds=["case"])
    assert [(e.offset, e.before, e.after, e.kind) for e in found.edits] == [
        (0, "THE", "The", "case"),
        (4, "MEN", "men", "case"),
        (8, "LEFT", "left", "case"),
        (13, "IRAQ", "Iraq", "case"),
    ]
    assert [round(e.probability, 2) for e in found.edits] == [1, 0.73, 1, 1]
    assert [e.after for e in explain("THE MEN LEFT IRAQ", model=model, threshold=0.9).edits] == ["The", "left", "Iraq"]


def test_text_in_capitals_keeps_them_without_the_kind_case():
    assert restored("THE MEN LEFT IRAQ", kinds=["punctuation"], mark={3: "."}) == "THE MEN LEFT IRAQ."


def test_a_stream_decides_for_each_document_whether_it_is_in_capitals():
    model = Scripted(case=NAMES)
    text = "the men left " * 500 + "THE MEN LEFT IRAQ " * 500
    got = "".join(stream([text], model=model))
    assert got.startswith("The men left the men")
    assert got.endswith("the men left Iraq ")
    assert "MEN" not in restore("THE MEN LEFT IRAQ " * 500, model=model)
    # As a whole it is no text in capitals.
    assert restore(text, model=model).endswith("LEFT IRAQ ")


# --- capitals among small letters -------------------------------------------------------------------------------------

#: The model is unsure whether a sentence ends after *left*.
DOUBT = {"mark": {"left": (".", -1.0)}}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("They left The boys stayed", "They left. The boys stayed"),
        ("They left the boys stayed", "They left the boys stayed"),
        # The capital belongs to the word, or the word is all in capitals.
        ("They left Iraq then", "They left Iraq then"),
        ("They left UN men", "They left UN men"),
        ("They left THE men", "They left THE men"),
        ("They left I stayed", "They left I stayed"),
        # The gap has a mark or a line break already.
        ("They left, The boys stayed", "They left, The boys stayed"),
        ("They left\nThe boys stayed", "They left\nThe boys stayed"),
        ('They left "The boys"', 'They left "The boys"'),
        ("They left (The boys)", "They left (The boys)"),
    ],
)
def test_a_sentence_ends_before_a_capital_that_only_its_position_explains(text, result):
    brackets = {"bracket": {2: "(", 3: ")"}} if "(" in text else {}
    assert restored(text, **DOUBT, **brackets) == result


def test_no_sentence_ends_before_a_capital_where_the_model_rules_it_out():
    assert restored("They left The boys", mark={"left": (".", -4.0)}) == "They left The boys"


#: Cased text without marks, in which the model would end a sentence elsewhere.
CASED = "The Iraq men left the Iraq boys stayed"


def test_no_sentence_ends_before_a_small_letter_in_a_text_with_capitals():
    wanted = {"case": NAMES, "mark": {"left": (".", 2.0)}}
    assert restore(CASED, model=Scripted(**wanted)) == CASED
    # Marks that are asked for are restored.
    assert restore(CASED, kinds=["punctuation"], model=Scripted(**wanted)) == CASED.replace("left", "left.")
    # Without its capitals the text rules nothing out.
    assert restore(CASED.lower(), model=Scripted(**wanted)) == CASED.replace("left the", "left. The")


def test_a_mark_chosen_instead_of_a_sentence_end_is_no_likelier_than_the_end():
    biases = Scripted(mark={0: (".", 30.0)}).score(["a"])[0] * 0
    from newsnorm.labels import heads
    from newsnorm.model.scores import OFFSETS

    biases[OFFSETS[heads.MARK] + heads.MARKS["."]] = 3.0
    model = Scripted(biases=biases, case=NAMES, mark={"left": (",", 2.0)})
    scores = model.score

    def both(words):
        rows = scores(words)
        rows[words.index("left"), OFFSETS[heads.MARK] + heads.MARKS["."]] = 0.0
        return rows

    model.score = both
    (edit,) = explain(CASED, model=model).edits
    assert (edit.after, round(edit.probability, 2)) == (",", 0.11)
    assert explain(CASED, model=model, threshold=0.5).edits == ()


# --- marks that the text has ------------------------------------------------------------------------------------------


def test_a_period_of_the_text_starts_a_sentence_and_a_likely_one_does_not():
    text = "the men left, the boys said. they left, he said, the boys stayed"
    wanted = {"case": NAMES, "mark": {5: ".", 9: (".", 3.0), "left": "."}}
    # No mark is missing, so a sentence starts only after marks that the text has.
    got = restore(text, model=Scripted(**wanted))
    assert got == "The men left, the boys said. They left, he said, the boys stayed"
    assert restore(got, model=Scripted(**wanted)) == got


def test_a_likely_quotation_starts_no_sentence_in_text_that_has_its_own():
    text = 'he said "we left" and they stayed'
    wanted = {"open": {"they": '"'}, "close": {"stayed": '"'}, "start": {"they": "start", "we": "start"}}
    assert restore(text, model=Scripted(**wanted)) == 'He said "We left" and they stayed'
    assert restore(text, kinds=["case"], model=Scripted(**wanted)) == 'He said "We left" and They stayed'


def test_a_one_letter_word_in_capitals_may_start_a_sentence_without_its_mark():
    text = "THE MEN LEFT, HE SAID. THEY LEFT, A MAN SAID A MAN LEFT"
    wanted = {"case": NAMES, "mark": {9: (".", 2.0)}}
    assert restore(text, model=Scripted(**wanted)).endswith("a man said A man left")


def test_a_new_paragraph_after_a_finished_quotation_starts_a_sentence():
    start = {"start": {"men": ("start", -2.0)}}
    assert restored('they left, he said. "no."\nmen stayed', **start) == 'They left, he said. "No."\nMen stayed'
    assert restored('they left, he said. "no." men stayed', **start) == 'They left, he said. "No." men stayed'
    assert restored('they left, he said. "no,"\nmen stayed', **start) == 'They left, he said. "No,"\nmen stayed'
