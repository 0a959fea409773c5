"""Converts formatted text to label arrays.

A *source* is a file of formatted articles: UTF-8, one paragraph per line, a blank line between articles, plain or
compressed with xz or gzip. Each becomes one ``.npz`` with the flat words as subword ids and one row of labels per word.
Labels that a source does not show (lost paragraph breaks, quotation marks that do not pair, the inherent case of a word
that starts a sentence) are masked here, once, and the training loop never sees them.
"""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

from newsnorm.labels import Labels, heads, read
from newsnorm.labels.reading import starts
from newsnorm.model.compounds import number_words
from newsnorm.model.subwords import Vocabulary
from newsnorm.words import lower, upper

MASK = -1
#: The source of excerpts around the e-mail addresses of the other sources.
ADDRESSES = "addresses"

Arrays = dict[str, NDArray[Any]]


class Article(NamedTuple):
    """An article in training; see `arrays`."""

    ids: NDArray[np.uint16]
    ends: NDArray[np.int64]
    labels: Labels
    words: NDArray[np.uint32]


#: All capitals are a word's preferred form if it was seen so this often, and in this share of its occurrences.
_CAPITALS_LEAST, _CAPITALS_SHARE = 10, 0.9
#: A word in mid-sentence: after a lower-case word or a comma, so its capital does not come from a sentence start.
_MID_SENTENCE = regex.compile(r"(?<=[a-z0-9],? )\p{L}[\p{L}\p{M}\p{N}]*")


def articles(path: Path) -> Iterator[str]:
    """Yield the articles of a source."""
    lines: list[str] = []
    with _open(path) as file:
        for line in file:
            if line.strip():
                lines.append(line.rstrip("\n"))
            elif lines:
                yield "\n".join(lines)
                lines = []
    if lines:
        yield "\n".join(lines)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def source_name(path: Path) -> str:
    """Return the name of a source: ``reuters`` for ``reuters.txt.xz``."""
    return path.name.split(".")[0]


def count_forms(path: Path) -> Counter[str]:
    """Count the forms of words in mid-sentence."""
    counts: Counter[str] = Counter()
    for article in articles(path):
        counts.update(_MID_SENTENCE.findall(article))
    return counts


def case_lexicon(counts: Counter[str], *, least: int = 3, share: float = 0.3) -> tuple[dict[str, str], set[str]]:
    """Return the preferred form of each word that has one, and the words that are mostly capitalised.

    A preferred form is all in capitals in nearly all occurrences (``NASA``, not ``US``), or mixed, with a count of at
    least *least* and this *share* of the forms with capitals (``McCain``, not ``IRaq``).
    """
    forms: dict[str, Counter[str]] = {}
    for form, count in counts.items():
        forms.setdefault(lower(form), Counter())[form] += count
    preferred, proper = {}, set()
    for word, seen in forms.items():
        raised = sum(count for form, count in seen.items() if form != word)
        if raised > seen[word]:
            proper.add(word)
        best = max((f for f in seen if heads.classify_case(f) == heads.MIXED), key=lambda f: (seen[f], f), default=None)
        if best is not None and seen[best] >= least and seen[best] >= share * raised:
            preferred[word] = best
        elif len(word) > 1 and seen[upper(word)] >= max(_CAPITALS_LEAST, _CAPITALS_SHARE * seen.total()):
            preferred[word] = upper(word)
    return preferred, proper


def mask_quotes(labels: Labels) -> None:
    """Mask the quotation marks that do not pair.

    An opening mark inside a quotation is right at the start of a paragraph: a quotation over several paragraphs opens
    each of them. Elsewhere a mark was lost after the last opening mark. A closing mark outside a quotation likewise
    means a lost one. All labels of quotation marks in between are masked.
    """
    opened, last, n = -1, 0, len(labels)
    events = np.flatnonzero(labels[:, heads.CLOSE] | labels[:, heads.OPEN] | labels[:, heads.PARAGRAPH])

    def mask(begin: int, end: int) -> None:
        labels[begin:end, heads.OPEN] = MASK
        labels[begin:end, heads.CLOSE] = MASK

    for i in map(int, events):
        before = i > 0 and labels[i - 1, heads.PARAGRAPH] == 1
        if labels[i, heads.OPEN] in heads.DOUBLE_MARKS:
            if opened >= 0 and not before:
                mask(opened, i)
            opened = i
        if labels[i, heads.CLOSE] in heads.DOUBLE_MARKS:
            if opened < 0:
                mask(last, i + 1)
            opened, last = -1, i + 1
        if (
            labels[i, heads.PARAGRAPH] == 1
            and opened >= 0
            and i + 1 < n
            and labels[i + 1, heads.OPEN] not in heads.DOUBLE_MARKS
        ):
            mask(opened, i + 1)
            opened, last = -1, i + 1
    if opened >= 0:
        mask(opened, n)


def training_labels(text: str, proper: set[str]) -> tuple[list[str], Labels]:
    """Return the words and labels of one article, with `MASK` where it does not show the label."""
    labelled = read(text)
    words, labels = labelled.words, labelled.labels
    if "\n" not in text:
        labels[:, heads.PARAGRAPH] = MASK
    mask_quotes(labels)
    unknown = np.flatnonzero(~labelled.known)
    for head in (heads.JOIN, heads.APOSTROPHE, heads.MARK, heads.CLOSE, heads.PARAGRAPH):
        labels[unknown, head] = MASK
    labels[np.minimum(unknown + 1, len(labels) - 1), heads.OPEN] = MASK
    for i in np.flatnonzero(labels[:, heads.START] == 1):
        if words[i] in proper and starts(labels[i - 1] if i else None, labels[i]) is None:
            # Said, "Iraq is": a name keeps its capital, so it does not show that a sentence starts.
            labels[i, heads.START] = MASK
    # At the start of a sentence the capital does not show the case of the word, and numbers have no case. All cases are
    # masked there: when "NASA said" kept its case, the model learned to start sentences in capitals: "WE left".
    unclear = labels[:, heads.START] != 0
    unclear |= np.array([word == word.upper() for word in words], bool)
    labels[unclear, heads.CASE] = MASK
    return words, labels


def encode(path: Path, vocabulary: Vocabulary, proper: set[str], *, words: int) -> Iterator[Article]:
    """Yield the articles of a source as subwords and labels, up to *words* words; skip those below 30 words."""
    for article in articles(path):
        flat, labels = training_labels(article, proper)
        if len(flat) < 30:
            continue
        ids, ends = vocabulary.encode(flat)
        yield Article(ids.astype(np.uint16), ends, labels, number_words(flat))
        words -= len(flat)
        if words <= 0:
            return


def arrays(parts: Iterable[Article]) -> Arrays:
    """Concatenate articles.

    Returns:
        ids: uint16, all articles, each from its start token to its end token.
        ends: int64, index in ``ids`` of each word's last subword.
        labels: int8, shape ``(n_words, n_heads)``, `MASK` where the source does not show the label.
        words: uint32, the number of each word (see `newsnorm.model.compounds`).
        begins: int64, index in ``ids`` of each article's start.
    """
    ids, ends, labels, words = zip(*parts, strict=True)
    begins = np.cumsum([0, *map(len, ids[:-1])])
    return {
        "ids": np.concatenate(ids),
        "ends": np.concatenate([row + begin for row, begin in zip(ends, begins, strict=True)]),
        "labels": np.concatenate(labels),
        "words": np.concatenate(words),
        "begins": begins,
    }


def excerpts(source: Arrays, head: int, label: int, *, words: int) -> Iterator[Article]:
    """Yield *words* words on each side of each word that has *label*, as separate articles.

    Rare labels are learned late: of 60 million words, 630 are followed by the ``@`` of an address. A model that saw
    each once wrote ``letters Time.com``.
    """
    ids, ends, labels, begins = (source[name] for name in ("ids", "ends", "labels", "begins"))
    first = np.searchsorted(ends, begins)
    for word in np.flatnonzero(labels[:, head] == label):
        article = np.searchsorted(first, word, side="right") - 1
        start = max(first[article], word - words)
        stop = min([len(ends), word + words, *first[article + 1 : article + 2]])
        before = ends[start - 1] if start > first[article] else begins[article]
        row = np.concatenate([ids[:1], ids[before + 1 : ends[stop - 1] + 1], ids[-1:]])
        yield Article(row, ends[start:stop] - before, labels[start:stop], source["words"][start:stop])


def save_lexicon(preferred: dict[str, str], proper: set[str], folder: Path) -> None:
    """Write the preferred forms (``forms.txt``, sorted) and the capitalised words (``proper.json``) to *folder*."""
    (folder / "forms.txt").write_text("\n".join(preferred[word] for word in sorted(preferred)) + "\n", encoding="utf-8")
    (folder / "proper.json").write_text(json.dumps(sorted(proper), ensure_ascii=False), encoding="utf-8")
