"""Imports point one way, and the parts that must start quickly import nothing heavy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "gsaocr"

# Lower ranks know nothing of higher ones; docs/architecture.md draws the same picture.
RANKS = {
    "_version": 0,
    "errors": 0,
    "printable": 0,
    "whole_file": 0,
    "system": 0,
    "strict_json": 0,
    "memory": 0,
    "model_files": 0,
    "device": 1,
    "groups": 1,
    "layers": 2,
    "recognizer": 3,
    "page": 3,
    "finder": 4,
    "adapters": 4,
    "synthesis": 4,
    "formats": 4,
    "assembly": 5,
    "reading": 5,
    "show": 5,
    "evaluation": 5,
    "pipeline": 5,
    "batch": 5,
    "engines": 5,
    "training": 5,
    "verification": 5,
    "cli": 6,
    "ocrmypdf_plugin": 6,
    "__main__": 7,
}
WITHOUT_TORCH = ["formats", "page/document.py", "cli/app.py", "errors.py", "model_files.py"]
WITHOUT_TORCH += ["printable.py", "system.py", "whole_file.py"]
HEAVY = {"torch", "cv2", "numpy", "PIL", "rapidfuzz", "safetensors", "fontTools", "uharfbuzz"}
ONLY_IN_CLI = {"typer", "rich"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path, *, at_import: bool = False) -> Iterator[str]:
    """Yield the dotted names that a module imports; ``at_import`` leaves out those in functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _imports_below(tree, at_import)


def _imports_below(node: ast.AST, at_import: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            assert child.module
            if child.module == "gsaocr":
                yield from (f"gsaocr.{alias.name}" for alias in child.names)
            else:
                yield child.module
        elif not (at_import and _runs_later(child)):
            yield from _imports_below(child, at_import)


def _runs_later(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.dump(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def part_of(path: Path) -> str:
    """Return the package or module directly below gsaocr that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def inner_imports(path: Path) -> set[str]:
    """Return the parts of gsaocr that a module imports, its own left out."""
    names = {name.split(".")[1] for name in imports(path) if name.startswith("gsaocr.")}
    return names - {part_of(path), "__version__"}


def test_every_part_has_a_rank() -> None:
    assert {part_of(path) for path in MODULES} - {"__init__"} <= set(RANKS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    if path == PACKAGE / "__init__.py":  # offers the public functions, lazily
        own = {name for name in imports(path, at_import=True) if name.startswith("gsaocr")}
        assert own == {"gsaocr._version"}
        return
    rank = RANKS[part_of(path)]
    for name in inner_imports(path):
        assert RANKS[name] <= rank, f"{path} imports {name}, which stands above it"


def test_no_circle_among_parts() -> None:
    below = {part: set[str]() for part in RANKS}
    for path in MODULES:
        if path != PACKAGE / "__init__.py":
            below[part_of(path)] |= inner_imports(path)
    while below:
        free = {part for part, needs in below.items() if not needs & set(below)}
        assert free, f"these import each other in a circle: {below}"
        below = {part: needs for part, needs in below.items() if part not in free}


@pytest.mark.parametrize("place", WITHOUT_TORCH)
def test_no_torch(place: str) -> None:
    here = PACKAGE / place
    for path in here.rglob("*.py") if here.is_dir() else [here]:
        assert "torch" not in {name.partition(".")[0] for name in imports(path)}, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_typer_and_rich_stay_in_the_command_line(path: Path) -> None:
    if part_of(path) != "cli":
        assert not ONLY_IN_CLI & {name.partition(".")[0] for name in imports(path)}


def loaded_at_start() -> list[Path]:
    """The modules that ``gsaocr --help`` loads: all that the command line imports at import."""
    waiting = [PACKAGE / "__init__.py", PACKAGE / "__main__.py", PACKAGE / "cli" / "app.py"]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for name in imports(path, at_import=True):
            here = PACKAGE.parent.joinpath(*name.split("."))
            waiting += [
                each for each in (here.with_suffix(".py"), here / "__init__.py") if each.exists()
            ]
    return sorted(found)


@pytest.mark.parametrize("path", loaded_at_start(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_start_up_imports_nothing_heavy(path: Path) -> None:
    names = set(imports(path, at_import=True))
    assert not HEAVY & {name.partition(".")[0] for name in names}
    light = ("gsaocr.cli", "gsaocr.errors", "gsaocr.memory", "gsaocr.model_files")
    light += ("gsaocr.printable", "gsaocr._version")
    assert all(name.startswith(light) for name in names if name.startswith("gsaocr"))
