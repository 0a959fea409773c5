"""The articles that all subcommands measure on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import newsnorm

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
_SUFFIXES = (".txt", ".xz", ".gz")


def load(data: Path) -> list[str]:
    """
    Load the formatted articles in *data*, in the order of the file names.

    Args:
        data: A file, or a folder of ``*.txt``, ``*.txt.xz`` and ``*.txt.gz``; one paragraph per line, a blank line
            between articles. ``*.flat.txt`` is left out: it is the flat form of another file.

    Raises:
        SystemExit: There are no articles.
    """
    # Imported here, because it imports NumPy: a process that is pinned to one core imports NumPy after that.
    from newsnorm.training.corpus import articles

    paths = [data] if data.is_file() else sorted(data.glob("*.txt*"))
    stories = [
        story for path in paths if path.suffix in _SUFFIXES and ".flat" not in path.suffixes for story in articles(path)
    ]
    if not stories:
        raise SystemExit(
            f"{data} contains no articles: pass a text file, or a folder of *.txt, with one paragraph per line and a "
            "blank line between articles"
        )
    return stories


def flatten(stories: Sequence[str]) -> list[str]:
    """Flatten all *stories*."""
    return [newsnorm.flatten(story) for story in stories]


def count_words(flat: Sequence[str]) -> int:
    """Count the words of flat texts."""
    return sum(len(text.split()) for text in flat)


def take_words(flat: Sequence[str], count: int) -> str:
    """Take *count* words from flat texts, on one line; start over when the texts end.

    >>> take_words(["he left", "iraq"], 5)
    'he left iraq he left'
    """
    return " ".join(islice(cycle(" ".join(flat).split()), count))


def take_characters(flat: Sequence[str], count: int) -> str:
    """Take about *count* characters from flat texts, on one line; start over when the texts end.

    >>> take_characters(["he left", "iraq"], 20)
    'he left iraq he left'
    """
    text = " ".join(flat)
    return " ".join([text] * (count // (len(text) + 1) + 1))[:count].strip()


def halves(stories: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split *stories* into two halves: every other story, so that both halves contain every kind of story.

    >>> halves(["a", "b", "c"])
    (['a', 'c'], ['b'])
    """
    return list(stories[::2]), list(stories[1::2])


def describe(stories: Sequence[str]) -> dict[str, object]:
    """Describe *stories* as plain data; the checksum shows whether two results come from the same text."""
    return {
        "articles": len(stories),
        "words": count_words(flatten(stories)),
        "sha256": hashlib.sha256("\n\n".join(stories).encode()).hexdigest(),
    }
