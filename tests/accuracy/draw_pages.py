"""Draw the half pages that are read rightly, or nearly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.accuracy.faces import Faces
from tests.accuracy.page_sheet import PageSheet
from tests.accuracy.page_texts import HERBAL, WALK, WORKSHOP, words
from tests.accuracy.press import Scan, dirty, fill, frame, scanned, worn


@dataclass(frozen=True)
class Drawn:
    """An image and what it says."""

    grey: NDArray[np.uint8]
    truth: str


def book(faces: Faces) -> Drawn:
    """A page of a book with its head, a quotation and a page number, a little skewed."""
    page = PageSheet(faces, 1)
    text, head = faces.at("serif", 13), faces.at("serif-italic", 12)
    page.block()
    page.cells(head, [100, -900], 60, ["A Walk before Breakfast", "47"])
    page.block()
    page.paragraph(text, words(WALK), 100, 120, 800, 33, rows=17, indent=30)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.7, 6, one_bit=True, skew=0.6)), page.truth)


def two_columns(faces: Faces) -> Drawn:
    """A heading across two columns of one length."""
    page = PageSheet(faces, 2)
    text, head = faces.at("tymes", 10), faces.at("veranda-bold", 17)
    page.block()
    page.line(head, 60, 60, "A Walk before Breakfast, and a Visit")
    for x, prose in ((60, WALK), (530, WORKSHOP)):
        page.block()
        page.paragraph(text, words(prose), x, 110, 410, 26, rows=13)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 3)), page.truth)


def receipt(faces: Faces) -> Drawn:
    """A till's receipt with typed rules."""
    page = PageSheet(faces, 3, 620, 900)
    text, head = faces.at("aerial-mono", 11), faces.at("aerial", 15)
    page.block()
    y = 60
    page.line(head, 130, y, "MINI MARKET SENTOSA")
    for x, line in ((110, "NO. 7, JALAN RAJA 3/14, 81100 JOHOR"), (190, "TEL: 07-351 8842")):
        y += 34
        page.line(text, x, y, line)
    y += 34
    page.put(text, 30, y, "-" * 42)
    page.cells(text, [30, -585], y + 34, ["NO: 000184-02", "21/05/2018 18:44"])
    y += 68
    page.put(text, 30, y, "=" * 42)
    for row in (
        ["JASMINE RICE 5KG", "1", "27.50"],
        ["EGGS GRADE B 10", "2", "9.80"],
        ["SOY SAUCE 640ML", "1", "6.35"],
        ["BATTERY AA (4)", "3", "38.70"],
        ["ORANGE JUICE 1L", "2", "13.00"],
        ["PLASTIC BAG", "1", "0.20"],
    ):
        y += 36
        page.cells(text, [30, -430, -585], y, row)
    y += 36
    page.put(text, 30, y, "-" * 42)
    for row in (
        ["TOTAL", "95.55"],
        ["CASH", "100.00"],
        ["CHANGE", "4.45"],
        ["GST 6% INCLUDED", "5.41"],
    ):
        y += 36
        page.cells(text, [30, -585], y, row)
    y += 40
    page.put(text, 30, y, "*" * 42)
    y += 40
    page.line(text, 150, y, "THANK YOU, COME AGAIN")
    return Drawn(scanned(page.sheet, page.rng, Scan(0.9, 7, 229, 90)), page.truth)


LETTER = [
    "                                    Harbour Office, 12 June 1951",
    "",
    "Dear Mr. Aldridge,",
    "",
    "     I thank you for your letter of the 3rd instant, with which",
    "you enclosed the plans of the new quay. They were laid before the",
    "Committee on Monday. It was agreed that the work should begin not",
    "later than 1 September, provided that:",
    "",
    "     (a) the dredging is finished by then;",
    "     (b) the cost does not exceed 14,800 pounds;",
    "     (c) at least two berths remain open to traffic.",
    "",
    "     Would you kindly confirm that these conditions can be met?",
    "A copy of the minutes will be sent to you as soon as it is typed.",
    "",
    "                                    Yours faithfully,",
]


def _typescript(faces: Faces, seed: int, lines: list[str], scan: Scan) -> Drawn:
    page = PageSheet(faces, seed)
    text = faces.at("typewriter", 9.5)
    page.block()
    for number, line in enumerate(lines):
        if line:
            start = len(line) - len(line.lstrip())
            x = 60 + start * text.getlength("x")
            page.typed(text, x, 60 + 32 * number, line.strip())
        else:
            page.block()
    return Drawn(scanned(page.sheet, page.rng, scan), page.truth)


def typescript(faces: Faces) -> Drawn:
    """A typed letter."""
    return _typescript(faces, 4, LETTER, Scan(0.9, 4, 221, 50, skew=-0.5))


MINUTES = [
    "MINUTES of the meeting held on 26 June 1951 at 5.30 p.m.",
    "",
    "Present: Miss Farrow (chair), Messrs. Bright, Quill and Oates.",
    "",
    "1.   The minutes of the last meeting were read and signed.",
    "2.   Mr. Quill reported that 37 of the 52 lamps had been replaced.",
    "     The rest would follow before the winter.",
    "3.   Miss Farrow asked whether the road to the mill was safe for",
    "     heavy carts. Mr. Oates thought not; he would measure it.",
    "4.   There being no other business, the meeting closed at 6.15.",
]


def upside_down(faces: Faces) -> Drawn:
    """Typed minutes, scanned the wrong way up."""
    drawn = _typescript(faces, 5, MINUTES, Scan(0.8, 6, one_bit=True))
    return Drawn(np.ascontiguousarray(np.rot90(drawn.grey[:400], 2)), drawn.truth)


def form(faces: Faces) -> Drawn:
    """A form: labels, frames and what was typed into them."""
    page = PageSheet(faces, 6, 1000, 620)
    label, entry, head = (
        faces.at("karmilla", 10),
        faces.at("typewriter", 12),
        faces.at("sora-bold", 16),
    )
    page.block()
    page.line(head, 60, 60, "Application for a reader’s ticket")
    y = 110
    for left, typed_left, right, typed_right in (
        ("Family name", "VAN DER MEER", "Given names", "ROSALIND ANNE"),
        ("Street and number", "14 Quarry Lane", "Town", "Whitcombe"),
        ("Date of birth", "02.11.1949", "Occupation", "bookbinder"),
    ):
        page.block()
        for x, name, typed in ((60, left, typed_left), (530, right, typed_right)):
            page.put(label, x, y, name)
            frame(page.sheet, x, y + 14, x + 410, y + 66)
            page.put(entry, x + 14, y + 50, typed)
        page.blocks[-1] += [f"{left} {right}", f"{typed_left} {typed_right}"]
        y += 115
    page.block()
    page.line(label, 60, y + 10, "I undertake to return all books by the date stamped in them.")
    fill(page.sheet, 60, y + 78, 470, y + 80)
    page.line(label, 60, y + 105, "Signature of the applicant")
    return Drawn(scanned(page.sheet, page.rng, Scan(0.6, 3)), page.truth)


def table(faces: Faces) -> Drawn:
    """A table with ruled rows and figures set to the right."""
    page = PageSheet(faces, 7, 1000, 600)
    text, head = faces.at("sans", 12), faces.at("veranda-bold", 11)
    xs: list[float] = [60, -560, -740, -920]
    page.block()
    page.line(head, 60, 50, "Table 3. Traffic of the branch lines")
    page.block()
    page.cells(head, xs, 105, ["Line", "Length, km", "Passengers", "Freight, t"])
    fill(page.sheet, 50, 118, 930, 121)
    for number, row in enumerate(
        (
            ["Ashford to Welby", "17.4", "128,300", "6,210"],
            ["Welby to Port Ellen", "9.8", "86,540", "11,975"],
            ["Market Stoke circle", "22.1", "240,118", "730"],
            ["Quarry railway", "4.6", "2,904", "58,460"],
            ["Northern extension", "31.0", "97,655", "4,082"],
            ["Harbour tramway", "3.3", "410,027", "19"],
            ["Lower Sands", "12.7", "51,890", "1,364"],
            ["Sum of the branches", "100.9", "1,017,434", "82,840"],
        )
    ):
        y = 160 + 48 * number
        page.cells(text, xs, y, row)
        fill(page.sheet, 50, y + 14, 930, y + 15)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.6, 3, skew=-0.3)), page.truth)


def on_its_side(faces: Faces) -> Drawn:
    """A printed page that lies on its side."""
    page = PageSheet(faces, 8)
    page.block()
    page.line(faces.at("veranda-bold", 14), 80, 60, "The weaver’s workshop")
    page.block()
    page.paragraph(faces.at("tymes", 12), words(WORKSHOP), 80, 115, 840, 32, rows=17)
    grey = scanned(page.sheet, page.rng, Scan(0.7, 6, one_bit=True, skew=0.4))
    return Drawn(np.ascontiguousarray(np.rot90(grey)), page.truth)


def old_print(faces: Faces) -> Drawn:
    """A worn print with the long s."""
    page = PageSheet(faces, 9, 900, 620)
    page.block()
    page.paragraph(faces.at("essays", 15), words(HERBAL), 60, 60, 780, 40, rows=14, indent=30)
    sheet = worn(page.sheet, page.rng, 0.25)
    return Drawn(scanned(sheet, page.rng, Scan(0.8, 4, 221, 60)), page.truth)


def margin_notes(faces: Faces) -> Drawn:
    """Prose beside which small notes stand."""
    page = PageSheet(faces, 10)
    note = faces.at("serif-italic", 9)
    page.block()
    for row, text in enumerate(("Of looms and", "their owners")):
        page.line(note, 60, 90 + 24 * row, text)
    page.block()
    for row, text in enumerate(("Linen, wool", "and silk")):
        page.line(note, 60, 330 + 24 * row, text)
    page.block()
    page.paragraph(faces.at("serif", 12), words(WORKSHOP), 270, 90, 660, 32, rows=19)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.6, 6, one_bit=True)), page.truth)


PRICES = (
    ("Garden fork, ash handle, four tines", "31.50"),
    ("Watering can, galvanised, 9 litres", "24.95"),
    ("Pruning knife with sheath", "18.00"),
    ("Seed potatoes, early, per kilogram", "2.40"),
    ("Raffia, natural, hank of 250 g", "5.75"),
    ("Cold frame, 120 × 60 cm, glazed", "149.00"),
    ("Hazel rods, 180 cm, bundle of 20", "22.80"),
    ("Bone meal, sack of 25 kg", "27.20"),
    ("Labels, zinc, box of 100", "12.60"),
    ("Beehive, complete, painted white", "210.00"),
)


def price_list(faces: Faces) -> Drawn:
    """A list in small type, its prices set to the right."""
    page = PageSheet(faces, 11, 700, 520)
    text, head = faces.at("karmilla", 9), faces.at("sora", 18)
    page.block()
    page.line(head, 60, 70, "Price list, spring 1994")
    page.block()
    for number, row in enumerate(PRICES):
        page.cells(text, [60, -600], 125 + 38 * number, list(row))
    return Drawn(scanned(page.sheet, page.rng, Scan(0.5, 3)), page.truth)


def dirt(faces: Faces) -> Drawn:
    """A pale copy with much dirt on it."""
    page = PageSheet(faces, 30, 1000, 400)
    page.block()
    page.paragraph(faces.at("aerial", 10), words(WALK)[60:], 70, 60, 860, 30)
    dirty(page.sheet, page.rng, 100)
    return Drawn(scanned(page.sheet, page.rng, Scan(0.9, 3, 221, 120)), page.truth)


def few_words(faces: Faces) -> Drawn:
    """A label of three short lines, upside down: little to vote on."""
    page = PageSheet(faces, 13, 520, 260)
    page.block()
    for row, text in enumerate(("Shelf 14 c", "maps and plans", "1880 to 1914")):
        page.line(faces.at("sans", 15), 60, 70 + 60 * row, text)
    grey = scanned(page.sheet, page.rng, Scan(0.6, 3))
    return Drawn(np.ascontiguousarray(np.rot90(grey, 2)), page.truth)


PAGES: dict[str, Callable[[Faces], Drawn]] = {
    "book": book,
    "two-columns": two_columns,
    "receipt": receipt,
    "typescript": typescript,
    "upside-down": upside_down,
    "form": form,
    "table": table,
    "on-its-side": on_its_side,
    "old-print": old_print,
    "margin-notes": margin_notes,
    "price-list": price_list,
    "dirt": dirt,
    "few-words": few_words,
}
