"""Texts to try the laws with: any text at all, flat news, and news that is half flat."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

SEEDS = Path(__file__).parent.parent / "seeds"
FORMATTED = sorted(p for p in SEEDS.glob("*.txt") if not p.name.endswith(".flat.txt"))
STORIES = {p.stem: p.read_text(encoding="utf-8").rstrip("\n") for p in FORMATTED}

WORDS = sorted({word for text in STORIES.values() for word in text.lower().split() if word.isalnum()})

#: Marks, spaces and letters that the stages treat specially, in any order.
AWKWARD = st.sampled_from(
    [
        *"\"'“”‘’`´«».,?!:;-–—…/&@$£€%#()[]{}<>=_*•\n\r\t\x00\x1b\x85\xa0\u2028\u200b\u200d\u00ad\ufeff",
        *("''", "``", "...", "--", " ", "  ", " \n ", "\n\n"),
        *(
            "a",
            "s",
            "t",
            "u",
            "I",
            "U",
            "Mr",
            "McConnell",
            "iphone",
            "em",
            "80s",
            "5",
            "200",
            "said",
            "the",
            "Gen",
            "inc",
        ),
        *("ß", "ẞ", "ſ", "ı", "İ", "ς", "Σ", "ǅ", "ﬁ", "é", "e\u0301", "\u0301", "\u212a", "½", "²", "Ⅷ"),
        *("ქართული", "中文", "עברית", "\ud800", "🙂"),
    ]
)

any_text = st.text(max_size=60) | st.text(
    st.characters(codec=None, categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=40
)
awkward_text = st.lists(AWKWARD, max_size=30).map("".join) | st.lists(AWKWARD, max_size=20).map(" ".join)
flat_news = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)


@st.composite
def half_flat_news(draw):
    """News that lost some of its marks and capitals."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=25))
    parts = []
    for word in words:
        parts.append(draw(st.sampled_from([word, word, word, word.title(), word.upper()])))
        parts.append(
            draw(st.sampled_from([" ", " ", " ", ", ", ". ", '." ', ' "', '," ', "\n", "-", "'", " (", ") ", " — "]))
        )
    return "".join(parts)


every_text = any_text | awkward_text | flat_news | half_flat_news()
