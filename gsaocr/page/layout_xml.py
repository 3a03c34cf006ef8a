"""Where the text of a page is, as a PAGE or ALTO file beside its image says.

Of PAGE any version, of ALTO versions 2 to 4: regions and lines with their outlines and baselines,
in reading order. Texts that the files may hold are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gsaocr.errors import InputError
from gsaocr.page.document import Box, Point, Polygon, RegionKind

_KINDS: dict[str, RegionKind] = {
    "heading": "heading",
    "page-number": "page-number",
    "marginalia": "margin",
    "margin": "margin",
    "table": "table",
}
_LARGEST = 64 << 20  # bytes; layouts of a page are far smaller
_MOST_STRETCH = 0.02  # by which a layout's page may be out of proportion to the image


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A line's outline and, if the file tells it, its baseline."""

    polygon: Polygon
    baseline: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenRegion:
    """A region's outline and its lines; without lines they are still to be found."""

    polygon: Polygon
    kind: RegionKind
    lines: tuple[GivenLine, ...]


def layout_beside(image: Path, number: int = 1) -> Path:
    """Return the PAGE or ALTO file of a page of an image; InputError if there is none.

    For DIR/NAME.png one of DIR/NAME.page.xml, NAME.alto.xml, NAME.xml, page/NAME.xml and
    alto/NAME.xml, in this order; for page 2 and later of a file NAME-0002.page.xml before them.
    """
    stem = image.stem
    names = [f"{stem}.page.xml", f"{stem}.alto.xml", f"{stem}.xml"]
    names += [f"page/{stem}.xml", f"alto/{stem}.xml"]
    for name in (f"{stem}-{number:04d}.page.xml", *names):
        if (image.parent / name).is_file():
            return image.parent / name
    raise InputError(
        str(image), "has no PAGE or ALTO file beside it", f"put {names[0]} there or leave --layout"
    )


def read_layout(path: Path, width: int, height: int, number: int = 1) -> tuple[GivenRegion, ...]:
    """Return the regions of a page in reading order, in pixels of an image of this size.

    ``number`` picks among the pages of one file, counted from 1. Raises InputError if the file
    can't be read, is neither PAGE nor ALTO, or describes a page of other proportions.
    """
    label = str(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(label, "is too large for a layout", "give the page's own file")
        root = ElementTree.parse(path).getroot()
    except OSError as error:
        raise InputError(label, f"can't be read ({error.strerror})") from None
    except ElementTree.ParseError as error:
        raise InputError(label, f"is broken XML ({error})", "write it again") from None
    kind = _name(root)
    if kind not in ("PcGts", "alto"):
        raise InputError(label, "is neither PAGE nor ALTO", "give one of these")
    pages = [each for each in root.iter() if _name(each) == "Page"]
    if not pages:
        raise InputError(label, "describes no page", "write it again")
    page = pages[min(number, len(pages)) - 1]
    try:
        scale = _scale(page, kind, width, height, label)
        regions = _page_regions(page) if kind == "PcGts" else _alto_regions(root, page)
        return tuple(_scaled(region, scale) for region in regions)
    except (ValueError, KeyError) as error:
        raise InputError(label, f"has a wrong value ({error})", "write it again") from None


def _scale(page: Element, kind: str, width: int, height: int, label: str) -> tuple[float, float]:
    names = ("imageWidth", "imageHeight") if kind == "PcGts" else ("WIDTH", "HEIGHT")
    if kind == "alto" and names[0] not in page.attrib:
        return 1.0, 1.0
    across, down = (float(page.attrib[name]) for name in names)
    if not (across > 0 and down > 0):
        raise ValueError(f"a page of {across} x {down}")
    x, y = width / across, height / down
    if abs(x / y - 1) > _MOST_STRETCH:
        size = f"{across:g} x {down:g}, the image is {width} x {height}"
        raise InputError(label, f"describes a page of {size}", "give the layout of this image")
    return x, y


def _page_regions(page: Element) -> Iterator[GivenRegion]:
    regions = {each.get("id", ""): each for each in page.iter() if _name(each) == "TextRegion"}
    order = [
        ref.get("regionRef", "")
        for ref in sorted(
            (each for each in page.iter() if _name(each).startswith("RegionRef")),
            key=lambda each: int(each.get("index", 0)),
        )
    ]
    named = [name for name in order if name in regions]
    for name in dict.fromkeys([*named, *regions]):
        region = regions[name]
        lines = []
        for line in _children(region, "TextLine"):
            baseline = next(_children(line, "Baseline"), None)
            points = _points(baseline.get("points", "")) if baseline is not None else ()
            lines.append(GivenLine(_outline(line), points))
        kind: RegionKind = _KINDS.get(region.get("type", ""), "text")
        if "table" in region.get("custom", ""):
            kind = "table"
        yield GivenRegion(_outline(region), kind, tuple(lines))


def _outline(element: Element) -> Polygon:
    coords = next(_children(element, "Coords"), None)
    if coords is None:
        raise ValueError(f"{element.get('id', _name(element))} has no Coords")
    if "points" in coords.attrib:
        return _polygon(_points(coords.attrib["points"]))
    # Versions before 2013 hold a Point element for each corner.
    corners = ((float(p.attrib["x"]), float(p.attrib["y"])) for p in _children(coords, "Point"))
    return _polygon(tuple(corners))


def _alto_regions(root: Element, page: Element) -> Iterator[GivenRegion]:
    labels = {
        tag.get("ID", ""): tag.get("LABEL", "") for tag in root.iter() if _name(tag).endswith("Tag")
    }
    for block in (each for each in page.iter() if _name(each) == "TextBlock"):
        lines = []
        for line in _children(block, "TextLine"):
            # Before version 4.2 a baseline was the height of a level line.
            baseline = line.get("BASELINE", "")
            points = _points(baseline) if len(re.findall(r"[\d.]+", baseline)) > 1 else ()
            lines.append(GivenLine(_alto_outline(line), points))
        tags = (labels.get(ref, "") for ref in block.get("TAGREFS", "").split())
        kinds = [_KINDS[tag] for tag in tags if tag in _KINDS]
        kind: RegionKind = kinds[0] if kinds else "text"
        yield GivenRegion(_alto_outline(block), kind, tuple(lines))


def _alto_outline(element: Element) -> Polygon:
    shape = next(_children(element, "Shape"), None)
    polygon = next(_children(shape, "Polygon"), None) if shape is not None else None
    if polygon is not None:
        return _polygon(_points(polygon.attrib["POINTS"]))
    x, y, width, height = (
        float(element.attrib[name]) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")
    )
    return Box(x, y, x + width, y + height).polygon


def _points(text: str) -> tuple[Point, ...]:
    """Points as "x,y x,y" or as "x y x y"."""
    numbers = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", text)]
    if len(numbers) % 2:
        raise ValueError(f"points {text[:30]!r}")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _polygon(points: tuple[Point, ...]) -> Polygon:
    if not points:
        raise ValueError("an outline without points")
    return points if len(points) >= 3 else Box.around(points).polygon


def _scaled(region: GivenRegion, scale: tuple[float, float]) -> GivenRegion:
    def scaled(points: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple((x * scale[0], y * scale[1]) for x, y in points)

    lines = tuple(GivenLine(scaled(line.polygon), scaled(line.baseline)) for line in region.lines)
    return GivenRegion(scaled(region.polygon), region.kind, lines)


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _name(child) == name)


def _name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
