"""The import hook: one module is read from a text instead of its file. No file on disk is changed."""

import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from typing_extensions import override

VARIABLE = "EASEL_MUTANT"  # for processes that a test starts: the path of a file with module, path and source


class _Text(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    @override
    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _Finder:
    def __init__(self, module: str, path: str, source: str) -> None:
        self._module, self._path, self._source = module, path, source

    def find_spec(self, name: str, *_where: Sequence[str] | ModuleType | None) -> ModuleSpec | None:
        if name != self._module:
            return None
        # A package is none without the places of its modules.
        places = [str(Path(self._path).parent)] if self._path.endswith("__init__.py") else None
        loader = _Text(name, self._path, self._source)
        return importlib.util.spec_from_file_location(
            name, self._path, loader=loader, submodule_search_locations=places
        )


def install(module: str, path: str, source: str) -> None:
    """Have a module, which nobody has imported yet, read from a text."""
    sys.meta_path.insert(0, _Finder(module, path, source))


def install_from_environment() -> None:
    """Do as `install` does in a process that a test has started, if the test was run on a mutant."""
    if name := os.environ.get(VARIABLE):
        install(**json.loads(Path(name).read_text(encoding="utf-8")))
