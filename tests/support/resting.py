"""Imported last by the process that bots are forked from.

A fork that looks for garbage in what it has inherited writes to all of it, so that the system has to copy it.
"""

import gc

gc.collect()
gc.freeze()
