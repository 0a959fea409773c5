"""newsnorm itself, run in the same way as all other tools."""

import newsnorm


def load(training):
    """Load the model before the timing, as the other tools do."""
    newsnorm.restore("warm up")
    return lambda texts: list(newsnorm.restore_many(texts))
