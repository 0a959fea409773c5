"""newsnorm where the text lives: one small module per library, each of which imports its library when it is used.

`columns` holds what they share. The others stand alone: `pandas`, `polars`, `datasets`, `spacy`, `spark`, and `tables`
for files of them.
"""
