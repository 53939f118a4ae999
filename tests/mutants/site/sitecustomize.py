"""Read by processes that a test starts while it is run on a mutant: they get the mutant, too."""

from tests.mutants.imports import install_from_environment

install_from_environment()
