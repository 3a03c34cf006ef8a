"""Importing torch without the fifth of it that reading never uses.

``torch._meta_registrations`` tells torch's compiler what shapes results have: a thousand Python
functions, registered in 0.19 of the 0.83 seconds that the import takes, beside two more seconds for
a page. Nothing here compiles; the module comes when somebody asks for one of its names.

(``importlib.util.LazyLoader`` would load it at once: torch walks through all modules to see where
its operators are written, and looks at their files.)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

FOR_COMPILING = "torch._meta_registrations"
"""The module that waits."""


class _Later(ModuleType):
    """A module that is executed when an attribute is asked for that no module has of itself."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        loader = self.__loader__
        assert isinstance(loader, _LaterLoader)
        object.__setattr__(self, "__class__", ModuleType)
        loader.real.exec_module(self)
        return getattr(self, name)


class _LaterLoader(Loader):
    def __init__(self, real: Loader) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Later(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it for later."""


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name == FOR_COMPILING else None
        if spec is not None and spec.loader is not None:
            spec.loader = _LaterLoader(spec.loader)
        return spec


@contextmanager
def lazy_torch() -> Iterator[None]:
    """Let a first import of torch inside leave its compiler's part for later.

    For processes of the command line alone: a program that uses gsaocr may compile.
    """
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
