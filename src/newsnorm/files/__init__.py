"""Input files: compression, encodings and JSON Lines."""
