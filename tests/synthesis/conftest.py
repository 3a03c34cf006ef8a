"""Small faces and corpora, so that the tests need nothing from the system."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from gsaocr.recognizer.charset import default_charset
from gsaocr.synthesis.fonts import FontFace
from tests.synthesis.small_font import PLAIN, build_font

_ENGLISH = (
    "I turned, and saw two men-servants who had me covered with pistols. He knew my name, but he"
    " had never seen me before. “So?” he said, still smiling. “But of course you have others.”\n"
    "The miserable success of the mission was a surprise to us all; the lesson was not lost.\n"
)
_FRENCH = (
    "Le quinze septembre, vers six heures du matin, le navire, près de partir, fumait à gros"
    " tourbillons devant le quai. — Des gens arrivaient hors d'haleine ; des barriques, des câbles,"
    " des corbeilles de linge gênaient la circulation.\n"
)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two small corpora, compressed as the real ones are."""
    folder = tmp_path_factory.mktemp("text")
    paths = []
    for name, text in (("english", _ENGLISH), ("french", _FRENCH)):
        path = folder / f"{name}.txt.xz"
        path.write_bytes(lzma.compress((text * 40).encode("utf-8")))
        paths.append(path)
    return paths


@pytest.fixture(scope="session")
def whole_face(tmp_path_factory: pytest.TempPathFactory) -> FontFace:
    """A face that draws every character of the charset but the combining ones."""
    drawn = "".join(c for c in default_charset().characters if c not in " \u0303\u0364")
    path = tmp_path_factory.mktemp("fonts") / "whole.ttf"
    build_font(path, characters=drawn)
    return FontFace(path, 0, "Whole", "serif", False, False, frozenset(drawn + " "))


@pytest.fixture(scope="session")
def plain_faces(tmp_path_factory: pytest.TempPathFactory) -> list[FontFace]:
    """Faces of several kinds that draw little beyond letters and figures."""
    folder = tmp_path_factory.mktemp("plain")
    faces = []
    for kind in ("sans", "mono", "typewriter", "blackletter"):
        path = build_font(folder / f"{kind}.ttf", characters=PLAIN)
        faces.append(FontFace(path, 0, kind, kind, False, False, frozenset(PLAIN + " ")))
    return faces
