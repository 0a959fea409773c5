"""Files: what the command does with a folder of texts, so that no fault costs more than the file that it strikes.

`tree` finds the files, a `crew` of processes restores them, each a `worker`, `output` puts the results in place and
remembers them, `run` joins the three. `reading` turns bytes into text, for them and for standard input.
"""
