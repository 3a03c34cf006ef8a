"""Gathers free fonts for rendering training lines: ``python -m gsaocr.training.gather_fonts OUT``.

``gsaocr/synthesis/font_sources.toml`` lists the packages, each with its licence. Debian's packages
are fetched with ``apt-get download`` and unpacked without being installed; npm's ``@fontsource``
packages hold one file per alphabet, style and weight, whose Latin parts are joined again.
"""

from __future__ import annotations

import argparse
import fnmatch
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gsaocr.errors import GsaocrError, OutputError, TrainingError
from gsaocr.recognizer.charset import default_charset

SOURCES = Path(__file__).parent.parent / "synthesis" / "font_sources.toml"
FONT_SUFFIXES = frozenset({".ttf", ".otf", ".ttc"})
_STYLES = ("400-normal", "700-normal", "400-italic")
_SUBSETS = ("latin", "latin-ext")


@dataclass(frozen=True)
class FontSources:
    """The packages that fonts are taken from."""

    debian: dict[str, str]  # Debian package -> licence
    npm: dict[str, str]  # npm package -> licence
    only: dict[str, tuple[str, ...]]  # package -> patterns of the only file names to take
    excluded: tuple[str, ...]  # patterns of file names never to take

    def wants(self, package: str, file_name: str) -> bool:
        """Return whether the font file ``file_name`` of ``package`` is to be taken."""
        if any(fnmatch.fnmatch(file_name, pattern) for pattern in self.excluded):
            return False
        patterns = self.only.get(package)
        return patterns is None or any(fnmatch.fnmatch(file_name, p) for p in patterns)


def read_sources(path: Path = SOURCES) -> FontSources:
    """Read the list of packages; raises ``TrainingError`` where it is missing or malformed."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return FontSources(
            debian=dict(table["debian"]),
            npm=dict(table["npm"]),
            only={name: tuple(patterns) for name, patterns in table["only"].items()},
            excluded=tuple(table["excluded"]["files"]),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise TrainingError(str(path), f"not a list of font packages ({error})") from error


def gather(out: Path, sources: FontSources, downloads: Path) -> int:
    """Fill ``out`` with one folder per package and return the number of font files written.

    ``downloads`` keeps what was fetched: a second run fetches only what is missing there.
    Raises ``TrainingError`` where a package manager fails, ``OutputError`` where ``out`` can't be
    written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (downloads / "debian").mkdir(parents=True, exist_ok=True)
        (downloads / "npm").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(str(out), error.strerror or "can't be written") from error
    count = 0
    for package, files in _debian_files(sources.debian, downloads / "debian"):
        count += _copy(package, files, out, sources)
    for package, folder in _npm_folders(sources.npm, downloads / "npm"):
        count += _join_package(
            package, folder, out / package.replace("@fontsource/", "fontsource-")
        )
    return count


def folder_of(package: str) -> str:
    """Return the name of the folder that a package's fonts are gathered in."""
    return package.replace("@fontsource/", "fontsource-")


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise TrainingError(command[0], "isn't installed", "install it or drop it") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "").strip().splitlines()
        raise TrainingError(
            " ".join(command[:2]), said[-1] if said else f"exit code {error.returncode}"
        ) from error


def _debian_files(packages: Iterable[str], folder: Path) -> Iterator[tuple[str, list[Path]]]:
    wanted = sorted(packages)
    missing = [name for name in wanted if not list(folder.glob(f"{name}_*.deb"))]
    if missing:
        _run(["apt-get", "download", *missing], folder)
    for name in wanted:
        with tempfile.TemporaryDirectory() as scratch:
            _run(["dpkg-deb", "-x", str(next(folder.glob(f"{name}_*.deb"))), scratch], folder)
            found = (path for path in Path(scratch).rglob("*") if not path.is_symlink())
            yield name, sorted(p for p in found if p.suffix.lower() in FONT_SUFFIXES)


def _npm_folders(packages: Iterable[str], folder: Path) -> Iterator[tuple[str, Path]]:
    wanted = sorted(packages)
    modules = folder / "node_modules"
    missing = [name for name in wanted if not (modules / name).is_dir()]
    if missing:
        if not (folder / "package.json").exists():
            (folder / "package.json").write_text('{"name": "fonts", "private": true}\n')
        _run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *missing], folder)
    for name in wanted:
        yield name, modules / name


def _copy(package: str, files: Iterable[Path], out: Path, sources: FontSources) -> int:
    count = 0
    for file in files:
        if sources.wants(package, file.name):
            (out / package).mkdir(exist_ok=True)
            shutil.copyfile(file, out / package / file.name)
            count += 1
    return count


def _join_package(package: str, folder: Path, target: Path) -> int:
    """Join the Latin subset files of each style of an npm package into one TrueType file."""
    name = package.removeprefix("@fontsource/")
    count = 0
    for style in _STYLES:
        parts = [folder / "files" / f"{name}-{subset}-{style}.woff2" for subset in _SUBSETS]
        parts = [part for part in parts if part.exists()]
        joined = target / f"{name}-{style}.ttf"
        if parts and not joined.exists():
            target.mkdir(exist_ok=True)
            join_subsets(parts, joined)
        count += bool(parts)
    return count


def join_subsets(parts: Sequence[Path], out: Path) -> None:
    """Write the font whose glyphs are those of all ``parts``, subset files of one face.

    The first part gives metrics, names and layout features; where joining fails (CFF outlines,
    unequal units), it is written alone.
    """
    from fontTools.merge import Merger, Options
    from fontTools.ttLib import TTFont

    with tempfile.TemporaryDirectory() as scratch:
        plain = [_plain(part, Path(scratch) / f"{i}.ttf", keep_layout=i == 0)
                 for i, part in enumerate(parts)]  # fmt: skip
        if len(plain) == 1:
            shutil.copyfile(plain[0], out)
            return
        try:
            font: TTFont = Merger(Options(drop_tables=["DSIG"])).merge([str(p) for p in plain])
            font.save(out)
        except Exception:  # fontTools raises many kinds here; the Latin part alone is still good
            shutil.copyfile(plain[0], out)


def _plain(part: Path, out: Path, *, keep_layout: bool) -> Path:
    """Write ``part`` as an unhinted TrueType file of the charset's glyphs."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options: Any = subset.Options()
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.layout_features = ["kern", "liga", "onum", "smcp", "sups"] if keep_layout else []
    options.glyph_names = False
    options.drop_tables += ["STAT", "MATH", "BASE"]
    font = TTFont(part)
    font.flavor = None
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in default_charset().characters])
    subsetter.subset(font)
    font.save(out)
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Gather free fonts for rendering training lines.")
    parser.add_argument("out", type=Path, help="the folder to fill")
    parser.add_argument("--downloads", type=Path, help="folder that keeps the packages fetched")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            count = gather(given.out, read_sources(), given.downloads or Path(scratch))
    except GsaocrError as error:
        print(f"gather_fonts: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{count} font files in {given.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
