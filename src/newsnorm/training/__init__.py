"""Training a model: see ``python -m newsnorm.training --help``."""
