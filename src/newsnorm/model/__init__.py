"""The model: what it says about the words of a text, and the folder it is read from."""

from newsnorm.model.folder import PACKAGED, checksum
from newsnorm.model.model import Model, load
from newsnorm.model.scores import Scorer

__all__ = ["PACKAGED", "Model", "Scorer", "checksum", "load"]
