"""Texts to try the laws with: any text, hostile text, flat news and partially formatted news."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from hypothesis import strategies as st

from newsnorm import flatten

SEEDS = Path(__file__).parents[2] / "seeds"
FORMATTED = sorted(p for p in SEEDS.glob("*.txt") if not p.name.endswith(".flat.txt"))
STORIES = {p.stem: p.read_text(encoding="utf-8").rstrip("\n") for p in FORMATTED}
#: Every option of `restore`, each with a value that is not its default.
OPTIONS = {"kinds": ["case", "quotes"], "threshold": 0.3, "quotes": "curly", "paragraphs": True, "consistent": False}

WORDS = sorted({word for text in STORIES.values() for word in text.lower().split() if word.isalnum()})

# --- hostile text -----------------------------------------------------------------------------------------------------

CATEGORIES = (
    *("Ll", "Lu", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No"),
    *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"),
    *("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"),
)


def _some_of_each_category(count: int = 24) -> dict[str, str]:
    """Return *count* characters of each general category, spread over its scripts."""
    found = defaultdict(list)
    for code in range(0x110000):
        found[unicodedata.category(chr(code))].append(chr(code))
    return {category: "".join(found[category][:: -(-len(found[category]) // count)]) for category in CATEGORIES}


#: Characters of every general category. The first is ``a``, which Hypothesis prefers when it shrinks.
ALPHABET = _some_of_each_category()

#: Text that has broken text tools before, by name, so that a test can check that all of it occurs.
HOSTILE = {
    "combining sequences": (
        *("e\u0301", "\u0301", "n\u0303o", "a\u0323\u0302\u0301", "s" + "\u0315\u0489" * 12, "\u20dd", "कि", "1\u20e3"),
        *("\u0344", "\u1112\u1161\u11ab"),
    ),
    "zero-width joiners": ("\u200d", "\u200c", "\u2060", "क\u200dष", "👩\u200d🚀", "\u200b", "\ufeff", "\ufe0f"),
    "soft hyphens": ("\u00ad", "govern\u00adment", "\u00ad\u00ad"),
    "ligatures": ("ﬁ", "ﬃnance", "ﬅ", "ǆ", "ǅ", "Ǆ", "ŉ", "ǰ", "Ĳ", "Œuvre", "և"),
    "dotted and dotless i": ("İ", "ı", "I", "i\u0307", "İstanbul", "ISPARTA", "ılık", "Í"),
    "sharp s": ("ß", "ẞ", "straße", "STRASSE", "STRAẞE", "ſ", "ſaid"),
    "final sigma": ("ς", "Σ", "σ", "ΟΔΟΣ", "οδος", "ΣΣ"),
    "capitals of another letter": ("\u212a", "\u212b", "\u2126", "µ", "ϐ", "ᾳ", "ᾼ", "ʼn", "ᵀ", "Ⅷ", "ⓐ"),
    "surrogates": ("\ud800", "\udfff", "\ud83d\ude42", "u\udc80s"),
    "bidirectional controls": (
        *"\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        *("\u202esaid\u202c", "עברית", "\u2067العربية\u2069"),
    ),
    "NUL and other controls": ("\x00", "a\x00b", "\x1b", "\x07", "\x7f", "\x08"),
    "line endings": (
        *("\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n\r", " \n ", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"),
        *("\n\n\n", "\n \n"),
    ),
    "spaces": ("  ", "\t", "\xa0", "\u2003", "\u3000", "\u202f", " \u200b ", "   "),
    "quotation marks": (
        *"\"'“”‘’„‟‚‛«»‹›`´′″＂＇ʼ「」〝〞",
        *("''", "``", "‘‘", "’’", "\"'", "'\"", '" ', ' "', '," ', ' ("', "' ", " '", '".', '""', '"\'"', '"\n"'),
    ),
    "marks": (
        *".,?!:;-–—―−…/\\&@$£€%#()[]{}<>=_*•‐‑|~^+¿¡。、，：",
        *("...", ". . .", "--", " - ", "—", ".,", "?!", "!!!", ".)", ").", ")(", " (", ") ", "[]", "( )", ". ", ", "),
        *(" — ", ": ", "; ", " & ", "%.", " $", "'s", ".'", ",,", " . "),
    ),
    "words": (
        *("a", "s", "t", "u", "I", "U", "Mr", "McConnell", "iphone", "em", "80s", "5", "200", "said", "the", "Gen"),
        *("inc", "Inc", "no", "officials", "½", "²", "٣", "ქართული", "中文", "ไทย"),
    ),
    "addresses": (
        *("https://example.org/a?b=c", "press@example.org", "www.example.com/News", "@handle", "#tag", "/etc/a.conf"),
        *("a.b+c@mail.example.co.uk", "C:\\News\\a.txt", "http://[::1]:80/"),
    ),
    "emoji": ("🙂", "🇮🇶", "🏳\ufe0f\u200d🌈", "✅"),
}

#: Sent raw, these clear a terminal, rename its window, ring its bell, overwrite the line or reverse the text.
CONTROLS = {
    "CSI": "\x1b[2J\x1b[31m",
    "OSC": "\x1b]0;owned\x07",
    "CSI in one character": "\x9b31m",
    "a byte of CSI that is not UTF-8": "\udc9b31m",
    "bell": "\x07",
    "backspace": "safe\x08\x08\x08\x08",
    "carriage return": "safe\rowned",
    "NUL": "\x00",
    "delete": "\x7f",
    "next line": "\x85",
    "right to left": "\u202eecilop\u202c",
    "isolate": "\u2066\u2067\u2068\u2069",
    "marks of direction": "\u200e\u200f\u061c",
}


def _many(items: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Draw about ten items. A single list has five on average, too few for faults that need several items."""
    return st.builds(list.__add__, st.lists(items, max_size=15), st.lists(items, max_size=15))


_ingredients = st.sampled_from([item for items in HOSTILE.values() for item in items])
_letters = st.sampled_from("".join(ALPHABET.values()))
_words = st.sampled_from(WORDS)
#: A single draw, because choosing among strategies takes as long as checking the law.
_anything = st.sampled_from(
    WORDS[::3] + [item for items in HOSTILE.values() for item in items] + list("".join(ALPHABET.values()))[::2]
)

#: Lengths of a single word or gap. The last occurs in minified files and in images decoded as text.
LENGTHS = (200, 5_000, 100_000)
_lengths = st.sampled_from(LENGTHS[:1] * 6 + LENGTHS[1:2] * 3 + LENGTHS[2:])
_word_pieces = st.sampled_from(["a", "ab", "É", "e\u0301", "\u0301", "1", "ß", "İ", "mc", "中", "𝒜", "iPhone"])
_gap_pieces = st.sampled_from(
    [*" \n.,-'\"“”‘(])…—$%\xad\x00🙂\u200d`", '" ', " .", "\r\n", "''", "- ", ". ", "\u0301 ", ".'", "(["]
)

any_text = st.text(max_size=60) | st.text(_letters, max_size=40)
awkward_text = st.builds(str.join, st.sampled_from(["", " "]), _many(_ingredients))

#: Text with one word, or one gap, of up to 100,000 characters: a short piece repeated.
long_text = st.builds(
    lambda before, piece, length, after: before + (piece * length)[:length] + after,
    awkward_text,
    _word_pieces | _gap_pieces,
    _lengths,
    awkward_text,
)

# --- news -------------------------------------------------------------------------------------------------------------

_ALL_STORIES = "\n\n".join(STORIES.values()).split(" ")
_ALL_FLAT = flatten("\n".join(STORIES.values())).split(" ")


def _stretches(words: list[str], longest: int) -> st.SearchStrategy[str]:
    """Draw consecutive words of the seed stories: two numbers are drawn faster than forty words."""
    lengths = st.integers(1, longest)
    return st.builds(lambda at, n: " ".join(words[at : at + n]), st.integers(0, len(words) - 1), lengths)


flat_stretches = _stretches(_ALL_FLAT, 40)
flat_news = st.lists(_words, max_size=40).map(" ".join) | flat_stretches

#: The marks that wire text loses, kind by kind.
LOSSES = ('"', "'", ".?!", ",", ":;—()[]$£€%", "-/&")


def _lose(text: str, losses: int, keep: int) -> str:
    """Remove marks from *text*; two bits of *losses* for each kind of `LOSSES` choose how."""
    for marks in LOSSES:
        how, losses = losses % 4, losses // 4
        if how:
            pieces = re.split(f"([{re.escape(marks)}])", text)
            # Odd pieces are the marks. All are removed, or all become spaces, or all but one in *keep* do.
            gone = ["" if how == 1 else " " if how == 2 or k % keep else piece for k, piece in enumerate(pieces)]
            text = "".join(gone[k] if k % 2 else piece for k, piece in enumerate(pieces))
    return text


#: Part of a story that lost some kinds of marks, entirely or in part, and perhaps its capitals.
partially_formatted_stories = st.builds(
    lambda text, losses, keep, case: case(_lose(text, losses, keep)),
    _stretches(_ALL_STORIES, 30),
    st.just(0) | st.integers(0, 4 ** len(LOSSES) - 1),
    st.integers(1, 7),
    st.sampled_from([str, str.lower, str.upper, str.title]),
)

_FORMS = [form for word in WORDS for form in (word, word, word, word.title(), word.upper())]
_FORMS += list(HOSTILE["addresses"]) * (len(_FORMS) // 200)
_SEPARATORS = [
    *([" "] * 30),
    *(", ", ". ", '." ', ' "', '," ', "\n", "-", "'", " (", ") ", " — ", "! ", "? ", ": ", "; ", "' ", " '", ".\n"),
    *(".” ", " “", ",’ ", " ‘", " «", "» ", ".'' ", " ``", '."\n"', "\n\n“", '" "', "'\" ", " \"'", ' ("', '") '),
    *("...", "… ", " [", "] ", "/", "&", " & ", "@", " $", "% ", ".,", ".", "''", ",", "\r\n", "\r", " -- ", ""),
]

#: Words with any marks between them, including quotation marks of every kind, which need not balance.
partially_formatted_words = st.lists(
    st.integers(0, len(_FORMS) * len(_SEPARATORS) - 1).map(
        lambda k: _FORMS[k % len(_FORMS)] + _SEPARATORS[k // len(_FORMS)]
    ),
    max_size=25,
).map("".join)

#: The same in capitals, except for a few letters.
in_capitals = st.builds(
    lambda text, at: "".join(c.lower() if k in at else c for k, c in enumerate(text.upper())),
    partially_formatted_stories | partially_formatted_words,
    st.sets(st.integers(0, 80), max_size=6),
)


def partially_formatted_news():
    """Return a strategy for news that lost some of its marks and capitals."""
    return partially_formatted_stories | partially_formatted_words | in_capitals


#: Words of news with hostile text in the gaps and in the words.
mixed_text = st.builds(str.join, st.sampled_from([" ", "", "\n", "\r", "\r\n", "\u2028"]), _many(_anything))

every_text = any_text | awkward_text | flat_news | partially_formatted_news() | mixed_text | long_text
