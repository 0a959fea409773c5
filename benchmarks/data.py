"""The articles that everything is measured on."""

from __future__ import annotations

import gzip
import hashlib
import lzma
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import newsnorm

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
_OPENERS: dict[str, Any] = {".txt": open, ".xz": lzma.open, ".gz": gzip.open}


def load(data: Path) -> list[str]:
    """
    Load the formatted articles in *data*, in the order of the file names.

    Args:
        data: A file, or a folder of ``*.txt``, ``*.txt.xz`` and ``*.txt.gz``; one paragraph a line, a blank line
            between articles. ``*.flat.txt`` is left out: it is what others are flattened to.

    Raises:
        SystemExit: There are no articles.
    """
    paths = [data] if data.is_file() else sorted(data.glob("*.txt*"))
    stories = [
        story for path in paths if path.suffix in _OPENERS and ".flat" not in path.suffixes for story in _articles(path)
    ]
    if not stories:
        raise SystemExit(
            f"{data} holds no articles: give a text file, or a folder of *.txt, with one paragraph a line and a blank "
            "line between articles"
        )
    return stories


def _articles(path: Path) -> Iterator[str]:
    lines: list[str] = []
    with _OPENERS[path.suffix](path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                lines.append(line.rstrip("\n"))
            elif lines:
                yield "\n".join(lines)
                lines = []
    if lines:
        yield "\n".join(lines)


def flatten(stories: Sequence[str]) -> list[str]:
    """Flatten all *stories*."""
    return [newsnorm.flatten(story) for story in stories]


def count_words(flat: Sequence[str]) -> int:
    """Count the words of flat texts."""
    return sum(len(text.split()) for text in flat)


def take_words(flat: Sequence[str], count: int) -> str:
    """Take so many words from flat texts, on one line; from the beginning again where they run out.

    >>> take_words(["he left", "iraq"], 5)
    'he left iraq he left'
    """
    return " ".join(islice(cycle(" ".join(flat).split()), count))


def take_characters(flat: Sequence[str], count: int) -> str:
    """Take flat text of about so many characters, on one line, from the beginning again where it runs out.

    >>> take_characters(["he left", "iraq"], 20)
    'he left iraq he left'
    """
    text = " ".join(flat)
    return " ".join([text] * (count // (len(text) + 1) + 1))[:count].strip()


def halves(stories: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part *stories* into two: every other one, so that both halves have something of every kind.

    >>> halves(["a", "b", "c"])
    (['a', 'c'], ['b'])
    """
    return list(stories[::2]), list(stories[1::2])


def described(stories: Sequence[str]) -> dict[str, object]:
    """Say what was measured on, so that two results can be told to be of the same text."""
    return {
        "articles": len(stories),
        "words": count_words(flatten(stories)),
        "sha256": hashlib.sha256("\n\n".join(stories).encode()).hexdigest(),
    }
