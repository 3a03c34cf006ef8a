"""Draws the lines of ``check_lines``: ``python -m gsaocr.training.draw_check_lines FONTS OUT.zip``.

FONTS is a folder as ``make fonts`` fills it; only the faces of :data:`FAMILIES` are drawn.
"""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from gsaocr.errors import TrainingError
from gsaocr.synthesis.fonts import find_fonts
from gsaocr.training.rendering import renderer_in

COUNT = 150
FAMILIES = (
    "Crimson Text",
    "DejaVu Sans",
    "DejaVu Sans Mono",
    "DejaVu Serif",
    "EB Garamond",
    "Fira Sans",
    "Gentium Plus",
    "Lato",
    "Liberation Mono",
    "Liberation Serif",
    "Libre Baskerville",
    "Linux Libertine O",
    "Old Standard TT",
    "Open Sans",
)
"""Free faces of books, offices and screens."""

_SEED = (1, 7)
_WIDTHS = (20, 60)  # characters of a line, least and most
_QUALITY = 60  # of WebP: 4 kB a line, and no letter reads otherwise

# Openings of books in the public domain; enough to see whether a reader still reads print.
_TEXT = """\
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


def draw(fonts: Path, out: Path) -> int:
    """Draw all lines into a zip and return how many.

    Raises:
        TrainingError: a family isn't there.
    """
    faces = [face for face in find_fonts([fonts]) if face.family in FAMILIES]
    if missing := set(FAMILIES) - {face.family for face in faces}:
        raise TrainingError(str(fonts), f"holds no {', '.join(sorted(missing))}", "make fonts")
    renderer = renderer_in(faces, {"english": _TEXT}, "book")
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(COUNT):
            sample = renderer.sample(np.random.default_rng([*_SEED, number]), *_WIDTHS)
            content = BytesIO()
            Image.fromarray(sample.image).save(content, "WEBP", quality=_QUALITY, method=6)
            for suffix, data in (("webp", content.getvalue()), ("gt.txt", sample.text.encode())):
                # No date: the same lines make the same file.
                archive.writestr(zipfile.ZipInfo(f"{number:03}.{suffix}"), data)
    return COUNT


if __name__ == "__main__":
    print(draw(Path(sys.argv[1]), Path(sys.argv[2])), "lines")
