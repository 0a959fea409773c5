"""The model: the scores of the words of a text, and the folder a model is loaded from."""

from newsnorm.model.folder import PACKAGED, checksum
from newsnorm.model.model import Model, available_cores, load
from newsnorm.model.scores import ModelLike, Scorer

__all__ = ["PACKAGED", "Model", "ModelLike", "Scorer", "available_cores", "checksum", "load"]
