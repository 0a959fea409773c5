"""NNSplit, then truecase: sentence ends, then casing. The nearest to full restoration that could be installed.

Since version 0.3 NNSplit downloads its weights at first use; version 0.2.2 includes them. Current PyTorch cannot run
its quantised TorchScript file, and the other one requires CUDA, so the weights are loaded into the network that the
package itself defines. The biases missing from the file are those that the package freezes at zero.
"""

from pathlib import Path

import nnsplit
import torch
from nltk.tokenize import word_tokenize
from nnsplit.models import Network
from truecase import get_truecaser


def load(training):
    """Load both models; each sentence is cased on its own and ends with a period."""
    weights = torch.jit.load(str(Path(nnsplit.__file__).parent / "data/en/ts_cuda.pt"), map_location="cpu").state_dict()
    with torch.no_grad():
        network = Network()
        network.load_state_dict({name: weight.float() for name, weight in weights.items()}, strict=False)
    splitter = nnsplit.NNSplit(network.eval(), device=torch.device("cpu"))
    truecaser = get_truecaser()

    def restore(sentence):
        tokens = word_tokenize("".join(token.text + token.whitespace for token in sentence), preserve_line=True)
        cased = truecaser.detknzr.detokenize(truecaser.get_true_case_from_tokens(tokens))
        return cased[:1].upper() + cased[1:] + "."

    def restore_all(texts):
        with torch.inference_mode():
            return [" ".join(map(restore, sentences)) for sentences in splitter.split(texts)]

    return restore_all
