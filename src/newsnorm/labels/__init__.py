"""Labels: the formatting of each flat word, read from text and written back to it.

Formatted text is a sequence of flat words, each with a case, and the separators between them. `read` turns each word's
case and separator into a row of small integers, one for each head of the model; `write` turns the rows back into text.
Training, scoring and restoring all use these two functions, so what is learned is exactly what is written.

A separator has slots in a fixed order::

    word  ' % .  , . ? ! ...  " )  : ; —   white space   ( " $  word
          SUFFIX ----------------------->                PREFIX ->

Commas and periods precede the closing quotation mark, as in American style. Text in another order (``forces".``) is
written in American style.

`heads` defines the heads and their classes, `separators` the plain form of each mark.
"""

from newsnorm.labels.heads import HEAD_SIZES, HEADS, Labelled, Labels
from newsnorm.labels.reading import canonical, read
from newsnorm.labels.writing import write

__all__ = ["HEADS", "HEAD_SIZES", "Labelled", "Labels", "canonical", "read", "write"]
