"""Documents for tests of the writers: one by hand, one drawn, and any that hypothesis thinks of."""

from __future__ import annotations

from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from gsaocr.page.document import Box, Character, Document, Line, Page, Quarter, Region, Word

PROVENANCE = {"version": "1.2.3", "model": "0f1e2d", "adapter": 'typewriter "<&>"'}


def word(text: str, x: float, y: float, confidence: float = 0.9, height: float = 20) -> Word:
    """A word of letters ten pixels wide, its first one's confidence half as high."""
    characters = tuple(
        Character(letter, Box(x + 10 * i, y, x + 10 * i + 10, y + height), confidence / (2 - i % 2))
        for i, letter in enumerate(text)
    )
    return Word(characters, Box.union(c.box for c in characters), confidence)


def line(words: list[Word], orientation: Quarter = 0, confidence: float = 0.8) -> Line:
    """A horizontal line around words; its baseline stands a fifth above its lower edge."""
    box = Box.union(word.box for word in words)
    base = box.y1 - box.height / 5
    return Line(
        tuple(words),
        box,
        box.polygon,
        ((box.x0, base), (box.x1, base)),
        orientation,
        5.0,
        confidence,
        10.0,
    )


def region(lines: list[Line], kind: str = "text") -> Region:
    """A region around lines."""
    box = Box.union(line.box for line in lines)
    return Region(tuple(lines), box, box.polygon, kind)  # type: ignore[arg-type]


def small_document(pages: int = 2) -> Document:
    """Pages with everything that needs escaping, broken words, kinds of regions, a turned line."""
    made = []
    for number in range(1, pages + 1):
        heading = region([line([word('"R&D"', 40, 20, 0.97)])], "heading")
        first = line([word("<b>", 40, 60), word("exam-", 100, 60, 1.0)])
        second = line([word("ple", 40, 90, 0.09), word("ſchön̈", 80, 90)])
        turned = line([word("up", 300, 60)], 270)
        made.append(
            Page(
                400,
                200,
                (heading, region([first, second]), region([turned], "margin")),
                'scan "1" & <2>.png',
                number,
                0,
                3.0,
                0.25,
                300.0,
            )
        )
    return Document(tuple(made), 'scan "1" & <2>.png', PROVENANCE)


def drawn_page(lines: list[str], size: int = 40) -> tuple[Image.Image, Page]:
    """A page image with text drawn on it, and the page with the true boxes of its characters."""
    font = ImageFont.load_default(size)
    width, height = 1200, 120 + 2 * size * len(lines)
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    made = []
    for row, text in enumerate(lines):
        base = 100 + 2 * size * row
        words, start = [], 0
        for part in text.split(" "):
            x = 80 + font.getlength(text[:start])
            characters = []
            for index, letter in enumerate(part):
                left = x + font.getlength(part[:index])
                box = Box(*(float(v) for v in draw.textbbox((left, base), letter, font, "ls")))
                characters.append(Character(letter, box, 0.95))
            words.append(Word(tuple(characters), Box.union(c.box for c in characters), 0.95))
            start += len(part) + 1
        draw.text((80, base), text, 0, font, "ls")
        box = Box.union(word.box for word in words)
        made.append(
            Line(
                tuple(words), box, box.polygon, ((box.x0, base), (box.x1, base)), 0, 9.0, 0.95, 20.0
            )
        )
    page = Page(width, height, (region(made),), "drawn.png", 1, 0, 9.0, 0.0, 150.0)
    return image, page


_coordinate = st.floats(-20, 1000, allow_nan=False)
_confidence = st.floats(0, 1)
_text = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=2
)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Any box, also beyond the page or of no size."""
    x, y = draw(_coordinate), draw(_coordinate)
    return Box(x, y, x + draw(st.floats(0, 400)), y + draw(st.floats(0, 400)))


@st.composite
def words(draw: st.DrawFn) -> Word:
    """Any word; its characters need not lie within it."""
    characters = draw(
        st.lists(st.builds(Character, _text, boxes(), _confidence), min_size=1, max_size=3)
    )
    return Word(tuple(characters), draw(boxes()), draw(_confidence))


_polygon = st.lists(st.tuples(_coordinate, _coordinate), min_size=3, max_size=5).map(tuple)
_baseline = st.lists(st.tuples(_coordinate, _coordinate), min_size=2, max_size=3).map(tuple)
lines = st.builds(
    Line,
    st.lists(words(), max_size=2).map(tuple),
    boxes(),
    _polygon,
    _baseline,
    st.sampled_from([0, 90, 180, 270]),
    st.floats(0, 9),
    _confidence,
    st.floats(0, 40),
)
regions = st.builds(
    Region,
    st.lists(lines, max_size=2).map(tuple),
    boxes(),
    _polygon,
    st.sampled_from(["text", "heading", "page-number", "margin", "table"]),
)


@st.composite
def documents(draw: st.DrawFn, max_pages: int = 2) -> Document:
    """Any document of small pages, its file name any text."""
    name = draw(st.text(max_size=8))
    pages = tuple(
        Page(
            700,
            900,
            tuple(draw(st.lists(regions, max_size=2))),
            name,
            number,
            draw(st.sampled_from([0, 90, 180, 270])),
            0.0,
            draw(st.floats(-15, 15)),
            draw(st.none() | st.floats(10, 1200)),
        )
        for number in range(1, draw(st.integers(1, max_pages)) + 1)
    )
    return Document(pages, name, {"version": "1", "model": draw(st.text(max_size=5))})
