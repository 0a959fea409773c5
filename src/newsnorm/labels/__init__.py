"""Labels: what formatted text says about each flat word, and how it is written back.

Formatted text is flat words, each with a case, and a separator between each two. `read` turns every separator and
every word's case into a row of small integers, one for each head of the model; `write` turns the rows into text again.
Training, scoring and restoring all go through these two, so that what is learned is exactly what is written.

A separator is written from slots in a fixed order::

    word  ' % .  , . ? ! ...  " )  : ; —   white space   ( " $  word
          SUFFIX ----------------------->                PREFIX ->

The American style puts commas and periods before the closing quotation mark; text read in another order
(``forces".``) is written in this one.
"""

from newsnorm.labels.heads import (
    ABBREVIATED,
    APOSTROPHE,
    BRACKET,
    BRACKETS,
    CASE,
    CLOSE,
    CLOSES,
    CLOSING,
    DOUBLE_MARKS,
    HEAD_SIZES,
    HEADS,
    JOIN,
    JOINS,
    LEADING,
    LOWER,
    MARK,
    MARKS,
    MIXED,
    OPEN,
    OPEN_MARKS,
    OPENING,
    OPENS,
    PARAGRAPH,
    SIGN,
    SIGNS,
    START,
    TERMINAL,
    TITLE,
    TRAILING,
    UPPER,
    Labelled,
    Labels,
    case_of,
    clipped,
    in_case,
)
from newsnorm.labels.reading import (
    canonical,
    read,
    read_separators,
    starts,
    tokenize,
)
from newsnorm.labels.separators import normalise, sides
from newsnorm.labels.writing import (
    Nesting,
    Slot,
    busy_gaps,
    prefix,
    suffix,
    write,
    write_separator,
    write_separators,
)

__all__ = [
    "ABBREVIATED",
    "APOSTROPHE",
    "BRACKET",
    "BRACKETS",
    "CASE",
    "CLOSE",
    "CLOSES",
    "CLOSING",
    "DOUBLE_MARKS",
    "HEADS",
    "HEAD_SIZES",
    "JOIN",
    "JOINS",
    "LEADING",
    "LOWER",
    "MARK",
    "MARKS",
    "MIXED",
    "OPEN",
    "OPENING",
    "OPENS",
    "OPEN_MARKS",
    "PARAGRAPH",
    "SIGN",
    "SIGNS",
    "START",
    "TERMINAL",
    "TITLE",
    "TRAILING",
    "UPPER",
    "Labelled",
    "Labels",
    "Nesting",
    "Slot",
    "busy_gaps",
    "canonical",
    "case_of",
    "clipped",
    "in_case",
    "normalise",
    "prefix",
    "read",
    "read_separators",
    "sides",
    "starts",
    "suffix",
    "tokenize",
    "write",
    "write_separator",
    "write_separators",
]
