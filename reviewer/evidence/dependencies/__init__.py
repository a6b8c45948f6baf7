"""Brings what a run needs beside its own files: from a lock file of the base commit, through named hosts, by hash.

What must stay true: nothing of the change is read, and no code of a package is run; whatever is not pinned by hash is
refused; what was prepared is never writable in a run, and the run says in words what it was given.
"""
