"""Rendered lines for an adapter: to train on, in chosen faces, and to check the base's domain."""

from __future__ import annotations

import lzma
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gsaocr.errors import InputError, TrainingError
from gsaocr.synthesis.fonts import FontFace, find_fonts
from gsaocr.synthesis.render import LineRenderer, RenderConfig
from gsaocr.training.adapter_data import TruthLine

_NOTHING = RenderConfig(book=0.0, oldprint=0.0, typescript=0.0, receipt=0.0, modern=0.0, rare=0.0)
_LARGEST = 256 * 2**20  # bytes of one text

# Openings of books in the public domain; enough to see whether a reader still reads print.
_CHECK_TEXT = """\
It was the best of times, it was the worst of times, it was the age of wisdom, it
was the age of foolishness, it was the epoch of belief, it was the epoch of
incredulity, it was the season of Light.
Call me Ishmael. Some years ago, never mind how long precisely, having little or no
money in my purse, and nothing particular to interest me on shore, I thought I would
sail about a little.
It is a truth universally acknowledged, that a single man in possession of a good
fortune, must be in want of a wife. However little known the feelings or views of
such a man may be.
Als Gregor Samsa eines Morgens aus unruhigen Träumen erwachte, fand er sich in
seinem Bett zu einem ungeheueren Ungeziefer verwandelt. Er lag auf seinem
panzerartig harten Rücken.
Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes
yeux se fermaient si vite que je n'avais pas le temps de me dire : « Je m'endors. »
En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que
vivía un hidalgo de los de lanza en astillero, adarga antigua, rocín flaco y galgo
corredor.
"""


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
    return _renderer(faces, texts_by_name, document)


def check_lines(count: int, seed: int) -> list[TruthLine]:
    """Return rendered lines of the base's own domain, in the system's fonts; none without fonts."""
    faces = [f for f in find_fonts([], system=True) if f.kind in ("serif", "sans", "mono")]
    if not faces:
        return []
    renderer = _renderer(faces, {"english": _CHECK_TEXT}, "book")
    lines = []
    for number in range(count):
        sample = renderer.sample(np.random.default_rng([seed, 7, number]), 20, 60)
        lines.append(TruthLine(sample.image, sample.text, "rendered", f"rendered {number}"))
    return lines


def _renderer(faces: Sequence[FontFace], texts: dict[str, str], document: str) -> LineRenderer:
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
