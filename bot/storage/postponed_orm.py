"""SQLAlchemy's connections without its ORM, which nothing here uses, and which takes 7 MB and a tenth of a second.

Whoever wants an `AsyncConnection` of `sqlalchemy.ext.asyncio` gets its sessions along, and with them the whole ORM. So
that package is entered here with its connections alone; its own code runs once somebody asks for anything else of it.
"""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec

PACKAGE = "sqlalchemy.ext.asyncio"
CONNECTIONS = ("AsyncConnection", "AsyncEngine", "create_async_engine")


def postpone_orm() -> None:
    """Enter the package, unless somebody has loaded it already."""
    spec = find_spec(PACKAGE)
    if PACKAGE in sys.modules or spec is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def load(name: str) -> object:
        """Run the package's own code, as any import of it would have done."""
        if name.startswith("__"):  # what Python asks every module for
            raise AttributeError(name)
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    sys.modules[PACKAGE] = package
    sys.modules["sqlalchemy.ext"].__dict__["asyncio"] = package
    engines = import_module(f"{PACKAGE}.engine")
    package.__dict__.update({name: getattr(engines, name) for name in CONNECTIONS}, __getattr__=load)
