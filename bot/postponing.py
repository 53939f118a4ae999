"""Packages of which only a part is used, and the rest is left for whoever asks for it.

A package's own code loads all of its modules, whatever is wanted of it. Here it is entered with the names that are, and
its code runs once somebody asks for any other.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec, module_from_spec


def postpone(name: str, wanted: Mapping[str, Sequence[str]]) -> None:
    """Enter a package, unless somebody has loaded it already.

    Args:
        name: of the package; what it stands in is loaded.
        wanted: by module of the package, the names that the package itself is asked for.
    """
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def load(missing: str) -> object:
        """Run the package's own code, as any import of it would have done."""
        if missing.startswith("__"):  # what Python asks every module for
            raise AttributeError(missing)
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, missing)

    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        sys.modules[parent].__dict__[child] = package
    for module, names in wanted.items():
        part = import_module(f"{name}.{module}")
        package.__dict__.update({one: getattr(part, one) for one in names})
    package.__dict__["__getattr__"] = load
