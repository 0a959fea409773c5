"""Scores: probabilities of the classes of each head."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from wild import WildScorer

from newsnorm.model.scores import OFFSETS, log_softmax


@given(st.integers(1, 50), st.integers(1, 5))
def test_log_softmax_is_a_distribution_for_each_head(n, seed):
    scores = next(WildScorer(seed).score_many([[str(k) for k in range(n)]]))
    logs = log_softmax(scores)
    for begin, end in pairwise(OFFSETS):
        assert np.allclose(np.exp(logs[:, begin:end]).sum(axis=1), 1, atol=1e-4)
