"""Images of single lines: encoded and read together, whatever quarter turn each stands in."""

from __future__ import annotations

from collections.abc import Sequence

from gsaocr.adapters.loaded_adapters import AdapterChoice, LoadedAdapter
from gsaocr.page.document import Quarter
from gsaocr.page.load import PageImage
from gsaocr.page.page_layout import lone_line_layout
from gsaocr.reading.choose_adapter import choose_adapter, encoded_for
from gsaocr.reading.encoded_lines import Chosen, EncodedPage
from gsaocr.recognizer.reading import Reading


def read_lone_lines(
    images: Sequence[PageImage], upright: bool, choice: AdapterChoice
) -> list[tuple[EncodedPage, LoadedAdapter, Reading]]:
    """Read images that hold one line each, all with one adapter: with the surest of the choice.

    Args:
        images: the lines.
        upright: whether they are known to stand upright; else each may lie in any quarter turn.
        choice: what may read them.
    """
    first = choice.candidates[0]
    crops = [image.grey for image in images]
    sights = first.lines.look(crops, any_turn=not upright)
    readings: list[Reading] | None = None
    if upright:
        chosen: list[Chosen] = [(seen[0], 0, 0.0) for seen in sights]
    else:
        settled = first.lines.read_any_turn(sights)
        readings = [reading for reading, _ in settled]
        chosen = [(sight, reading.quarter, reading.margin) for reading, sight in settled]
    adapter = choose_adapter(chosen, choice)
    if readings is None:
        readings = adapter.lines.read_carefully(encoded_for(adapter, chosen))
    elif adapter is not first:
        if adapter.changes_encoder:
            sights = adapter.lines.look(crops, any_turn=True)
        readings = [reading for reading, _ in adapter.lines.read_any_turn(sights)]
    return [
        (_page(image, reading, entry), adapter, reading)
        for image, reading, entry in zip(images, readings, chosen, strict=True)
    ]


def _page(image: PageImage, reading: Reading, entry: Chosen) -> EncodedPage:
    orientation: Quarter = 90 * reading.quarter % 360  # type: ignore[assignment]
    layout = lone_line_layout(image.grey, "upright", orientation)
    return EncodedPage(image, layout, [entry], reading.margin)
