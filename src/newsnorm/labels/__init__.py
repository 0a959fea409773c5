"""Labels: what formatted text says about each flat word, and how that is written back.

Formatted text is a sequence of flat words, each with a case, and a separator between every two of them. `read` turns
each separator and each word's case into a row of small integers, one for each head of the model; `write` turns the rows
into text again. Training, scoring and restoring all use these two functions, so what is learned is exactly what is
written.

A separator is written from slots in a fixed order::

    word  ' % .  , . ? ! ...  " )  : ; —   white space   ( " $  word
          SUFFIX ----------------------->                PREFIX ->

American style puts commas and periods before the closing quotation mark. Text that has them in another order
(``forces".``) is written in American style.

`heads` holds the names of the heads and their classes, `separators` the glyphs of each mark.
"""

from newsnorm.labels.heads import HEAD_SIZES, HEADS, Labelled, Labels
from newsnorm.labels.reading import canonical, read
from newsnorm.labels.writing import write

__all__ = ["HEADS", "HEAD_SIZES", "Labelled", "Labels", "canonical", "read", "write"]
