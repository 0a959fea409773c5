"""Hypothesis strategies for the options of `restore`, with random scorers for the model."""

from __future__ import annotations

from hypothesis import strategies as st
from wild import WildScorer

from newsnorm import KINDS

wild_scorers = st.builds(WildScorer, st.integers(0, 999), st.sampled_from([3.0, 1.0, 9.0, 0.0]), st.booleans())
some_kinds = st.integers(0, 2 ** len(KINDS) - 1).map(
    lambda bits: [kind for k, kind in enumerate(KINDS) if bits >> k & 1]
)
styles = st.sampled_from(
    [
        {"quotes": quotes, "paragraphs": paragraphs, "consistent": consistent}
        for consistent in (True, False)
        for paragraphs in (False, True)
        for quotes in ("straight", "curly")
    ]
)
thresholds = st.floats(0, 1)

#: Options that filter out no edit.
all_edits = st.builds(lambda style, model: {**style, "kinds": KINDS, "model": model}, styles, wild_scorers)
some_options = st.builds(
    # All kinds, the missing kinds or some kinds, each a third of the time; no threshold half the time.
    lambda options, kinds, which, threshold: {
        **options,
        "kinds": {"all": KINDS, "missing": None, "some": kinds}[which],
        "threshold": max(0.0, threshold),
    },
    all_edits,
    some_kinds,
    st.sampled_from(["all", "missing", "some"]),
    st.floats(-1, 1),
)
