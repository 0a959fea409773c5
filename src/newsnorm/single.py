"""Restoring one kind and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsnorm.kinds import QuoteStyle
from newsnorm.restore import restore

if TYPE_CHECKING:
    from newsnorm.restore import ModelLike


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
