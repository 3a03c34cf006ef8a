"""A page whose lines are encoded, whatever was known of it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from gsaocr.finder.text_finder import TextFinder
from gsaocr.page.document import Polygon
from gsaocr.page.ink_cells import with_cells
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import LayoutRegion, PageLayout
from gsaocr.page.page_parts import moved, part_within, with_kind
from gsaocr.page.prepare import prepare
from gsaocr.reading.encoded_lines import EncodedPage, encode_lines
from gsaocr.reading.found_page import find_page
from gsaocr.recognizer.line_reader import LineReader


def encode_page(
    image: PageImage, layout: PageLayout | None, lines: LineReader, finder: TextFinder
) -> EncodedPage:
    """Find what the layout leaves open (None: everything), and encode all lines."""
    if layout is None:
        return find_page(image, lines, finder)
    if not layout.complete and any(line for line in layout.lines if not line.cells):
        layout = with_cells(layout, prepare(image))
    if all(region.lines for region in layout.regions):
        return encode_lines(image, layout, lines)
    # Regions that follow each other are encoded together where their lines are known.
    parts = []
    for known, regions in groupby(layout.regions, key=lambda region: bool(region.lines)):
        if known:
            own = replace(layout, regions=tuple(regions))
            parts.append(encode_lines(image, own, lines))
        else:
            found = (_found_within(image, region, lines, finder) for region in regions)
            parts += [part for part in found if part is not None]
    return _together(image, layout, parts)


def _found_within(
    image: PageImage, region: LayoutRegion, lines: LineReader, finder: TextFinder
) -> EncodedPage | None:
    """The lines of a region, found as if what lies within its outline were a page."""
    outline: Polygon = region.polygon or region.box.polygon
    part = part_within(image, outline)
    if part is None:
        return None
    seen = find_page(part[0], lines, finder)
    return replace(seen, layout=with_kind(moved(seen.layout, part[1]), region.kind))


def _together(image: PageImage, layout: PageLayout, parts: Sequence[EncodedPage]) -> EncodedPage:
    """One page of its encoded parts; its direction is that of the part with most cells."""
    if not parts:
        return EncodedPage(image, replace(layout, regions=()), [])
    main = max(parts, key=lambda part: len(part.chosen))
    regions = tuple(region for part in parts for region in part.layout.regions)
    chosen = [entry for part in parts for entry in part.chosen]
    layout = replace(main.layout, regions=regions, given=True)
    return EncodedPage(image, layout, chosen, main.margin)
