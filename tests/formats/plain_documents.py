"""A small document with known values for tests of the writers."""

from __future__ import annotations

from gsaocr.page.document import Box, Character, Document, Line, Page, Region, Word


def word(text: str, left: float, confidence: float = 0.9) -> Word:
    """A word whose letters are 10 pixels wide and 20 high."""
    letters = tuple(
        Character(letter, Box(left + 10 * n, 5, left + 10 * n + 10, 25), confidence)
        for n, letter in enumerate(text)
    )
    return Word(letters, Box(left, 5, left + 10 * len(text), 25), confidence)


def line(text: str, confidence: float = 0.9) -> Line:
    """A line of words from x = 10."""
    words: list[Word] = []
    for part in text.split():
        left = words[-1].box.x1 + 10 if words else 10.0
        words.append(word(part, left, confidence))
    box = Box.union(w.box for w in words) if words else Box(10, 5, 10, 25)
    ends = ((box.x0, 20.0), (box.x1, 20.0))
    return Line(tuple(words), box, box.polygon, ends, 0, 2.5, confidence, 12.0, True)


def region(*texts: str) -> Region:
    """A region of lines."""
    lines = tuple(line(text) for text in texts)
    box = Box.union(found.box for found in lines)
    return Region(lines, box, box.polygon)


def page(*regions: Region, number: int = 1) -> Page:
    """A page of 200 by 100 pixels."""
    return Page(200, 100, regions, "scan.png", number, 0, 7.25, 0.5, 300.0)


def document(*pages: Page) -> Document:
    """A document of pages."""
    return Document(pages, "scan.png", {"version": "0", "model": "abc"})
