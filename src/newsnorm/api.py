"""The public functions: each checks its arguments and calls the pipeline.

`restore` and `explain` take the same path, through `newsnorm.pipeline`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from newsnorm.errors import check_text, check_workers
from newsnorm.kinds import Kind, QuoteStyle
from newsnorm.options import Options

if TYPE_CHECKING:
    from newsnorm.model import ModelLike
    from newsnorm.restoration import Quotation, Restoration


def restore(
    text: str,
    /,
    *,
    kinds: Collection[Kind] | None = None,
    threshold: float = 0.0,
    quotes: QuoteStyle = "straight",
    paragraphs: bool = False,
    consistent: bool = True,
    model: ModelLike = None,
) -> str:
    """
    Restore capitals, apostrophes, quotation marks and punctuation to flat *text*. No word is ever changed.

    The encoder reads only the words. Existing marks and capitals are kept and constrain what is added next to them. In
    a text that is all in capitals, they carry no information and are lowered.

        >>> print(restore("i ll believe it when our trucks come back empty said peter lindqvist"))
        "I'll believe it when our trucks come back empty," said Peter Lindqvist.
        >>> print(restore("THE TALKS FAILED, THE U.N. SAID. IRAQ'S FRIENDS HADN'T PAID."))
        The talks failed, the U.N. said. Iraq's friends hadn't paid.
        >>> restore("")
        ''

    Args:
        text: Flat or partially formatted text, any length, any Unicode. Not bytes.
        kinds: What to restore, some of `KINDS`; leaving one out changes nothing else. By default, the kinds that the
            text lacks; see `missing`. It is assumed to have all marks of the other kinds, so sentences start only after
            existing marks.
        threshold: Minimum probability of an edit, from 0 to 1. At 0, every edit that is more likely than its
            alternatives is made; a higher value keeps fewer, more certain edits.
        quotes: ``"straight"`` or ``"curly"``, for quotation marks and apostrophes.
        paragraphs: Break the text into paragraphs, one a line.
        consistent: Combine the scores of all mentions of a name or phrase, so that they get the same form.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        Text with the same letters and digits in the same order, so that ``flatten(restore(t)) == flatten(t)``, and
        ``restore(restore(t)) == restore(t)``.

    Raises:
        TypeError: *text* is not a ``str``.
        ValueError: A kind, the threshold or the quote style is not valid.
        DataError: The model is missing or damaged.

    Cost: O(n) time in words, about 5,000 words a second on two cores; the first call loads the model in half a second.

    .. versionadded:: 0.1
    """
    check_text(text)
    options = Options.checked(
        kinds=kinds, threshold=threshold, quotes=quotes, paragraphs=paragraphs, consistent=consistent
    )
    from newsnorm.pipeline import restored

    return next(restored([text], options, model)).text


def restore_many(
    texts: Iterable[str],
    /,
    *,
    kinds: Collection[Kind] | None = None,
    threshold: float = 0.0,
    quotes: QuoteStyle = "straight",
    paragraphs: bool = False,
    consistent: bool = True,
    model: ModelLike = None,
    workers: int = 1,
) -> Iterator[str]:
    """
    Restore many texts, in their order, on all cores.

        >>> for text in restore_many(["the rebels left yemen on friday", "i don t know he said"]):
        ...     print(text)
        The rebels left Yemen on Friday.
        "I don't know," he said.

    Args:
        texts: Flat texts. They are read as needed, a few dozen windows ahead.
        kinds: As for `restore`, like the arguments up to *model*.
        threshold: Minimum probability of an edit.
        quotes: ``"straight"`` or ``"curly"``.
        paragraphs: Break the texts into paragraphs.
        consistent: Combine the scores of all mentions of a name within each text.
        model: Folder of a model.
        workers: Number of processes. With 1, this process does the work, and its threads run the encoder on all cores.
            More, up to the number of cores, pay off from a few thousand articles; the calling script then needs
            ``if __name__ == "__main__":``.

    Yields:
        ``restore(text)`` for each text, regardless of the other texts.

    Raises:
        TypeError: *texts* is a single ``str``, or contains anything other than ``str``.
        ValueError: A kind, the threshold or the quote style is not valid, or *workers* is less than 1.
        DataError: The model is missing or damaged.
        NewsnormError: Workers died repeatedly.

    Cost: as for `restore`, with memory for the texts in progress only. A worker starts in a second and takes 180 MB.

    .. versionadded:: 0.1
    """
    if isinstance(texts, (str, bytes)):
        raise TypeError("restore_many takes an iterable of texts, not one text: use restore, or give [text]")
    options = Options.checked(
        kinds=kinds, threshold=threshold, quotes=quotes, paragraphs=paragraphs, consistent=consistent
    )
    check_workers(workers)
    from newsnorm.processes import restore_texts

    return restore_texts(texts, options, model, workers)


def explain(
    text: str,
    /,
    *,
    kinds: Collection[Kind] | None = None,
    threshold: float = 0.0,
    quotes: QuoteStyle = "straight",
    paragraphs: bool = False,
    consistent: bool = True,
    model: ModelLike = None,
) -> Restoration:
    """
    Restore *text*; return the result with its edits and quotations. The arguments are those of `restore`.

        >>> found = explain("the u n said the rebels haven t left yemen")
        >>> [(e.offset, e.before, e.after) for e in found.edits if e.kind == "contractions"]
        [(29, ' ', "'")]
        >>> from newsnorm import apply
        >>> apply(found.source, found.edits) == found.text == restore(found.source)
        True

    Returns:
        The restored text, its edits with their probabilities, and the quotations in it.

    Raises:
        TypeError, ValueError, DataError: As for `restore`.

    Cost: as for `restore`, and a few microseconds an edit.

    .. versionadded:: 0.1
    """
    check_text(text)
    options = Options.checked(
        kinds=kinds, threshold=threshold, quotes=quotes, paragraphs=paragraphs, consistent=consistent
    )
    from newsnorm.pipeline import explained

    return explained(text, options, model)


def quotations(
    text: str,
    /,
    *,
    threshold: float = 0.0,
    quotes: QuoteStyle = "straight",
    consistent: bool = True,
    model: ModelLike = None,
) -> tuple[Quotation, ...]:
    """
    Find the direct speech in a flat *text*, and return it as restored. The arguments are those of `restore`.

        >>> [found.text for found in quotations("i ll believe it when our trucks come back empty said lindqvist")]
        ["I'll believe it when our trucks come back empty,"]

    Returns:
        The quotations in the order of the text. Their offsets refer to ``restore(text)``. Errors and cost are those of
        `restore`.

    .. versionadded:: 0.1
    """
    return explain(text, threshold=threshold, quotes=quotes, consistent=consistent, model=model).quotations


# --- one kind ---------------------------------------------------------------------------------------------------------


def restore_case(text: str, /, *, threshold: float = 0.0, model: ModelLike = None) -> str:
    """
    Restore the case of the words and nothing else: truecasing.

        >>> restore_case("peter lindqvist runs a relief agency s field office in aden")
        'Peter Lindqvist runs a relief agency s field office in Aden'

    Returns:
        Text of the same length, with capitals. Arguments, errors and cost are those of `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["case"], threshold=threshold, model=model)


def restore_contractions(
    text: str, /, *, threshold: float = 0.0, quotes: QuoteStyle = "straight", model: ModelLike = None
) -> str:
    """
    Restore apostrophes, in contractions and possessives, and nothing else.

        >>> restore_contractions("haddad said she didn t plan to wait for anyone s promises")
        "haddad said she didn't plan to wait for anyone's promises"

    Returns:
        Text with apostrophes. Arguments, errors and cost are those of `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["contractions"], threshold=threshold, quotes=quotes, model=model)


def restore_quotes(
    text: str, /, *, threshold: float = 0.0, quotes: QuoteStyle = "straight", model: ModelLike = None
) -> str:
    """
    Restore quotation marks around direct speech, and nothing else.

        >>> restore_quotes("we ve fought over this hill for three years said a sergeant")
        '"we ve fought over this hill for three years" said a sergeant'

    Returns:
        Text with quotation marks in pairs. Arguments, errors and cost are those of `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["quotes"], threshold=threshold, quotes=quotes, model=model)


def restore_punctuation(text: str, /, *, threshold: float = 0.0, model: ModelLike = None) -> str:
    """
    Restore periods, commas, question marks, colons, dashes and brackets, and nothing else.

        >>> restore_punctuation("more than 1 000 people were killed in the earthquake the red cross said")
        'more than 1 000 people were killed in the earthquake, the red cross said.'

    Returns:
        Text with punctuation. Arguments, errors and cost are those of `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["punctuation"], threshold=threshold, model=model)
