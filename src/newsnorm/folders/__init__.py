"""Folders of files, restored so that an error affects only the file in which it occurs.

`find` finds the files, `worker` restores them in processes, `results` puts the results in place and remembers them,
and `run` connects the three.
"""
