"""WeTextProcessing: inverse text normalisation, which writes numbers as figures."""

from itn.english.inverse_normalizer import InverseNormalizer


def load(training):
    """Load the grammars; the first time on a machine they are compiled."""
    normalizer = InverseNormalizer()
    return lambda texts: [normalizer.normalize(text) for text in texts]
