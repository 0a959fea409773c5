"""sacremoses: Moses' truecaser, which ships no model and learns from formatted text."""

from sacremoses import MosesTokenizer, MosesTruecaser


def load(training):
    """Train on formatted text, a paragraph at a time, tokenised as Moses wants it."""
    tokenizer, truecaser = MosesTokenizer(lang="en"), MosesTruecaser(is_asr=True)
    paragraphs = [paragraph for text in training for paragraph in text.split("\n")]
    truecaser.train([tokenizer.tokenize(paragraph, escape=False) for paragraph in paragraphs])
    return lambda texts: [truecaser.truecase(text, return_str=True) for text in texts]
