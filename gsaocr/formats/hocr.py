"""hOCR 1.2: XHTML whose title attributes hold boxes and confidences.

Page > carea (region) > paragraph > line > word. Boxes are whole pixels of the image as displayed.
Words carry their characters in ``x_bboxes`` and ``x_confs``, one for each code point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement
from xml.sax.saxutils import escape

from gsaocr.formats.markup import (
    attribute,
    number,
    serialised,
    share,
    whole_pixels,
    whole_point,
    xml_text,
)
from gsaocr.page.document import Box, Document, Line, Page, Region, Word

CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_poly"


def to_hocr(document: Document) -> Iterator[bytes]:
    """Yield the document as XHTML, UTF-8, page by page."""
    version = document.provenance.get("version", "")
    meta = {"ocr-system": f"gsaocr {version}".strip(), "ocr-capabilities": CAPABILITIES}
    meta["ocr-number-of-pages"] = str(len(document.pages))
    meta |= {f"gsaocr-{name}": value for name, value in document.provenance.items()}
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
        f"<title>{escape(xml_text(document.source))}</title>\n"
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>\n'
        + "".join(
            f"<meta name={attribute(name)} content={attribute(content)}/>\n"
            for name, content in meta.items()
        )
        + "</head>\n<body>\n"
    ).encode()
    for page in document.pages:
        yield serialised(_page(page)) + b"\n"
    yield b"</body>\n</html>\n"


def _page(page: Page) -> Element:
    quoted = page.source.replace("\\", "\\\\").replace('"', '\\"')
    title = f'image "{quoted}"; {_bbox(page.box, page)}; ppageno {page.number - 1}'
    if page.dpi:
        title += f"; scan_res {number(page.dpi)} {number(page.dpi)}"
    name = f"page_{page.number}"
    element = Element("div", {"class": "ocr_page", "id": name, "title": title})
    element.text = "\n"
    for index, region in enumerate(page.regions, start=1):
        element.append(_region(region, page, f"block_{page.number}_{index}"))
    return element


def _region(region: Region, page: Page, name: str) -> Element:
    box = _bbox(region.box, page)
    title = box if region.kind == "text" else f"{box}; x_kind {region.kind}"
    area = Element("div", {"class": "ocr_carea", "id": name, "title": title})
    paragraph = SubElement(
        area, "p", {"class": "ocr_par", "id": name.replace("block", "par"), "title": box}
    )
    area.tail = paragraph.text = paragraph.tail = "\n"
    for index, line in enumerate(region.lines, start=1):
        paragraph.append(_line(line, page, f"{name.replace('block', 'line')}_{index}"))
    return area


def _line(line: Line, page: Page, name: str) -> Element:
    properties = [_bbox(line.box, page), f"x_wconf {_percent(line.confidence)}"]
    if line.orientation:
        # Counter-clockwise; a baseline relative to the box has no meaning for turned text.
        properties.append(f"textangle {360 - line.orientation}")
    else:
        properties.append(_baseline(line, page))
    if line.x_height:
        properties.append(f"x_xheight {number(line.x_height)}")
    if line.polygon != line.box.polygon:
        corners = (whole_point(point, page) for point in line.polygon)
        properties.append("poly " + " ".join(f"{x} {y}" for x, y in corners))
    element = Element("span", {"class": "ocr_line", "id": name, "title": "; ".join(properties)})
    element.tail = "\n"
    for index, word in enumerate(line.words, start=1):
        child = _word(word, page, f"{name.replace('line', 'word')}_{index}")
        child.tail = " " if index < len(line.words) else None
        element.append(child)
    return element


def _baseline(line: Line, page: Page) -> str:
    """Slope, and offset from the box's lower left corner, of the line through both ends."""
    (x0, y0), (x1, y1) = line.baseline[0], line.baseline[-1]
    left, _, _, bottom = whole_pixels(line.box, page)
    slope = (y1 - y0) / (x1 - x0) if abs(x1 - x0) > 1e-6 else 0.0
    offset = y0 + slope * (left - x0) - bottom
    return f"baseline {number(slope, 4)} {number(offset)}"


def _word(word: Word, page: Page, name: str) -> Element:
    # The properties count code points, and a character may be several.
    boxes = [c.box for c in word.characters for _ in c.text]
    shares = [c.confidence for c in word.characters for _ in c.text]
    title = "; ".join(
        [
            _bbox(word.box, page),
            f"x_wconf {_percent(word.confidence)}",
            "x_bboxes " + " ".join(_bbox(box, page).removeprefix("bbox ") for box in boxes),
            "x_confs " + " ".join(number(100 * share(value)) for value in shares),
        ]
    )
    element = Element("span", {"class": "ocrx_word", "id": name, "title": title})
    element.text = word.text
    return element


def _bbox(box: Box, page: Page) -> str:
    return "bbox " + " ".join(map(str, whole_pixels(box, page)))


def _percent(confidence: float) -> int:
    """A whole number of 0 to 100, rounded down: 100 means sure."""
    return math.floor(100 * share(confidence) + 1e-9)
