"""How a page or a part of it looks: its types, sizes and colours, which all kinds draw from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gsaocr.synthesis.draws import Weighted, chance, span
from gsaocr.synthesis.fonts import FontFace
from gsaocr.synthesis.pages import colours
from gsaocr.synthesis.pages.colours import Colour
from gsaocr.synthesis.pages.texts import PageTexts
from gsaocr.synthesis.pages.type import Form, Run, Type, TypeCase, member

Rng = np.random.Generator

FACES: dict[str, Weighted[str]] = {
    "book": Weighted([("serif", 90), ("sans", 7), ("display", 2), ("blackletter", 5)]),
    "old": Weighted([("serif", 80), ("blackletter", 20)]),
    "typed": Weighted([("typewriter", 75), ("mono", 20), ("dotmatrix", 5)]),
    "receipt": Weighted(
        [("sans", 35), ("mono", 30), ("dotmatrix", 25), ("typewriter", 5), ("serif", 5)]
    ),
    "modern": Weighted(
        [("sans", 60), ("serif", 27), ("mono", 6), ("display", 6), ("typewriter", 2)]
    ),
    "device": Weighted([("dotmatrix", 50), ("mono", 25), ("display", 15), ("typewriter", 10)]),
    "code": Weighted([("mono", 90), ("sans", 10)]),
    "screen": Weighted([("sans", 78), ("mono", 12), ("serif", 8), ("display", 2)]),
}
"""Weights of the kinds of face by what a page is."""


@dataclass(frozen=True)
class Look:
    """Types, sizes and colours of a page, and what it says; lengths in finished pixels."""

    case: TypeCase
    texts: PageTexts
    language: str
    era: str  # a key of FACES
    family: Sequence[FontFace]
    x_height: float  # of the running text
    scale: float  # of the canvas
    crisp: bool  # letters as screens draw them
    ground: Colour
    ink: Colour
    stretch: float = 1.0

    def type(
        self,
        rng: Rng,
        size: float = 1.0,
        bold: float = 0.06,
        italic: float = 0.08,
        form: Form = "plain",
    ) -> Type:
        """Return a type of the page's family, ``size`` times that of the running text."""
        return self.of_face(member(rng, self.family, bold, italic), size, form)

    def of_face(self, face: FontFace, size: float, form: Form = "plain") -> Type:
        """Return a face in ``size`` times the height of the running text."""
        height = self.x_height * size * self.scale
        return self.case.type(face, height, self.crisp, self.stretch, form)

    def other_family(self, rng: Rng) -> Look:
        """Return the look with another family, as headings and advertisements have."""
        return replace(self, family=self.case.family(rng, FACES[self.era]))

    def on(self, rng: Rng, ground: Colour) -> Look:
        """Return the look on another ground, with an ink that shows there."""
        return replace(self, ground=ground, ink=colours.ink(rng, ground))

    def inked(self, ground: Colour, ink: Colour) -> Look:
        """Return the look with these colours."""
        return replace(self, ground=ground, ink=ink)

    def sized(self, factor: float) -> Look:
        """Return the look in smaller or larger letters."""
        return replace(self, x_height=self.x_height * factor)

    def line_color(self, rng: Rng) -> Colour:
        """Return a colour for rules and frames."""
        if chance(rng, 0.5):
            return self.ink
        return colours.faint(rng, self.ground, 0.25, 1.0)

    def pitch(self, rng: Rng) -> float:
        """Return a distance of baselines, pixels."""
        return self.x_height * span(rng, 1.75, 3.1)


def width_of(run: Run, look: Look) -> float:
    """Return a run's advance in finished pixels."""
    return run.width / look.scale
