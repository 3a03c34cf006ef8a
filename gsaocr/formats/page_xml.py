"""PAGE 2019-07-15: one file for one page; region > line > word > glyph.

Coordinates are whole pixels of the image as displayed. The schema wants no point outside its
parent, so outlines are widened to hold what lies in them. ``orientation`` is the clockwise turn
that would set the text upright.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement

from gsaocr.formats.markup import (
    number,
    serialised,
    share,
    timestamp,
    whole_pixels,
    whole_point,
)
from gsaocr.formats.settings import DEFAULT, WriterSettings, image_named
from gsaocr.page.document import Box, Character, Document, Line, Page, Region, Word

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_TYPES = {
    "text": "paragraph",
    "heading": "heading",
    "page-number": "page-number",
    "margin": "marginalia",
    "table": "other",
}
IntPoint = tuple[int, int]
Outline = list[IntPoint]


def to_page_xml(document: Document, settings: WriterSettings = DEFAULT) -> Iterator[bytes]:
    """Yield a document of exactly one page as XML, UTF-8; ValueError if it has another number."""
    (page,) = document.pages
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<PcGts xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} {NAMESPACE}/pagecontent.xsd">\n'
    ).encode()
    yield serialised(_metadata(document)) + b"\n"
    yield serialised(_page(page, settings)) + b"\n</PcGts>\n"


def _metadata(document: Document) -> Element:
    metadata = Element("Metadata")
    version = document.provenance.get("version", "")
    SubElement(metadata, "Creator").text = f"gsaocr {version}".strip()
    SubElement(metadata, "Created").text = timestamp()
    SubElement(metadata, "LastChange").text = timestamp()
    for name, value in document.provenance.items():
        item = {"type": "processingStep", "name": f"gsaocr/{name}", "value": value}
        SubElement(metadata, "MetadataItem", item)
    return metadata


def _page(page: Page, settings: WriterSettings) -> Element:
    attributes = {
        "imageFilename": image_named(page.source, settings),
        "imageWidth": str(page.width),
        "imageHeight": str(page.height),
    }
    if page.dpi:
        resolution = number(page.dpi)
        attributes |= {"imageXResolution": resolution, "imageYResolution": resolution}
        attributes["imageResolutionUnit"] = "PPI"
    attributes |= _orientation(page.orientation, page.skew)
    element = Element("Page", attributes)
    if page.regions:
        order = SubElement(SubElement(element, "ReadingOrder"), "OrderedGroup", {"id": "order"})
    for index, region in enumerate(page.regions):
        name = f"region_{index + 1}"
        SubElement(order, "RegionRefIndexed", {"index": str(index), "regionRef": name})
        element.append(_region(region, page, name))
    return element


def _region(region: Region, page: Page, name: str) -> Element:
    attributes = {"id": name, "type": _TYPES[region.kind]}
    if region.kind == "table":
        attributes["custom"] = "structure {type:table;}"
    if region.lines:
        attributes |= _orientation(region.lines[0].orientation, page.skew)
    outlines = [_line_outline(line, page) for line in region.lines]
    inner = [point for outline in outlines for point in outline]
    element = Element("TextRegion", attributes)
    _coords(element, _around(_rounded(region.polygon, page), inner))
    for index, (line, outline) in enumerate(zip(region.lines, outlines, strict=True), start=1):
        element.append(_line(line, outline, page, f"{name}_line_{index}"))
    _equivalent(element, "\n".join(line.text for line in region.lines))
    return element


def _line_outline(line: Line, page: Page) -> Outline:
    inner = [corner for word in line.words for corner in _corners(word.box, page)]
    inner += [whole_point(point, page) for point in line.baseline]
    return _around(_rounded(line.polygon, page), inner)


def _line(line: Line, outline: Outline, page: Page, name: str) -> Element:
    element = Element("TextLine", {"id": name})
    _coords(element, outline)
    SubElement(element, "Baseline", {"points": _points(_rounded(line.baseline, page))})
    for index, word in enumerate(line.words, start=1):
        element.append(_word(word, page, f"{name}_word_{index}"))
    _equivalent(element, line.text, line.confidence)
    return element


def _word(word: Word, page: Page, name: str) -> Element:
    element = Element("Word", {"id": name})
    _coords(element, _corners(word.box, page))
    for index, character in enumerate(word.characters, start=1):
        element.append(_glyph(character, word.box, page, f"{name}_glyph_{index}"))
    _equivalent(element, word.text, word.confidence)
    return element


def _glyph(character: Character, word: Box, page: Page, name: str) -> Element:
    box = character.box
    x0, x1 = (min(max(x, word.x0), word.x1) for x in (box.x0, box.x1))
    y0, y1 = (min(max(y, word.y0), word.y1) for y in (box.y0, box.y1))
    element = Element("Glyph", {"id": name})
    _coords(element, _corners(Box(x0, y0, x1, y1), page))
    _equivalent(element, character.text, character.confidence)
    return element


def _equivalent(parent: Element, text: str, confidence: float | None = None) -> None:
    attributes = {} if confidence is None else {"conf": number(share(confidence), 4)}
    SubElement(SubElement(parent, "TextEquiv", attributes), "Unicode").text = text


def _orientation(quarter: int, skew: float) -> dict[str, str]:
    correction = -(quarter + skew) % 360
    correction = correction - 360 if correction > 180 else correction
    return {"orientation": number(correction, 3)} if abs(correction) >= 0.0005 else {}


def _coords(parent: Element, outline: Outline) -> None:
    SubElement(parent, "Coords", {"points": _points(outline)})


def _points(points: Sequence[IntPoint]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _corners(box: Box, page: Page) -> Outline:
    x0, y0, x1, y1 = whole_pixels(box, page)
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _rounded(points: Sequence[tuple[float, float]], page: Page) -> Outline:
    return [whole_point(point, page) for point in points]


def _around(outline: Outline, inner: Sequence[IntPoint]) -> Outline:
    """The outline itself if it holds all points, else the convex hull of both."""
    if len(outline) >= 3 and all(_holds(outline, point) for point in inner):
        return outline
    return _convex_hull([*outline, *inner])


def _holds(outline: Outline, point: IntPoint) -> bool:
    """Whether a point lies within a polygon or on its border (crossing number)."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        cross = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        if cross == 0 and min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1):
            return True
        if (y0 > y) != (y1 > y) and (cross > 0) == (y1 > y0):
            inside = not inside
    return inside


def _convex_hull(points: Sequence[IntPoint]) -> Outline:
    """Andrew's monotone chain, clockwise as seen; fewer than three corners stay a thin outline."""
    ordered = sorted(set(points))

    def chain(walk: Sequence[IntPoint]) -> Outline:
        hull: Outline = []
        for x, y in walk:
            while len(hull) > 1:
                (ax, ay), (bx, by) = hull[-2], hull[-1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                hull.pop()
            hull.append((x, y))
        return hull[:-1]

    hull = chain(ordered) + chain(ordered[::-1])
    return hull if len(hull) >= 2 else [ordered[0]] * 4
