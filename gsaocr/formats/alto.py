"""ALTO 4.4: page > print space > text block (region) > line > string (word) > glyph.

Units are pixels of the image as displayed. Confidences: WC and GC 0 to 1 with 1 sure, CC one digit
for each code point with 0 sure and 9 unsure; rotations are counter-clockwise. ALTO knows no
confidence of lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from gsaocr.formats.hyphens import joined
from gsaocr.formats.markup import (
    number,
    on_page,
    pairs,
    serialised,
    settings_line,
    share,
    timestamp,
)
from gsaocr.formats.settings import DEFAULT, WriterSettings, image_named
from gsaocr.page.document import Box, Document, Line, Page, Region, Word

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_KINDS = ("heading", "page-number", "margin", "table")


def to_alto(document: Document, settings: WriterSettings = DEFAULT) -> Iterator[bytes]:
    """Yield the document as XML, UTF-8, page by page."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<alto xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} {_SCHEMA}" SCHEMAVERSION="4.4">\n'
    ).encode()
    yield serialised(_description(document, settings)) + b"\n"
    tags = Element("Tags")
    for kind in _KINDS:
        SubElement(tags, "StructureTag", {"ID": kind, "TYPE": "region", "LABEL": kind})
    yield serialised(tags) + b"\n<Layout>\n"
    for page in document.pages:
        yield serialised(_page(page)) + b"\n"
    yield b"</Layout>\n</alto>\n"


def _description(document: Document, settings: WriterSettings) -> Element:
    description = Element("Description")
    SubElement(description, "MeasurementUnit").text = "pixel"
    source = SubElement(description, "sourceImageInformation")
    SubElement(source, "fileName").text = image_named(document.source, settings)
    step = SubElement(description, "Processing", {"ID": "gsaocr"})
    SubElement(step, "processingCategory").text = "contentGeneration"
    SubElement(step, "processingDateTime").text = timestamp()
    SubElement(step, "processingStepDescription").text = "text recognition"
    SubElement(step, "processingStepSettings").text = settings_line(document.provenance)
    software = SubElement(step, "processingSoftware")
    SubElement(software, "softwareName").text = "gsaocr"
    SubElement(software, "softwareVersion").text = document.provenance.get("version", "")
    return description


def _page(page: Page) -> Element:
    attributes = {
        "ID": f"page_{page.number}",
        "PHYSICAL_IMG_NR": str(page.number),
        "WIDTH": str(page.width),
        "HEIGHT": str(page.height),
    }
    attributes |= _rotation(page.orientation, page.skew)
    element = Element("Page", attributes)
    space = SubElement(element, "PrintSpace", _place(page.box, page))
    for index, region in enumerate(page.regions, start=1):
        space.append(_block(region, page, f"block_{page.number}_{index}"))
    return element


def _block(region: Region, page: Page, name: str) -> Element:
    attributes = {"ID": name} | _place(region.box, page)
    if region.kind in _KINDS:
        attributes["TAGREFS"] = region.kind
    orientation = region.lines[0].orientation if region.lines else page.orientation
    attributes |= _rotation(orientation, page.skew)
    block = Element("TextBlock", attributes)
    _shape(block, region.polygon, page)
    # A line of ALTO holds a word at least.
    lines = [line for line in region.lines if line.words]
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        after = lines[index + 1] if index + 1 < len(lines) else None
        line_name = f"{name.replace('block', 'line')}_{index + 1}"
        block.append(_line(line, page, line_name, before, after))
    return block


def _line(line: Line, page: Page, name: str, before: Line | None, after: Line | None) -> Element:
    attributes = {"ID": name} | _place(line.box, page)
    attributes["BASELINE"] = pairs(_clipped(line.baseline, page))
    element = Element("TextLine", attributes)
    _shape(element, line.polygon, page)
    for index, word in enumerate(line.words):
        if index:
            SubElement(element, "SP", _gap(line.words[index - 1].box, word.box, page))
        string = _string(word, page, f"{name.replace('line', 'string')}_{index + 1}")
        if index == 0 and before and (whole := joined(before.words[-1].text, word.text)):
            string.attrib |= {"SUBS_TYPE": "HypPart2", "SUBS_CONTENT": whole}
        element.append(string)
    last = line.words[-1]
    if after and len(last.characters) > 1 and (whole := joined(last.text, after.words[0].text)):
        _break(element, string, last, page, whole)
    return element


def _break(line: Element, string: Element, word: Word, page: Page, whole: str) -> None:
    """Move a broken word's hyphen from its string into an element of its own."""
    hyphen = word.characters[-1]
    head = Word(
        word.characters[:-1], Box.union(c.box for c in word.characters[:-1]), word.confidence
    )
    shorter = _string(head, page, string.attrib["ID"])
    shorter.attrib |= {"SUBS_TYPE": "HypPart1", "SUBS_CONTENT": whole}
    line.remove(string)
    line.append(shorter)
    SubElement(line, "HYP", _place(hyphen.box, page) | {"CONTENT": hyphen.text})


def _string(word: Word, page: Page, name: str) -> Element:
    attributes = {"ID": name, "CONTENT": word.text} | _place(word.box, page)
    attributes["WC"] = number(share(word.confidence), 4)
    attributes["CC"] = "".join(
        str(round(9 * (1 - share(c.confidence)))) for c in word.characters for _ in c.text
    )
    element = Element("String", attributes)
    count = 0
    for character in word.characters:
        for code_point in character.text:  # a glyph's content is one code point
            count += 1
            glyph = {"ID": f"{name}_{count}", "CONTENT": code_point}
            glyph["GC"] = number(share(character.confidence), 4)
            SubElement(element, "Glyph", glyph | _place(character.box, page))
    return element


def _gap(left: Box, right: Box, page: Page) -> dict[str, str]:
    """The place between two words of a horizontal line; of other lines it is left open."""
    if right.x0 < left.x1:
        return {}
    return _place(Box(left.x1, min(left.y0, right.y0), right.x0, max(left.y1, right.y1)), page)


def _place(box: Box, page: Page) -> dict[str, str]:
    box = on_page(box, page)
    return {
        "HPOS": number(box.x0),
        "VPOS": number(box.y0),
        "WIDTH": number(box.width),
        "HEIGHT": number(box.height),
    }


def _shape(parent: Element, polygon: tuple[tuple[float, float], ...], page: Page) -> None:
    shape = SubElement(parent, "Shape")
    SubElement(shape, "Polygon", {"POINTS": pairs(_clipped(polygon, page))})


def _clipped(points: tuple[tuple[float, float], ...], page: Page) -> Iterator[tuple[float, float]]:
    for x, y in points:
        yield min(max(x, 0.0), float(page.width)), min(max(y, 0.0), float(page.height))


def _rotation(orientation: int, skew: float) -> dict[str, str]:
    turned = -(orientation + skew) % 360
    return {"ROTATION": number(turned)} if number(turned) not in ("0", "360") else {}
