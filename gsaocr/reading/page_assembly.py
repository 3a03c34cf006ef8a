"""From a page's layout and the readings of its cells to a page of the document model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from gsaocr.assembly import line_of_cells
from gsaocr.page.document import Box, Line, Page, Region, RegionKind
from gsaocr.page.region_kinds import RegionLines, region_kinds
from gsaocr.reading.encoded_lines import EncodedPage
from gsaocr.reading.page_notes import page_notes
from gsaocr.recognizer.reading import Reading


def assembled(page: EncodedPage, readings: Sequence[Reading], adapter: str) -> Page:
    """Return the page that was read; regions and lines without text are left out.

    Args:
        page: its layout the way up that was read.
        readings: one for each cell of the layout.
        adapter: what it was read with; empty: the base alone.
    """
    layout, image = page.layout, page.image
    remaining = iter(readings)
    regions: list[RegionLines] = []
    given: list[RegionKind | None] = []
    polygons = []
    for region in layout.regions:
        lines: list[Line] = []
        cells: list[int] = []
        for place in region.lines:
            own = list(islice(remaining, len(place.cells)))
            line = line_of_cells(place, own)
            if line is not None:
                lines.append(line)
                cells.append(sum(bool(reading.letters) for reading in own))
        if lines:
            regions.append(RegionLines(lines, cells))
            given.append(region.kind)
            polygons.append(region.polygon if region.kind else ())
    found = []
    kinds = region_kinds(regions, image.width, image.height, layout.orientation)
    for own_lines, kind, told, polygon in zip(regions, given, kinds, polygons, strict=True):
        box = Box.union(line.box for line in own_lines.lines)
        box = Box.around(polygon) if polygon else box
        found.append(Region(tuple(own_lines.lines), box, polygon or box.polygon, kind or told))
    return Page(
        width=image.width,
        height=image.height,
        regions=tuple(found),
        source=image.source,
        number=image.number,
        orientation=layout.orientation,
        orientation_margin=page.margin,
        skew=layout.skew,
        dpi=image.dpi,
        adapter=adapter,
        notes=page_notes(page, empty=not found),
    )
