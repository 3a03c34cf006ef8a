"""The free faces that the images of this folder are set in, each from a Debian package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

GPL = "GPL-2.0-or-later with font exception"
VERA = "Bitstream Vera"
OFL = "OFL-1.1"

FACES: dict[str, tuple[str, str, str]] = {
    # name: file, package, licence. Those of the first part were never trained on.
    "sora": ("Sora-Regular.otf", "fonts-sora", OFL),
    "sora-bold": ("Sora-Bold.otf", "fonts-sora", OFL),
    "karmilla": ("Karmilla-Regular.ttf", "fonts-karmilla", OFL),
    "karmilla-bold": ("Karmilla-Bold.ttf", "fonts-karmilla", OFL),
    "quicksand": ("Quicksand-Medium.ttf", "fonts-quicksand", OFL),
    "din": ("OSP-DIN.ttf", "fonts-opendin", OFL),
    "millimetre": ("millimetreA 01.otf", "fonts-millimetre", OFL),
    "comic": ("ComicNeue-Regular.otf", "fonts-comic-neue", OFL),
    "monofur": ("monof55.ttf", "fonts-monofur", OFL),
    "allerta": ("allerta_medium.otf", "fonts-allerta", OFL),
    "aerial": ("Aerial.ttf", "fonts-arkpandora", VERA),
    "aerial-mono": ("AerialMono.ttf", "fonts-arkpandora", VERA),
    "tymes": ("Tymes.ttf", "fonts-arkpandora", VERA),
    "veranda": ("Veranda.ttf", "fonts-arkpandora", VERA),
    "veranda-bold": ("VerandaBd.ttf", "fonts-arkpandora", VERA),
    "museum": ("MuseumFourteen.otf", "fonts-levien-museum", "OFL-1.0"),
    "museum-bible": ("MuseumBible.otf", "fonts-levien-museum", "OFL-1.0"),
    "serif": (
        "AboriginalSerifREGULAR943.ttf",
        "fonts-lg-aboriginal",
        "GPL-3.0 with font exception",
    ),
    "sans": ("AboriginalSansREGULAR9433.ttf", "fonts-lg-aboriginal", "GPL-3.0 with font exception"),
    "serif-italic": (
        "AboriginalSerifITALIC943.ttf",
        "fonts-lg-aboriginal",
        "GPL-3.0 with font exception",
    ),
    # These were trained on.
    "typewriter": ("TlwgTypewriter.ttf", "fonts-tlwg-typewriter-ttf", GPL),
    "typo": ("TlwgTypo.ttf", "fonts-tlwg-typo-ttf", GPL),
    "worn-typewriter": ("GNUTypewriter.ttf", "fonts-gnutypewriter", OFL),
    "essays": ("Essays1743.ttf", "fonts-essays1743", "OFL-1.1 or LGPL-2.1"),
    "essays-italic": ("Essays1743-Italic.ttf", "fonts-essays1743", "OFL-1.1 or LGPL-2.1"),
}


class Faces:
    """Faces at any size, looked for by their files' names below a folder."""

    def __init__(self, folder: Path) -> None:
        files = {path.name: path for path in sorted(folder.rglob("*.[ot]tf"))}
        lacking = sorted({package for file, package, _ in FACES.values() if file not in files})
        if lacking:
            raise SystemExit(f"{folder} lacks faces of: {' '.join(lacking)}")
        self._files = {name: files[file] for name, (file, _, _) in FACES.items()}

    def lacking(self, name: str, text: str) -> str:
        """Return the characters of a text that a face has not, or has empty."""
        known = TTFont(self._files[name], fontNumber=0, lazy=True).getBestCmap()
        font = self.at(name, 20)
        return "".join(
            sorted(
                char
                for char in set(text) - {" "}
                if ord(char) not in known or font.getmask(char).getbbox() is None
            )
        )

    @cache  # noqa: B019 - one object for one run
    def at(self, name: str, x_height: float) -> ImageFont.FreeTypeFont:
        """Return a face at the size at which its x is ``x_height`` pixels high."""
        trial = ImageFont.truetype(str(self._files[name]), 200)
        _, above, _, below = trial.getbbox("x", anchor="ls")
        return trial.font_variant(size=200 * x_height / (below - above))
