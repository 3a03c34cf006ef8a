"""What the markup formats share: text that XML can carry, numbers, and serialised elements."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import quoteattr

from gsaocr.page.document import Box, Page, Point

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Text as XML 1.0 can carry it: control characters and lone surrogates become U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def attribute(value: str) -> str:
    """A value quoted and escaped for an attribute, its line breaks and tabs kept."""
    return quoteattr(xml_text(value), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def serialised(element: Element) -> bytes:
    """An element as UTF-8 without declaration, in the default namespace of what surrounds it."""
    for each in element.iter():
        each.text = xml_text(each.text) if each.text else each.text
        for name, value in each.attrib.items():
            each.attrib[name] = xml_text(value)
    return tostring(element, encoding="unicode").encode()


def number(value: float, digits: int = 2) -> str:
    """A number as short as its value allows: 12, 12.5, never -0 nor an exponent."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def share(value: float) -> float:
    """A confidence within 0 to 1; what is no number is no confidence."""
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, value))


def whole_pixels(box: Box, page: Page) -> tuple[int, int, int, int]:
    """The smallest box on whole pixels around a box, within its page: x0, y0, x1, y1."""
    return (
        _within(math.floor(box.x0), page.width),
        _within(math.floor(box.y0), page.height),
        _within(math.ceil(box.x1), page.width),
        _within(math.ceil(box.y1), page.height),
    )


def whole_point(point: Point, page: Page) -> tuple[int, int]:
    """A point on whole pixels, within its page."""
    return _within(round(point[0]), page.width), _within(round(point[1]), page.height)


def on_page(box: Box, page: Page) -> Box:
    """The part of a box that lies on its page."""
    x0, x1 = (min(max(x, 0.0), float(page.width)) for x in (box.x0, box.x1))
    y0, y1 = (min(max(y, 0.0), float(page.height)) for y in (box.y0, box.y1))
    return Box(x0, y0, x1, y1)


def pairs(points: Iterable[tuple[float, float]]) -> str:
    """Points as "x,y x,y"."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def timestamp() -> str:
    """Now in UTC as xsd:dateTime, or the time that SOURCE_DATE_EPOCH sets."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(fixed) if fixed.isdecimal() else time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def settings_line(provenance: dict[str, str]) -> str:
    """What a document was read with, on one line: "version 1.0; model abc"."""
    line = "; ".join(f"{name} {value}" for name, value in provenance.items())
    return " ".join(line.split())


def _within(value: int, limit: int) -> int:
    return min(max(value, 0), limit)
