"""Where the text of a page is, and what it says, as a PAGE or ALTO file tells it.

The one parser for reading along a given layout and for training on transcribed pages: of PAGE the
versions 2010 to 2019, of ALTO 2 to 4. Regions and lines with outlines, baselines and texts come in
reading order, in pixels of the image at hand.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from gsaocr.errors import InputError
from gsaocr.page.document import Box, Point, Polygon, Quarter, RegionKind
from gsaocr.page.page_layout import QUARTERS, LayoutLine, LayoutRegion, PageLayout, TooManyCells

_KINDS: dict[str, RegionKind] = {
    "heading": "heading",
    "page-number": "page-number",
    "marginalia": "margin",
    "margin": "margin",
    "table": "table",
}
MAX_LAYOUT_BYTES = 64 << 20
"""Larger files are refused; layouts of a page are far smaller."""
MAX_STRETCH = 0.02
"""By which a layout's page may be out of proportion to the image."""
_FARTHEST = 1e7  # pixels: no image is so large
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
_REPAIR = "give a PAGE or ALTO file as transcription programs export it"


@dataclass(frozen=True, slots=True)
class GivenPage:
    """A page as a file describes it.

    ``layout`` has lines without cells, and regions without lines where the file names none;
    ``left_out`` names what can't be used (a line without an outline), one entry each.
    """

    layout: PageLayout
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """A PAGE or ALTO file that was read; :meth:`page` gives the layout for an image."""

    path: Path
    root: Element
    is_alto: bool

    @classmethod
    def read(cls, path: Path) -> LayoutFile:
        """Read a file.

        Raises:
            InputError: it can't be read, is too large, no well-formed XML, neither PAGE nor ALTO,
                or declares a document type, which may hold entities.
        """
        root = _parsed(path)
        kind = _name(root)
        if kind not in ("PcGts", "alto"):
            raise InputError(str(path), "is neither PAGE nor ALTO", "give one of these")
        return cls(path, root, kind == "alto")

    @property
    def image_name(self) -> str:
        """The image that the file names, as it names it; empty if it names none."""
        if self.is_alto:
            return next((e.text or "" for e in self.root.iter() if _name(e) == "fileName"), "")
        page = next((e for e in self.root.iter() if _name(e) == "Page"), None)
        return page.get("imageFilename", "") if page is not None else ""

    def image(self) -> Path:
        """Return the file's image.

        That is the one that the file names: beside it, by its path from there, or by its path from
        the working folder; or else an image beside the file that has its name.

        Raises:
            InputError: there is none.
        """
        named = self.image_name.strip().replace("\\", "/")
        base = named.rpartition("/")[2]
        beside, names = self.path.parent, [] if base in ("", ".", "..") else [base]
        stem = self.path.name.split(".")[0]
        for suffix in _IMAGE_SUFFIXES:
            names += [stem + suffix, self.path.stem + suffix]
        places = [beside / name for name in names]
        if base in names:
            places[1:1] = [beside / named, Path(named)]
        for place in places:
            try:
                if place.is_file():
                    return place
            except (OSError, ValueError):  # a name that no file can have
                continue
        shown = base[:60] or "file"
        raise InputError(str(self.path), f"its image {shown} isn't beside it", "put it there")

    def page_number(self, image: Path) -> int:
        """Return which page of its image the file describes, from 1.

        Files of further pages are called after the image: NAME-0002.page.xml.
        """
        stem = self.path.name.split(".")[0]
        digits = stem.removeprefix(f"{image.stem}-")
        is_number = len(digits) == 4 and digits.isascii() and digits.isdigit()
        return max(1, int(digits)) if digits != stem and is_number else 1

    def page(self, width: int, height: int, number: int = 1) -> GivenPage:
        """Return a page in pixels of an image of this size.

        Args:
            width: of the image, pixels.
            height: of the image, pixels.
            number: of the page among those of the file, from 1.

        Raises:
            InputError: the file describes no page or one of other proportions, or holds a number
                that is none or isn't finite.
        """
        label = str(self.path)
        pages = [each for each in self.root.iter() if _name(each) == "Page"]
        if not pages:
            raise InputError(label, "describes no page", "write it again")
        page = pages[min(number, len(pages)) - 1]
        try:
            builder = _Builder(self._scale(page, width, height), [])
            regions = builder.alto(self.root, page) if self.is_alto else builder.page(page)
            layout = PageLayout(tuple(_with_directions(list(regions))), given=True)
        except TooManyCells as error:
            raise InputError(label, str(error), "cut the page into parts") from None
        except (ValueError, KeyError, ArithmeticError, RecursionError) as error:
            cause = " ".join(str(error).split())[:80]
            raise InputError(label, f"has a wrong value ({cause})", "write it again") from None
        return GivenPage(layout, tuple(builder.left_out))

    def _scale(self, page: Element, width: int, height: int) -> tuple[float, float]:
        names = ("WIDTH", "HEIGHT") if self.is_alto else ("imageWidth", "imageHeight")
        if names[0] not in page.attrib:
            units = (e.text or "" for e in self.root.iter() if _name(e) == "MeasurementUnit")
            unit = next(units, "pixel").strip()
            if unit != "pixel":
                raise InputError(
                    str(self.path), f"measures in {unit} a page of no size", "export it in pixels"
                )
            return 1.0, 1.0
        across, down = (_number(page.attrib[name]) for name in names)
        if not (across > 0 and down > 0):
            raise ValueError(f"a page of {across} x {down}")
        x, y = width / across, height / down
        if abs(x / y - 1) > MAX_STRETCH:
            size = f"{across:g} x {down:g}, the image is {width} x {height}"
            raise InputError(
                str(self.path), f"describes a page of {size}", "give the layout of this image"
            )
        return x, y


def layout_beside(image: Path, number: int = 1) -> Path | None:
    """Return the PAGE or ALTO file of a page of an image; None if there is none.

    For DIR/NAME.png one of DIR/NAME.page.xml, NAME.alto.xml, NAME.xml, page/NAME.xml and
    alto/NAME.xml, in this order; for page 2 and later of a file NAME-0002.page.xml before them.
    """
    stem = image.stem
    names = [f"{stem}.page.xml", f"{stem}.alto.xml", f"{stem}.xml"]
    names += [f"page/{stem}.xml", f"alto/{stem}.xml"]
    for name in (f"{stem}-{number:04d}.page.xml", *names):
        if os.path.isfile(image.parent / name):
            return image.parent / name
    return None


def check_layouts(images: Sequence[Path]) -> None:
    """Raise InputError if none of these images has a PAGE or ALTO file beside it."""
    if not any(layout_beside(image) or _of_later_pages(image) for image in images):
        names = f"{len(images)} images" if len(images) > 1 else "".join(map(str, images)) or "-"
        name = f"{images[0].stem if images else 'NAME'}.page.xml"
        cause = "no PAGE or ALTO file lies beside " + ("them" if len(images) > 1 else "it")
        raise InputError(names, cause, f"put {name} there or leave --layout")


def _of_later_pages(image: Path) -> bool:
    numbered = image.parent.glob(f"{escape(image.stem)}-[0-9][0-9][0-9][0-9].page.xml")
    return next(numbered, None) is not None


def read_layout(path: Path, width: int, height: int, number: int = 1) -> PageLayout:
    """Return the layout of a page for reading, in pixels of an image of this size.

    Raises:
        InputError: as :meth:`LayoutFile.read` and :meth:`LayoutFile.page`, or a region or line has
            no outline: it would be left unread.
    """
    given = LayoutFile.read(path).page(width, height, number)
    if given.left_out:
        raise InputError(str(path), given.left_out[0], "draw it, or take the line out")
    return given.layout


def _parsed(path: Path) -> Element:
    try:
        if path.stat().st_size > MAX_LAYOUT_BYTES:
            raise InputError(str(path), "is too large for a layout", "give the page's own file")
        content = path.read_bytes()

        def refuse(*_: object) -> None:
            raise InputError(
                str(path), "declares a document type, which may hold entities", _REPAIR
            )

        checker = expat.ParserCreate()
        checker.StartDoctypeDeclHandler = refuse
        checker.Parse(content, True)
        return ElementTree.fromstring(content)
    except OSError as error:
        raise InputError(str(path), f"can't be read ({error.strerror or error})") from None
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        cause = " ".join(str(error).split())[:80]
        raise InputError(str(path), f"is broken XML ({cause})", _REPAIR) from None


@dataclass(slots=True)
class _Builder:
    """Makes regions of elements, scaled; what has no outline is named in ``left_out``."""

    scale: tuple[float, float]
    left_out: list[str]

    def page(self, page: Element) -> Iterator[LayoutRegion]:
        """The regions of a PAGE file, in its reading order where it has one."""
        regions = {
            each.get("id", f"number {count}"): each
            for count, each in enumerate(page.iter(), 1)
            if _name(each) == "TextRegion"
        }
        order = [n for each in _children(page, "ReadingOrder") for n in _ordered(each)]
        named = [name for name in order if name in regions]
        for name in dict.fromkeys([*named, *regions]):
            region = regions[name]
            lines = tuple(self._page_lines(region))
            kind: RegionKind = _KINDS.get(region.get("type", ""), "text")
            if "table" in region.get("custom", ""):
                kind = "table"
            yield from self._region(_coords(region), lines, kind, f"region {name}")

    def alto(self, root: Element, page: Element) -> Iterator[LayoutRegion]:
        """The blocks of text of an ALTO file."""
        labels = {
            tag.get("ID", ""): tag.get("LABEL", "")
            for tag in root.iter()
            if _name(tag).endswith("Tag")
        }
        for count, block in enumerate(each for each in page.iter() if _name(each) == "TextBlock"):
            lines = tuple(self._alto_lines(block))
            tags = (labels.get(ref, "") for ref in block.get("TAGREFS", "").split())
            told = [_KINDS[tag] for tag in tags if tag in _KINDS]
            kind: RegionKind = told[0] if told else "text"
            name = f"block {block.get('ID', count + 1)}"
            yield from self._region(_alto_outline(block), lines, kind, name)

    def _region(
        self, outline: Polygon, lines: tuple[LayoutLine, ...], kind: RegionKind, name: str
    ) -> Iterator[LayoutRegion]:
        polygon = self._scaled(outline)
        if not polygon and lines:
            polygon = Box.union(line.box for line in lines).polygon
        if not polygon:
            self.left_out.append(f"{name} has no outline (Coords)")
            return
        yield LayoutRegion(lines, Box.around(polygon), polygon, kind)

    def _page_lines(self, region: Element) -> Iterator[LayoutLine]:
        for count, line in enumerate(_children(region, "TextLine"), 1):
            baseline = next(_children(line, "Baseline"), None)
            points = _corners(baseline) if baseline is not None else ()
            name = line.get("id", f"line {count}")
            yield from self._line(_coords(line), points, _page_text(line), name)

    def _alto_lines(self, block: Element) -> Iterator[LayoutLine]:
        for count, line in enumerate(_children(block, "TextLine"), 1):
            outline = _alto_outline(line)
            points = _points(line.get("BASELINE", ""), odd=True)
            if len(points) == 1 and outline:
                # Before version 4.2 a baseline was the height of a level line.
                box, level = Box.around(outline), points[0][0]
                points = ((box.x0, level), (box.x1, level))
            text = "".join(_alto_text(part) for part in line)
            yield from self._line(outline, points, text, line.get("ID", f"line {count}"))

    def _line(
        self, outline: Polygon, baseline: tuple[Point, ...], text: str, name: str
    ) -> Iterator[LayoutLine]:
        polygon = self._scaled(outline)
        if not polygon:
            self.left_out.append(f"{name} has no outline")
            return
        points = self._scaled(baseline)
        if len(set(points)) < 2:
            points = ()
        written = " ".join(text.split())
        box = Box.around(polygon)
        yield LayoutLine((), box, polygon, 0, points, written, name, given=True)

    def _scaled(self, points: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple((x * self.scale[0], y * self.scale[1]) for x, y in points)


def _with_directions(regions: list[LayoutRegion]) -> Iterator[LayoutRegion]:
    """Give each line the quarter turn that its baseline, or else its shape, says."""
    thickness = sorted(
        min(line.box.width, line.box.height) for region in regions for line in region.lines
    )
    usual = thickness[len(thickness) // 2] if thickness else 0.0
    for region in regions:
        lines = tuple(replace(line, orientation=_orientation(line, usual)) for line in region.lines)
        yield replace(region, lines=lines)


def _orientation(line: LayoutLine, usual: float) -> Quarter:
    if line.baseline:
        (x0, y0), (x1, y1) = line.baseline[0], line.baseline[-1]
        quarters = round(math.degrees(math.atan2(y1 - y0, x1 - x0)) / 90) % 4
        return QUARTERS[quarters]
    # A lone figure is higher than wide as well, but no higher than other lines.
    on_its_side = line.box.height > 1.5 * line.box.width and line.box.height > 2 * usual
    return 90 if on_its_side else 0


def _ordered(group: Element) -> Iterator[str]:
    """The regions that a group of the reading order names, by index, groups within it opened."""

    def place(element: Element) -> float:
        return _number(element.get("index", "0"))

    for child in sorted(group, key=place):
        if "regionRef" in child.attrib:
            yield child.attrib["regionRef"]
        yield from _ordered(child)


def _coords(element: Element) -> Polygon:
    coords = next(_children(element, "Coords"), None)
    return _polygon(_corners(coords)) if coords is not None else ()


def _corners(element: Element) -> tuple[Point, ...]:
    if "points" in element.attrib:
        return _points(element.attrib["points"])
    # Versions before 2013 hold a Point element for each corner.
    return tuple(
        (_number(p.attrib["x"]), _number(p.attrib["y"])) for p in _children(element, "Point")
    )


def _page_text(line: Element) -> str:
    """A line's own text, else those of its words."""
    texts = sorted(_children(line, "TextEquiv"), key=lambda e: _number(e.get("index", "0")))
    for text in texts:
        written = next(_children(text, "Unicode"), None)
        if written is not None and written.text:
            return written.text
    return " ".join(filter(None, (_page_text(word) for word in _children(line, "Word"))))


def _alto_outline(element: Element) -> Polygon:
    shape = next(_children(element, "Shape"), None)
    polygon = next(_children(shape, "Polygon"), None) if shape is not None else None
    if polygon is not None and len(points := _points(polygon.get("POINTS", ""))) >= 3:
        return points
    names = ("HPOS", "VPOS", "WIDTH", "HEIGHT")
    if any(name not in element.attrib for name in names):
        return ()
    x, y, width, height = (_number(element.attrib[name]) for name in names)
    return Box(x, y, x + width, y + height).polygon


def _alto_text(part: Element) -> str:
    kind = _name(part)
    if kind in ("String", "HYP"):
        return part.get("CONTENT", "")
    return " " if kind == "SP" else ""


def _points(text: str, odd: bool = False) -> tuple[Point, ...]:
    """Points as "x,y x,y" or as "x y x y"; a single number is (number, 0) if ``odd``."""
    numbers = [_number(each) for each in re.split(r"[\s,;]+", text.strip()) if each]
    if odd and len(numbers) == 1:
        return ((numbers[0], 0.0),)
    if len(numbers) % 2:
        raise ValueError(f"points {text[:30]!r}")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _polygon(points: tuple[Point, ...]) -> Polygon:
    return points if len(points) >= 3 or not points else Box.around(points).polygon


def _number(text: str) -> float:
    value = float(text)
    if not abs(value) < _FARTHEST:  # neither infinite nor no number
        raise ValueError(f"{text[:30]!r} is no place on a page")
    return value


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _name(child) == name)


def _name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
