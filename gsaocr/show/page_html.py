"""A self-contained HTML page: the text over the image, lines outlined, coloured, numbered.

Nothing is fetched and no script runs; switches at the top show and hide the layers.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from html import escape
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gsaocr.formats.markup import number, xml_text
from gsaocr.page.document import Document, Line, Page
from gsaocr.show.colours import hexadecimal

_LAYERS = ("image", "boxes", "text", "order")

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; background: #e8e8e6; color: #222; }
header { position: sticky; top: 0; z-index: 1; background: #fff; padding: .5em 1em;
  border-bottom: 1px solid #bbb; display: flex; flex-wrap: wrap; gap: .3em 1.5em; }
header h1 { font-size: 1em; margin: 0; }
.key { display: inline-block; padding: 0 .5em; color: #fff; border-radius: 3px; }
section { margin: 1em auto; max-width: 1100px; padding: 0 1em; }
h2 { font-size: 1em; font-weight: 600; margin: .4em 0; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; background: #fff; box-shadow: 0 1px 5px #0004; }
image { opacity: .3; }
.box { fill-opacity: .08; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.line:hover .box { fill-opacity: .3; }
.text text { white-space: pre; }
.order polyline { fill: none; stroke: #36c; stroke-width: 1.5; stroke-opacity: .55;
  vector-effect: non-scaling-stroke; }
.order circle { fill: #36c; } .order text { fill: #fff; text-anchor: middle; }
"""


def head(title: str) -> bytes:
    """The start of a page, with its switches."""
    switches = "".join(
        f'<label><input type="checkbox" id="show-{name}" checked> {name}</label>'
        for name in _LAYERS
    )
    hiding = "".join(
        f"body:has(#show-{name}:not(:checked)) .{name} {{ display: none; }}\n" for name in _LAYERS
    )
    key = "".join(
        f'<span class="key" style="background: {hexadecimal(value)}">{value:g}</span> '
        for value in (0.3, 0.6, 0.85, 1.0)
    )
    return (
        '<!DOCTYPE html>\n<html lang="und"><head><meta charset="utf-8">\n'
        '<meta name="generator" content="gsaocr">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_escaped(title)}</title>\n<style>{_STYLE}{hiding}</style></head>\n"
        f"<body><header><h1>{_escaped(title)}</h1><span>{switches}</span>"
        f"<span>confidence {key}</span></header>\n"
    ).encode()


def tail() -> bytes:
    """The end of a page."""
    return b"</body></html>\n"


def section(document: Document, page: Page, grey: NDArray[np.uint8]) -> Iterator[bytes]:
    """One page of a document over its image: uint8 (height, width)."""
    lines = list(page.lines)
    told = "; ".join(f"{name} {value}" for name, value in document.provenance.items())
    heading = f"{page.source or document.source}, page {page.number}: {len(lines)} lines"
    yield f'<section title="{_escaped(told)}"><h2>{_escaped(heading)}</h2>\n'.encode()
    yield f'<svg viewBox="0 0 {page.width} {page.height}" role="document">\n'.encode()
    yield b'<image class="image" width="%d" height="%d" href="' % (page.width, page.height)
    yield image_address(grey) + b'"/>\n'
    for line in lines:
        yield _line(line).encode()
    yield _order(lines).encode()
    yield b"</svg></section>\n"


def image_address(grey: NDArray[np.uint8]) -> bytes:
    """A grey image as a data: address."""
    stream = BytesIO()
    image = Image.fromarray(grey)
    two_levels = not np.any((grey > 0) & (grey < 255))
    kind = "PNG" if two_levels else "JPEG"
    image.convert("1" if two_levels else "L").save(stream, kind, quality=75, optimize=True)
    data = base64.b64encode(stream.getvalue())
    return b"data:image/" + kind.lower().encode() + b";base64," + data


def _line(line: Line) -> str:
    colour = hexadecimal(line.confidence)
    corners = " ".join(f"{number(x)},{number(y)}" for x, y in line.polygon)
    (x0, y0), (x1, y1) = line.baseline[0], line.baseline[-1]
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    across = min(line.box.width, line.box.height) if line.words else line.box.height
    size = max(1.0, 0.8 * across)
    spans = []
    for word in line.words:
        # Where a word begins and how long it is along the line, seen from the line's start.
        turn = math.radians(angle)
        corner = [
            (x - x0) * math.cos(turn) + (y - y0) * math.sin(turn) for x, y in word.box.polygon
        ]
        start, length = min(corner), max(max(corner) - min(corner), 0.1)
        spans.append(
            f'<tspan x="{number(start)}" textLength="{number(length)}" '
            f'lengthAdjust="spacingAndGlyphs" fill="{hexadecimal(word.confidence)}">'
            f"{_escaped(word.text)}</tspan>"
        )
    place = f"translate({number(x0)} {number(y0)}) rotate({number(angle)})"
    title = f"{line.confidence:.3f}  {line.text}"
    return (
        f'<g class="line"><title>{_escaped(title)}</title>'
        f'<polygon class="boxes box" points="{corners}" fill="{colour}" stroke="{colour}"/>'
        f'<g class="text"><text transform="{place}" font-size="{number(size)}" '
        f'font-family="serif">{" ".join(spans)}</text></g></g>\n'
    )


def _order(lines: list[Line]) -> str:
    """The way from line to line, and their numbers."""
    if not lines:
        return ""
    starts = [line.baseline[0] for line in lines]
    heights = sorted(min(line.box.width, line.box.height) for line in lines)
    size = max(6.0, 0.45 * heights[len(heights) // 2])
    way = " ".join(f"{number(x - size)},{number(y - size / 2)}" for x, y in starts)
    marks = "".join(
        f'<circle cx="{number(x - size)}" cy="{number(y - size / 2)}" r="{number(0.8 * size)}"/>'
        f'<text x="{number(x - size)}" y="{number(y - 0.2 * size)}" '
        f'font-size="{number(0.8 * size)}">{index}</text>'
        for index, (x, y) in enumerate(starts, start=1)
    )
    return f'<g class="order"><polyline points="{way}"/>{marks}</g>\n'


def _escaped(text: str) -> str:
    return escape(xml_text(text))
