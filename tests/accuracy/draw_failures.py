"""Draw the pages that are not read rightly yet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.accuracy.draw_pages import PRICES, Drawn
from tests.accuracy.faces import Faces
from tests.accuracy.page_sheet import PageSheet
from tests.accuracy.page_texts import KUECHE, PORT, WALK, WORKSHOP, words
from tests.accuracy.press import Scan, dirty, fill, scanned


def dark_area(faces: Faces) -> Drawn:
    """A page whose middle is a dark box with light letters."""
    page = PageSheet(faces, 21, 900, 560)
    text, light = faces.at("karmilla", 11), faces.at("sora", 13)
    page.block()
    _, left = page.paragraph(text, words(WORKSHOP), 60, 60, 780, 30, rows=5)
    fill(page.sheet, 40, 205, 860, 390, 0.85)
    page.block()
    for row, line in enumerate(
        (
            "The museum is closed from 3 November",
            "until the roof has been mended.",
            "Tickets keep their value.",
        )
    ):
        page.line(light, 90, 255 + 46 * row, line, -1.0)
    page.block()
    page.paragraph(text, left, 60, 430, 780, 30, rows=4)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.6, 3)), page.truth)


def two_directions(faces: Faces) -> Drawn:
    """A page with a line that runs up along its edge."""
    page = PageSheet(faces, 22, 900, 560)
    beside = PageSheet(faces, 23, 560, 110)
    beside.block()
    beside.line(faces.at("karmilla", 12), 60, 70, "Annual report of the weavers’ guild")
    page.sheet[:, -110:] = np.rot90(beside.sheet)
    page.block()
    page.paragraph(faces.at("tymes", 11), words(WORKSHOP), 60, 60, 700, 31, rows=15)
    page.blocks += beside.blocks
    return Drawn(scanned(page.sheet, page.rng, Scan(0.6, 3)), page.truth)


def narrow_gutter(faces: Faces) -> Drawn:
    """Two columns that stand hardly wider apart than words."""
    page = PageSheet(faces, 24, 900, 520)
    text = faces.at("tymes", 11)
    for x, prose in ((60, WALK), (473, WORKSHOP)):
        page.block()
        page.paragraph(text, words(prose), x, 60, 400, 29, rows=15)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 3)), page.truth)


def lone_digits(faces: Faces) -> Drawn:
    """A grid of single figures."""
    page = PageSheet(faces, 25, 460, 420)
    text = faces.at("aerial", 14)
    for row, figures in enumerate(
        ("7 3 1 9 4", "2 8 5 6 0", "9 1 4 3 7", "5 0 2 8 6", "3 6 9 1 2")
    ):
        page.block()
        page.cells(text, [60 + 80 * n for n in range(5)], 70 + 72 * row, figures.split())
    return Drawn(scanned(page.sheet, page.rng, Scan(0.6, 3)), page.truth)


def buttons(faces: Faces) -> Drawn:
    """A row of buttons with light letters below a question."""
    page = PageSheet(faces, 26, 820, 260)
    page.block()
    page.line(faces.at("karmilla", 13), 60, 70, "Do you want to keep the changes?")
    page.block()
    for number, name in enumerate(("Discard", "Cancel", "Keep all")):
        x = 60 + 240 * number
        fill(page.sheet, x, 130, x + 200, 190, 0.8)
        font = faces.at("sora", 12)
        page.put(font, x + 100 - font.getlength(name) / 2, 168, name, -1.0)
    page.blocks[-1].append("Discard Cancel Keep all")
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 2)), page.truth)


def ruled_ground(faces: Faces) -> Drawn:
    """Letters printed on a sheet with rules, some through them."""
    page = PageSheet(faces, 27, 860, 420)
    for y in range(20, 420, 22):
        fill(page.sheet, 0, y, 860, y + 2, 0.35)
    page.block()
    page.paragraph(faces.at("monofur", 12), words(PORT), 60, 62, 740, 40, rows=9)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 3)), page.truth)


def uneven_columns(faces: Faces) -> Drawn:
    """Two columns of which the second ends earlier."""
    page = PageSheet(faces, 28, 1000, 560)
    for x, prose in ((60, KUECHE), (530, PORT)):
        page.block()
        page.paragraph(faces.at("tymes", 10), words(prose), x, 60, 410, 26)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 3)), page.truth)


def leaders(faces: Faces) -> Drawn:
    """A price list with dotted leaders."""
    page = PageSheet(faces, 29, 900, 460)
    text = faces.at("karmilla", 9)
    page.block()
    for number, (name, price) in enumerate(PRICES):
        y, right = 60 + 38 * number, 840 - text.getlength(price)
        end = page.put(text, 60, y, name)
        page.put(text, right, y, price)
        x = end + 14
        while x < right - 18:
            x = page.put(text, x, y, ".") + 5
        page.blocks[-1].append(f"{name} {price}")
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 3)), page.truth)


def pale_copy(faces: Faces) -> Drawn:
    """A pale copy, darker to one side, with some dirt on it."""
    page = PageSheet(faces, 12, 1000, 620)
    page.block()
    page.paragraph(faces.at("aerial", 10), words(WALK)[60:], 70, 60, 860, 30, rows=17)
    dirty(page.sheet, page.rng, 12, 2)
    scan = Scan(0.9, 7, 229, 110, shade=40, skew=0.8)
    return Drawn(scanned(page.sheet, page.rng, scan), page.truth)


FAILURES: dict[str, Callable[[Faces], Drawn]] = {
    "dark-area": dark_area,
    "two-directions": two_directions,
    "narrow-gutter": narrow_gutter,
    "lone-digits": lone_digits,
    "buttons": buttons,
    "ruled-ground": ruled_ground,
    "uneven-columns": uneven_columns,
    "leaders": leaders,
    "pale-copy": pale_copy,
}
