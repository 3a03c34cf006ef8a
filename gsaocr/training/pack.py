"""Builds the training pack: one small folder with all that training on another machine needs.

``python -m gsaocr.training.pack --fonts DIR --corpora DIR --out DIR [--lines ZIP...]`` writes

- ``fonts/``: faces cut down to the charset (WOFF2) and the ``catalogue.json`` that
  ``gsaocr.synthesis.fonts.find_fonts`` reads, with each face's family, kind and licence;
- ``text/``: the corpora, as they are;
- ``lines/``: real training lines, where asked; they don't count towards the size limit;
- ``pack.json``: what is in the pack.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from gsaocr.errors import GsaocrError, OutputError, TrainingError
from gsaocr.recognizer.charset import default_charset
from gsaocr.synthesis.fonts import (
    CATALOGUE,
    FontFace,
    entry_from_face,
    find_fonts,
    fingerprint,
    write_catalogue,
)
from gsaocr.training.gather_fonts import folder_of, read_sources

MIB = 1 << 20
LAYOUT_FEATURES = ("kern", "liga", "onum", "smcp", "sups", "frac", "mark", "ccmp")
_NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17)  # names, copyright and licence; no trademark tales
_LAYOUT_LIMIT = 12_000  # bytes of GSUB and GPOS together above which only kerning is kept
_BOOKKEEPING = 64 * 1024  # bytes kept free for pack.json and file-system rounding
_MISSES = 10  # faces that found no room before the pack counts as full
_CATALOGUE_ENTRY = 900  # bytes of a face's catalogue entry, about


@dataclass(frozen=True)
class PackReport:
    """What a pack holds."""

    faces: int  # number of font faces
    families: int  # number of font families
    kinds: dict[str, int]  # kind -> number of faces
    texts: dict[str, str]  # corpus file -> sha256
    lines: tuple[str, ...]  # files of real training lines
    size: int  # bytes of fonts/ and text/
    left_out: int  # usable faces that the limit left no room for


def build_pack(
    fonts: Sequence[Path],
    corpora: Path,
    out: Path,
    limit_mib: float = 20,
    lines: Sequence[Path] = (),
) -> PackReport:
    """Write a training pack of at most ``limit_mib`` MiB (without ``lines``) into ``out``.

    Faces are taken by variety until the room is used up: one upright face of every family, then
    italics, then bold faces. ``out`` must not exist or be empty; it appears when all is written.
    Raises ``TrainingError`` where there are no fonts, no corpora or no room, ``OutputError`` where
    ``out`` can't be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(str(out), "exists and is not an empty folder", "name a new folder")
    texts = sorted(corpora.glob("*.txt.xz"))
    if not texts:
        raise TrainingError(str(corpora), "holds no corpus", "name a folder of *.txt.xz files")
    room = int(limit_mib * MIB) - sum(p.stat().st_size for p in texts) - _BOOKKEEPING
    if room <= 0:
        raise TrainingError(str(corpora), f"alone takes up {limit_mib} MiB", "raise the limit")
    faces = find_fonts(fonts)
    if not faces:
        named = ", ".join(map(str, fonts)) or "fonts"
        raise TrainingError(named, "no usable font found", "name a folder of fonts")
    partial = out.with_name(out.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "fonts").mkdir(parents=True)
        (partial / "text").mkdir()
        packed, left_out = _pack_faces(by_variety(faces), partial / "fonts", room)
        for source in texts:
            shutil.copyfile(source, partial / "text" / source.name)
        for source in lines:
            (partial / "lines").mkdir(exist_ok=True)
            shutil.copyfile(source, partial / "lines" / source.name)
        report = _report(partial, packed, texts, lines, left_out)
        described = json.dumps(asdict(report), indent=1, ensure_ascii=False)
        (partial / "pack.json").write_text(described + "\n", encoding="utf-8")
        if out.exists():
            out.rmdir()
        partial.rename(out)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise OutputError(str(out), error.strerror or "can't be written") from error
    return report


def by_variety(faces: Sequence[FontFace]) -> list[FontFace]:
    """Return the faces in the order in which they add variety, doubles left out.

    Of faces of the same family, width, weight and slant, the one nearest to regular or bold weight
    stays. First comes the upright regular face of each family, the kinds in turn, then italics,
    then bold, then bold italics.
    """
    best: dict[tuple[str, int, bool, bool], tuple[tuple[int, int, str], FontFace]] = {}
    for face in faces:
        weight, width = _weight_and_width(face)
        name = "".join(c for c in face.family.casefold() if c.isalnum())
        off = abs(weight - (700 if face.bold else 400))
        rank = (off, -len(face.characters), face.path.as_posix())
        key = (name, width, face.bold, face.italic)
        if key not in best or rank < best[key][0]:
            best[key] = (rank, face)
    rounds: dict[tuple[bool, bool], dict[str, list[FontFace]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for key in sorted(best):
        face = best[key][1]
        rounds[face.bold, face.italic][face.kind].append(face)
    order: list[FontFace] = []
    for style in ((False, False), (False, True), (True, False), (True, True)):
        turns = zip_longest(*(rounds[style][kind] for kind in sorted(rounds[style])))
        order.extend(face for face in chain.from_iterable(turns) if face is not None)
    return order


def _weight_and_width(face: FontFace) -> tuple[int, int]:
    from fontTools.ttLib import TTFont

    with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
        if "OS/2" not in font:
            return (700 if face.bold else 400), 5
        return int(font["OS/2"].usWeightClass), int(font["OS/2"].usWidthClass)


def _pack_faces(faces: Sequence[FontFace], folder: Path, room: int) -> tuple[list[FontFace], int]:
    """Write faces into ``folder`` until ``room`` bytes are used; returns them and how many weren't.

    A face too large for the room left is passed over: a smaller one after it may still fit.
    """
    misses = 0
    packed: list[FontFace] = []
    entries: dict[str, Any] = {}
    licences = _package_licences()
    for face in faces:
        data = subset_face(face)
        if data is None:
            continue
        if len(data) + _CATALOGUE_ENTRY > room:
            misses += 1
            if misses == _MISSES:
                break
            continue
        room -= len(data) + _CATALOGUE_ENTRY
        path = folder / f"{len(packed):04d}-{face.path.stem}.woff2"
        path.write_bytes(data)
        licence = licences.get(face.path.parent.name) or face.licence
        packed.append(replace(face, path=path, index=0, licence=licence))
        entries[path.name] = {
            "fingerprint": fingerprint(path),
            "faces": [entry_from_face(packed[-1])],
        }
    if not write_catalogue(folder / CATALOGUE, entries):
        raise OutputError(str(folder / CATALOGUE), "can't be written")
    return packed, len(faces) - len(packed)


def _package_licences() -> dict[str, str]:
    """Return the licence of each listed package by the name of the folder it is gathered in."""
    sources = read_sources()
    return {folder_of(name): text for name, text in (sources.debian | sources.npm).items()}


def subset_face(face: FontFace) -> bytes | None:
    """Return the face cut down to its right characters, unhinted, as WOFF2; None if that fails."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options: Any = subset.Options()
    options.hinting = False
    options.notdef_outline = True
    options.glyph_names = False
    options.name_IDs = ["*"]  # cut down below: fontTools would search the layout tables for names
    options.drop_tables += ["STAT", "MATH", "BASE", "FFTM", "PfEd", "webf", "TTFA"]
    options.flavor = "woff2"
    wanted = face.characters & set(default_charset().characters)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    data = b""
    try:
        for features in (LAYOUT_FEATURES, ("kern", "mark")):
            options.layout_features = list(features)
            font = TTFont(face.path, fontNumber=face.index)
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=[ord(c) for c in wanted])
            subsetter.subset(font)
            names = font["name"]
            names.names = [n for n in names.names if n.nameID in _NAMES and n.langID in (0, 0x409)]
            buffer = io.BytesIO()
            font.flavor = "woff2"
            font.save(buffer)
            data = buffer.getvalue()
            if (
                sum(len(font.getTableData(t)) for t in ("GSUB", "GPOS") if t in font)
                < _LAYOUT_LIMIT
            ):
                break
    except Exception:  # fontTools raises anything on a damaged table; other faces take the room
        return None
    return data


def _report(
    folder: Path,
    packed: Sequence[FontFace],
    texts: Sequence[Path],
    lines: Sequence[Path],
    left_out: int,
) -> PackReport:
    kinds: dict[str, int] = defaultdict(int)
    for face in packed:
        kinds[face.kind] += 1
    return PackReport(
        faces=len(packed),
        families=len({face.family for face in packed}),
        kinds=dict(sorted(kinds.items())),
        texts={p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in texts},
        lines=tuple(sorted(p.name for p in lines)),
        size=sum(size for path, size in _sizes(folder) if path.parts[0] != "lines"),
        left_out=left_out,
    )


def _sizes(folder: Path) -> Iterator[tuple[Path, int]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder), path.stat().st_size


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the training pack.")
    parser.add_argument("--fonts", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--corpora", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--lines", type=Path, nargs="*", default=[], metavar="ZIP")
    parser.add_argument("--limit-mib", type=float, default=20.0, metavar="MIB")
    given = parser.parse_args(arguments)
    try:
        report = build_pack(given.fonts, given.corpora, given.out, given.limit_mib, given.lines)
    except GsaocrError as error:
        print(f"pack: {error}", file=sys.stderr)
        return error.exit_code
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items())
    print(
        f"{report.faces} faces of {report.families} families ({kinds}), {len(report.texts)} "
        f"corpora, {report.size / MIB:.1f} MiB in {given.out}; {report.left_out} faces left out"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
