"""Mutants: would a unit test notice if a line that decides about money, rules, safety or delivery were wrong?

`make mutants` puts in one change after another, each in a process of its own and without touching a file, and runs
the unit tests that reach it. The changes are chosen by hand (`lists/`): generators change every line, log texts too,
and most of what outlives the tests then means nothing.
"""
