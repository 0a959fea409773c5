"""Errors say what was wrong, what was expected and what to do."""

import pytest

from newsnorm import DataError, NewsnormError, restore
from newsnorm.errors import check_choice, check_text, check_threshold, reason, show


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"iraq", r"^text must be a str, not bytes: decode it first, for example text\.decode\('utf-8'\)$"),
        (bytearray(), "^text must be a str, not bytearray: decode it first"),
        (memoryview(b""), "^text must be a str, not memoryview: decode it first"),
        (["iraq"], "^text must be a str, not list; for many texts use restore_many$"),
        (("iraq",), "^text must be a str, not tuple; for many texts use restore_many$"),
        (None, "^text must be a str, not NoneType$"),
        (5, "^text must be a str, not int$"),
    ],
)
def test_texts_of_the_wrong_type_are_refused_with_a_remedy(value, message):
    with pytest.raises(TypeError, match=message):
        check_text(value)


def test_kinds_given_as_a_str_are_refused():
    with pytest.raises(TypeError, match=r"such as \['case', 'contractions'\], not the str 'case, contractions'$"):
        restore("iraq s", kinds="case, contractions")


def test_str_and_its_subclasses_are_accepted():
    check_text("")
    check_text(type("Headline", (str,), {})("iraq"))


def test_the_error_names_the_argument():
    with pytest.raises(TypeError, match=r"^gold must be a str, not bytes: .* gold\.decode"):
        check_text(b"", "gold")


def test_a_choice_must_be_one_of_the_allowed_values():
    check_choice("curly", ("straight", "curly"), "quotes")
    check_choice("curly", iter(("straight", "curly")), "quotes")
    with pytest.raises(ValueError, match=r"^quotes must be one of 'straight', 'curly', not 'french'$"):
        check_choice("french", iter(("straight", "curly")), "quotes")


@pytest.mark.parametrize("threshold", [0, 1, 0.0, 0.5, 1.0])
def test_numbers_from_0_to_1_are_valid_thresholds(threshold):
    check_threshold(threshold)


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf"), 2])
def test_other_numbers_are_invalid_thresholds(threshold):
    with pytest.raises(ValueError, match=r"^threshold must be a probability from 0 to 1, not "):
        check_threshold(threshold)


@pytest.mark.parametrize(("threshold", "name"), [(True, "bool"), ("0.5", "str"), (None, "NoneType"), (0.5j, "complex")])
def test_thresholds_of_the_wrong_type_are_refused(threshold, name):
    with pytest.raises(TypeError, match=f"^threshold must be a number from 0 to 1, not {name}$"):
        check_threshold(threshold)


def test_all_errors_have_the_same_base_class():
    assert issubclass(DataError, NewsnormError)
    assert issubclass(NewsnormError, Exception)


@pytest.mark.parametrize(
    ("name", "shown"), [("story.txt", "story.txt"), ("a b é", "a b é"), ("a\nb", r"'a\nb'"), ("\x1b[2J", r"'\x1b[2J'")]
)
def test_file_names_are_shown_on_one_line(name, shown):
    assert show(name) == shown


def test_reasons_omit_the_error_number_and_the_path():
    assert reason(FileNotFoundError(2, "No such file or directory", "story.txt")) == "No such file or directory"
    assert reason(OSError("the disk is gone")) == "the disk is gone"
    assert reason(ValueError("not a text")) == "not a text"
