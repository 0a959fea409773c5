"""Truecase: casing by counts of unigrams, bigrams and trigrams.

`get_true_case` calls nltk's tokenizer in a way that requires a download (LookupError without a network). With
``preserve_line=True`` the same tokenizer needs no download; it would find no sentence ends in flat text anyway.
"""

from nltk.tokenize import word_tokenize
from truecase import get_truecaser


def load(training):
    """Load the counts that truecase includes."""
    truecaser = get_truecaser()

    def restore(text):
        tokens = truecaser.get_true_case_from_tokens(word_tokenize(text, preserve_line=True))
        return truecaser.detknzr.detokenize(tokens)

    return lambda texts: [restore(text) for text in texts]
