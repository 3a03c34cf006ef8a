"""Rendered lines for an adapter to train on, in chosen faces."""

from __future__ import annotations

import lzma
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gsaocr.errors import InputError, TrainingError
from gsaocr.synthesis.fonts import FontFace, find_fonts
from gsaocr.synthesis.render import LineRenderer, RenderConfig

_NOTHING = RenderConfig(book=0.0, oldprint=0.0, typescript=0.0, receipt=0.0, modern=0.0, rare=0.0)
_LARGEST = 256 * 2**20  # bytes of one text


def renderer_of(
    fonts: Sequence[Path], texts: Sequence[Path], document: str = "book"
) -> LineRenderer:
    """Return what renders lines of these texts in these faces, blackletter not excepted.

    Args:
        fonts: font files or folders of them; of a whole collection, the faces that suit the
            document are used most.
        texts: .txt or .txt.xz files or folders of them, one paragraph per line.
        document: one of :data:`gsaocr.synthesis.text.DOCUMENTS`: it decides how lines are printed
            and scanned.

    Raises:
        TrainingError: no usable face, or no text.
        InputError: a text can't be read.
    """
    label = ", ".join(map(str, fonts))
    faces = [face for path in fonts for face in _faces(path)]
    if not faces:
        raise TrainingError(label, "no usable font found", "name font files or their folder")
    files = sorted(p for t in texts for p in ([t] if t.is_file() else t.glob("*.txt*")))
    if not files:
        raise TrainingError(", ".join(map(str, texts)), "no text found", "name .txt files")
    texts_by_name = {path.name.split(".")[0]: read_corpus(path) for path in files}
    return renderer_in(faces, texts_by_name, document)


def renderer_in(faces: Sequence[FontFace], texts: dict[str, str], document: str) -> LineRenderer:
    """Return what renders lines of these texts, by their names, in these faces."""
    # Faces that were named are wanted, whatever their kind: the renderer passes over blackletter.
    wanted = [replace(f, kind="serif") if f.kind == "blackletter" else f for f in faces]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in texts.items():
            paths.append(Path(folder) / f"{name}.txt.xz")
            paths[-1].write_bytes(lzma.compress(text.encode("utf-8"), preset=0))
        return LineRenderer(wanted, paths, replace(_NOTHING, **{document: 1.0}))


def _faces(path: Path) -> list[FontFace]:
    if path.is_file():
        resolved = path.resolve()
        return [face for face in find_fonts([path.parent]) if face.path.resolve() == resolved]
    return find_fonts([path])


def read_corpus(path: Path) -> str:
    """Return the text of a corpus (.txt, .txt.xz); raises ``InputError`` if it can't be read."""
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise InputError(str(path), "larger than 256 MiB", "cut it")
        return content.decode("utf-8-sig")
    except (OSError, lzma.LZMAError, EOFError, ValueError) as error:
        raise InputError(str(path), f"no readable text ({error})", "give UTF-8 text") from None
