"""The public functions: each checks its arguments and calls the pipeline.

`restore` is `explain` without the explanation: both go through `newsnorm.pipeline`.
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
    Restore flat *text* to copy that people can read.

    The encoder reads nothing but the words. What the text has already, marks and capitals, is kept and fixes the
    labels beside it; only in a text all in capitals they say nothing, and are lowered. No word is ever changed.

        >>> print(restore("i ll believe it when our trucks come back empty said peter lindqvist"))
        "I'll believe it when our trucks come back empty," said Peter Lindqvist.
        >>> print(restore("THE TALKS FAILED, THE U.N. SAID. IRAQ'S FRIENDS HADN'T PAID."))
        The talks failed, the U.N. said. Iraq's friends hadn't paid.
        >>> restore("")
        ''

    Args:
        text: Flat text, any length, any Unicode. Not bytes.
        kinds: What to restore, some of `KINDS`. What is left out is not written, and changes nothing else. Unless they
            are given, those that the text lacks, as `missing` tells; of the others it is taken to have all, so that a
            sentence starts only after a mark that stands there.
        threshold: Least probability for an edit, from 0 to 1. At 0 whatever is likelier than its alternatives is
            written; higher keeps fewer, surer edits.
        quotes: ``"straight"`` or ``"curly"``, for quotation marks and apostrophes alike.
        paragraphs: Break the text into paragraphs, one a line.
        consistent: Let the mentions of a name or phrase tell each other how it is written, through the whole text.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        Text with the same letters and digits in the same order, so that ``flatten(restore(t)) == flatten(t)``, and
        ``restore(restore(t)) == restore(t)``.

    Raises:
        TypeError: *text* is not a ``str``.
        ValueError: A kind, the threshold or the quotes style is not a known one.
        DataError: The model is missing or damaged.

    Cost: O(n) time in words, about 8,000 words a second on two cores; the first call loads the model in half a second.

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
        texts: Flat texts; read as they are needed, a few dozen windows ahead.
        kinds: As for `restore`, like all that follows.
        threshold: Least probability for an edit.
        quotes: ``"straight"`` or ``"curly"``.
        paragraphs: Break the texts into paragraphs.
        consistent: Let the mentions of a name tell each other how it is written, within each text.
        model: Folder of a model.
        workers: Processes that share the work. With 1 it is done in this one, whose threads keep all cores at the
            encoder; more, up to the number of cores, are worth their start for some thousand articles, and then the
            calling script needs ``if __name__ == "__main__":``.

    Yields:
        ``restore(text)`` of each text, whatever its neighbours are.

    Raises:
        TypeError: *texts* is a single ``str``, or holds something else than ``str``.
        ValueError: A kind, the threshold or the quotes style is not a known one, or *workers* is not 1 or more.
        DataError: The model is missing or damaged.
        NewsnormError: A worker was killed.

    Cost: as for `restore`; memory for the texts under way only. A worker starts in a second and takes 180 MB.

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
    Restore *text* and say what was changed.

        >>> found = explain("the u n said the rebels haven t left yemen")
        >>> [(e.offset, e.before, e.after) for e in found.edits if e.kind == "contractions"]
        [(29, ' ', "'")]
        >>> from newsnorm import apply
        >>> apply(found.source, found.edits) == found.text == restore(found.source)
        True

    Args:
        text: Flat text; this and the options as for `restore`.
        kinds: What to restore; what the text lacks unless given.
        threshold: Least probability for an edit.
        quotes: ``"straight"`` or ``"curly"``.
        paragraphs: Break the text into paragraphs.
        consistent: Let the mentions of a name tell each other how it is written.
        model: Folder of a model.

    Returns:
        The restored text, its edits with their probabilities, and the quotations in it.

    Raises:
        TypeError: *text* is not a ``str``.
        ValueError: A kind, the threshold or the quotes style is not a known one.
        DataError: The model is missing or damaged.

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
    Find what is said in a flat *text*: direct speech, as it reads when restored.

        >>> [found.text for found in quotations("i ll believe it when our trucks come back empty said lindqvist")]
        ["I'll believe it when our trucks come back empty,"]

    Args:
        text: Flat text, or text that has its quotation marks.
        threshold: Least probability, from 0 to 1.
        quotes: ``"straight"`` or ``"curly"``.
        consistent: Let the mentions of a name tell each other how it is written.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        The quotations in the order of the text; their offsets count in ``restore(text)``.

    Raises:
        TypeError, ValueError, DataError: As for `restore`.

    Cost: as for `restore`.

    .. versionadded:: 0.1
    """
    return explain(text, threshold=threshold, quotes=quotes, consistent=consistent, model=model).quotations


# --- one kind ---------------------------------------------------------------------------------------------------------


def restore_case(text: str, /, *, threshold: float = 0.0, model: ModelLike = None) -> str:
    """
    Restore the case of the words and nothing else: truecasing.

        >>> restore_case("peter lindqvist runs a relief agency s field office in aden")
        'Peter Lindqvist runs a relief agency s field office in Aden'

    Args:
        text: Flat text; words that have capitals keep them.
        threshold: Least probability for an edit, from 0 to 1.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        Text of the same length with capitals.

    Raises:
        TypeError, ValueError, DataError: As for `restore`.

    Cost: as for `restore`.

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

    Args:
        text: Flat text.
        threshold: Least probability for an edit, from 0 to 1.
        quotes: How apostrophes are written, ``"straight"`` or ``"curly"``.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        Text with the apostrophes put in.

    Raises:
        TypeError, ValueError, DataError: As for `restore`.

    Cost: as for `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["contractions"], threshold=threshold, quotes=quotes, model=model)


def restore_quotes(
    text: str, /, *, threshold: float = 0.0, quotes: QuoteStyle = "straight", model: ModelLike = None
) -> str:
    """
    Put quotation marks back where direct speech opens and closes, and nothing else.

        >>> restore_quotes("we ve fought over this hill for three years said a sergeant")
        '"we ve fought over this hill for three years" said a sergeant'

    Args:
        text: Flat text, or text that lacks its quotation marks only.
        threshold: Least probability for a pair of marks, from 0 to 1.
        quotes: ``"straight"`` or ``"curly"``.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        Text with the marks put in, in pairs.

    Raises:
        TypeError, ValueError, DataError: As for `restore`.

    Cost: as for `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["quotes"], threshold=threshold, quotes=quotes, model=model)


def restore_punctuation(text: str, /, *, threshold: float = 0.0, model: ModelLike = None) -> str:
    """
    Restore periods, commas, question marks, colons, dashes and brackets, and nothing else.

        >>> restore_punctuation("more than 1 000 people were killed in the earthquake the red cross said")
        'more than 1 000 people were killed in the earthquake, the red cross said.'

    Args:
        text: Flat text, or text that lacks some of its punctuation.
        threshold: Least probability for an edit, from 0 to 1.
        model: Folder of a model to use instead of the packaged one.

    Returns:
        Text with the marks put in.

    Raises:
        TypeError, ValueError, DataError: As for `restore`.

    Cost: as for `restore`.

    .. versionadded:: 0.1
    """
    return restore(text, kinds=["punctuation"], threshold=threshold, model=model)
