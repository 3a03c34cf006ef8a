"""Finds faces that can render training lines, and the characters each of them really draws.

A cmap entry alone says little: it may lead to an empty box, to nothing, or to the letter without
its accent, and a line rendered from it would teach a wrong reading. So outlines are compared, once;
a ``catalogue.json`` keeps what was found, so that worker processes need not look again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import math
import os
import re
import subprocess
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gsaocr.errors import TrainingError
from gsaocr.recognizer.charset import default_charset

SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".woff2"})
CATALOGUE = "catalogue.json"
CATALOGUE_VERSION = 3
SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

# What a face must draw to be of use at all.
REQUIRED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-")
# Characters that may share an outline: type itself doesn't tell them apart.
_SAME_BY_NATURE = ("Il|1", "O0", "o0", "ÐĐ", ",‚", "/⁄", "-−–", "'′´", "·‧")

# Kinds told by family name, the first match wins; the others are told by pitch and serifs.
_KINDS = (
    (
        "blackletter",
        r"fraktur|germania|oldania|blankenburg|gamaliel|gotico|hamlet|blackletter|textura"
        r"|schwabacher|uncial|isabella|cloister|manuskript",
    ),
    (
        "dotmatrix",
        r"\bpx\b|\b(px|mx|ac)?437\b|\b[vce]ga\b|vt ?\d{3}|3270|glass ?tty|proggy|terminus|tamzen"
        r"|spleen|unifont|unscii|dotgothic|pixelify|press start|jersey|tiny5|micro ?5|doto|c-?64"
        r"|sixtyfour|silkscreen|dot.?matrix",
    ),
    ("display", r"dseg|monofett|redaction|\bscript\b"),
    (
        "typewriter",
        r"typewriter|typoscript|\bcourier\b|special elite|cutive|typist|\btypo\b|nimbus mono"
        r"|freemono|cursor|latin modern mono|prestige|compagnon|ocr-?b\b|ocrb|ocr b",
    ),
)
_KIND_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
KINDS = ("serif", "sans", "mono", "typewriter", "dotmatrix", "display", "blackletter")


@dataclass(frozen=True)
class FontFace:
    """One face of a font file and what it can draw."""

    path: Path
    index: int  # face number in the file, 0 but for collections
    family: str  # typographic family, without weight or slant
    kind: str  # one of KINDS
    bold: bool
    italic: bool  # slanted faces too
    characters: frozenset[str]  # those of the default charset that it draws right
    licence: str = ""  # what the font's name table says, in short


def find_fonts(folders: Sequence[Path], system: bool = False) -> list[FontFace]:
    """Return the usable faces of the font files under ``folders``, in a fixed order.

    With ``system``, the system's font folders are searched after ``folders``. A face is usable if
    it draws every character of ``REQUIRED``; see ``drawn_characters`` for what counts as drawn. A
    folder that doesn't exist holds no faces; a broken font file is passed over.
    Raises ``TrainingError`` where a file is in no catalogue yet and fontTools is not installed.
    """
    searched = list(folders) + (system_folders() if system else [])
    faces: list[FontFace] = []
    seen: set[Path] = set()
    for folder in searched:
        resolved = folder.expanduser().resolve()
        if resolved not in seen and resolved.is_dir():
            seen.add(resolved)
            faces.extend(_faces_of_folder(resolved))
    return faces


def system_folders() -> list[Path]:
    """Return the system's font folders: fontconfig's where it is installed, or the usual ones."""
    folders = {Path(folder).expanduser() for folder in SYSTEM_FOLDERS}
    try:
        listed = subprocess.run(
            ["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, timeout=20
        ).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        listed = []
    for file in sorted(listed):
        if not any(Path(file).is_relative_to(folder) for folder in folders):
            folders.add(Path(file).parent)
    return sorted(folder for folder in folders if folder.is_dir())


def _faces_of_folder(folder: Path) -> list[FontFace]:
    """Return the folder's usable faces, sorted by path, through its catalogue."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    places = [folder / CATALOGUE, _cached_catalogue(folder)]
    known: dict[str, Any] = {}
    for place in places:
        known = known or _read_catalogue(place)
    entries: dict[str, Any] = {}
    for file in files:
        name = file.relative_to(folder).as_posix()
        mark = fingerprint(file)
        old = known.get(name)
        if old is not None and old["fingerprint"] == mark:
            entries[name] = old
        else:
            entries[name] = {"fingerprint": mark, "faces": _describe(file)}
    if entries != known:
        for place in places:
            if write_catalogue(place, entries):
                break
    return [
        face_from_entry(folder / name, described)
        for name, entry in entries.items()
        for described in entry["faces"]
    ]


def fingerprint(file: Path) -> str:
    """Return a mark of the file's contents: its size and a hash of its first 4 KiB.

    An sfnt file begins with its table directory, which holds a checksum of every table.
    """
    with file.open("rb") as stream:
        head = stream.read(4096)
    return f"{file.stat().st_size}-{hashlib.sha256(head).hexdigest()[:16]}"


def face_from_entry(path: Path, entry: dict[str, Any]) -> FontFace:
    """Return the face that a catalogue's entry describes."""
    return FontFace(
        path=path,
        index=entry["index"],
        family=entry["family"],
        kind=entry["kind"],
        bold=entry["bold"],
        italic=entry["italic"],
        characters=frozenset(entry["characters"]) & set(default_charset().characters),
        licence=entry["licence"],
    )


def entry_from_face(face: FontFace) -> dict[str, Any]:
    """Return the catalogue entry of a face: all but its path, which is the entry's key."""
    return {
        "index": face.index,
        "family": face.family,
        "kind": face.kind,
        "bold": face.bold,
        "italic": face.italic,
        "characters": "".join(sorted(face.characters)),
        "licence": face.licence,
    }


def _cached_catalogue(folder: Path) -> Path:
    """Return where the catalogue of a folder that can't be written is kept."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return base / "gsaocr" / f"fonts-{name}.json"


def _read_catalogue(path: Path) -> dict[str, Any]:
    """Return a catalogue's entries; none where it is broken or knows too few characters."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        enough = set(default_charset().characters) <= set(table["examined"])
        if table["version"] == CATALOGUE_VERSION and enough:
            return dict(table["files"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def write_catalogue(path: Path, entries: dict[str, Any]) -> bool:
    """Write a catalogue whole or not at all; returns whether it could be written."""
    examined = default_charset().characters
    table = {"version": CATALOGUE_VERSION, "examined": examined, "files": entries}
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        return False
    return True


def _describe(file: Path) -> list[dict[str, Any]]:
    """Return the catalogue entries of a file's usable faces; none where the file is broken.

    Raises ``TrainingError`` where fontTools isn't installed: only a catalogue makes do without it.
    """
    try:
        from fontTools.ttLib import TTCollection, TTFont
    except ImportError as error:
        raise TrainingError(
            str(file), "fonts not catalogued yet need fontTools", "pip install fonttools"
        ) from error
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # its hints are for font makers
    entries: list[dict[str, Any]] = []
    try:
        if file.suffix.lower() == ".ttc":
            fonts = list(TTCollection(file, lazy=True).fonts)
        else:
            fonts = [TTFont(file, lazy=True)]
        for index, font in enumerate(fonts):
            characters = drawn_characters(font)
            if characters >= REQUIRED:
                entries.append(entry_from_face(_face(file, index, font, characters)))
    except Exception:  # a broken font file raises anything; it is of no use, and others are
        return []
    return entries


def _face(file: Path, index: int, font: Any, characters: frozenset[str]) -> FontFace:
    names = font["name"]
    family = str(names.getDebugName(16) or names.getDebugName(1) or "").strip()
    family = family if any(c.isalnum() for c in family) else file.stem  # some names are broken
    style = str(names.getDebugName(17) or names.getDebugName(2) or "").lower()
    full = f"{names.getDebugName(4) or ''} {style}".lower()
    os2 = font.get("OS/2")
    slanted = re.search(r"italic|oblique|slanted|kursiv", full) is not None
    heavy = re.search(r"bold|black|heavy", full) is not None and "semi" not in full
    return FontFace(
        path=file,
        index=index,
        family=family,
        kind=kind_of(family, font),
        bold=heavy or (os2 is not None and os2.usWeightClass >= 650),
        italic=slanted or (os2 is not None and bool(os2.fsSelection & 1)),
        characters=characters,
        licence=_licence(str(names.getDebugName(13) or "")),
    )


def kind_of(family: str, font: Any) -> str:
    """Return the kind of a face by its family's name, else by its pitch and its serifs."""
    for kind, pattern in _KIND_PATTERNS:
        if pattern.search(family):
            return kind
    widths, cmap = font["hmtx"], font.getBestCmap()
    if len({widths[cmap[ord(c)]][0] for c in "iIlmMW.0"}) == 1:
        return "mono"
    named = re.search(r"sans|gothic|grotes|biolinum|tiresias", family, re.IGNORECASE) is not None
    panose = font["OS/2"].panose if "OS/2" in font else None
    listed = panose is not None and panose.bFamilyType == 2 and 11 <= panose.bSerifStyle <= 15
    return "sans" if named or listed or _has_plain_stem(font) else "serif"


def _has_plain_stem(font: Any) -> bool:
    """Return whether I or l is a bar without serifs: its ink fills its box, made upright."""
    from fontTools.misc.transform import Transform
    from fontTools.pens.areaPen import AreaPen
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.pens.transformPen import TransformPen

    glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
    upright = Transform().skew(math.radians(font["post"].italicAngle))
    for letter in "Il":
        area, bounds = AreaPen(glyphs), BoundsPen(glyphs)
        glyphs[cmap[ord(letter)]].draw(TransformPen(area, upright))
        glyphs[cmap[ord(letter)]].draw(TransformPen(bounds, upright))
        if bounds.bounds is not None:
            left, bottom, right, top = bounds.bounds
            if abs(area.value) > 0.88 * (right - left) * (top - bottom):
                return True
    return False


def _licence(text: str) -> str:
    """Return a font's own licence statement in one line of at most 160 characters."""
    if re.search(r"open font licen[cs]e|\bOFL\b", text, re.IGNORECASE):
        return "OFL-1.1"
    if re.search(r"apache", text, re.IGNORECASE):
        return "Apache-2.0"
    return " ".join(text.split())[:160]


def drawn_characters(font: Any) -> frozenset[str]:
    """Return the characters of the default charset that a fontTools ``font`` draws as themselves.

    Left out are characters drawn as nothing, like ``.notdef`` or like another character: an
    accented letter like its base, a small letter like its capital, or one placeholder for many;
    and Latin letters whose glyphs are named for others, as in symbol fonts: "alpha" for an a.
    Characters that type doesn't tell apart (I and l, 0 and O) stay.
    """
    cmap: dict[int, str] = font.getBestCmap() or {}
    glyphs = font.getGlyphSet()
    outlines: dict[str, object] = {}
    for character in default_charset().characters:
        name = cmap.get(ord(character))
        if name is not None and name in glyphs and not _is_named_for_another(character, name):
            outlines[character] = _outline(glyphs, name)
    tofu = _outline(glyphs, ".notdef") if ".notdef" in glyphs else ()
    sharing: dict[object, list[str]] = defaultdict(list)
    for character, outline in outlines.items():
        if outline and outline != tofu:
            sharing[outline].append(character)
    drawn = {" "} if " " in outlines else set()
    for sharers in sharing.values():
        drawn.update(_kept(sharers))
    if _draws_small_capitals(font):
        drawn -= {c for c in drawn if c.islower()}
    return frozenset(drawn)


def _is_named_for_another(character: str, glyph: str) -> bool:
    """Return whether a Latin letter's glyph has a Greek letter's name, or that of a sign.

    Names are read by Adobe's glyph list; a name that it doesn't have says nothing.
    """
    from fontTools.agl import toUnicode

    told = toUnicode(glyph)
    if len(told) != 1 or not (character.isascii() and character.isalpha()):
        return False
    return told != character and not unicodedata.name(told, "").startswith("LATIN ")


def _draws_small_capitals(font: Any) -> bool:
    """Return whether small letters are as high as each other, without ascender or descender."""
    from fontTools.pens.boundsPen import BoundsPen

    glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
    boxes = []
    for letter in "ndhp":
        pen = BoundsPen(glyphs)
        if ord(letter) not in cmap:
            return False
        glyphs[cmap[ord(letter)]].draw(pen)
        if pen.bounds is None:
            return False
        boxes.append(pen.bounds)
    tops = [box[3] for box in boxes]
    bottom = min(box[1] for box in boxes)
    return bool(max(tops) - min(tops) < 0.08 * max(tops) and bottom > -0.08 * max(tops))


def _outline(glyphs: Any, name: str) -> object:
    """Return a hashable form of a glyph's outline, components resolved; empty for no ink."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return tuple(
        (step, tuple((round(p[0]), round(p[1])) for p in points if p is not None))
        for step, points in pen.value
    )


def _kept(sharers: Sequence[str]) -> Iterable[str]:
    """Return those of the characters sharing one outline that it stands for.

    The sharers come in the charset's order, plain characters first.
    """
    if len(sharers) == 1 or any(set(sharers) <= set(same) for same in _SAME_BY_NATURE):
        return sharers
    ascii_ones = [c for c in sharers if c.isascii()]
    if not ascii_ones:
        return sharers[:1] if len(sharers) <= 3 else []  # more share a placeholder
    alike = [same for same in _SAME_BY_NATURE if set(ascii_ones) <= set(same)]
    if alike:
        return [c for c in sharers if c in alike[0]]
    if len(ascii_ones) == 1:
        return ascii_ones
    if len(ascii_ones) == 2 and ascii_ones[0].lower() == ascii_ones[1].lower():
        return [c for c in ascii_ones if c.isupper()]  # a small letter drawn as its capital
    return []
