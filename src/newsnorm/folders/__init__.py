"""Folders of files, restored so that an error affects only the file in which it occurs.

`find` finds the files, a `crew` of processes restores them, each a `worker`, `results` puts the results in place and
remembers them, `run` joins the three.
"""
