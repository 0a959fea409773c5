"""WeTextProcessing: inverse text normalisation, which writes numbers in digits."""

from itn.english.inverse_normalizer import InverseNormalizer


def load(training):
    """Load the grammars, which are compiled the first time on a machine."""
    normalizer = InverseNormalizer()
    return lambda texts: [normalizer.normalize(text) for text in texts]
