"""Imported last by the process that bots are forked from, once all else is read.

Catalogues are read there for all of them, too. And a fork that looks for garbage in what it has inherited writes to all
of it, so that the system has to copy it.
"""

import gc

from bot.language import catalogue, catalogue_files

for file in catalogue_files():
    catalogue(file.parents[1].name)

gc.collect()
gc.freeze()
