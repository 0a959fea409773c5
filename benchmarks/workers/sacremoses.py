"""sacremoses: the truecaser of Moses, which includes no model and is trained on formatted text."""

from sacremoses import MosesTokenizer, MosesTruecaser


def load(training):
    """Train on formatted text, one paragraph at a time, tokenised as Moses requires."""
    tokenizer, truecaser = MosesTokenizer(lang="en"), MosesTruecaser(is_asr=True)
    paragraphs = [paragraph for text in training for paragraph in text.split("\n")]
    truecaser.train([tokenizer.tokenize(paragraph, escape=False) for paragraph in paragraphs])
    return lambda texts: [truecaser.truecase(text, return_str=True) for text in texts]
