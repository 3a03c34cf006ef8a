"""What PDFium doesn't tell of a PDF's page, so that the file is looked at by another library.

How fine the masks of its images are (layered scans keep their letters in them), and its unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, BinaryIO

_DEEPEST = 4  # form XObjects within each other
_MOST = 1000  # objects looked at


def mask_shares(
    file: BinaryIO | bytes, password: str | None, number: int
) -> dict[tuple[int, int], float]:
    """Return, by image size (columns, rows), how many pixels a mask has for each of the image's.

    Images without masks are left out; of several of a size the finest mask counts. A file that the
    library can't open has none.
    """
    shares: dict[tuple[int, int], float] = {}
    with _page(file, password, number) as page:
        for image in _images(page.get("/Resources"), 0, [_MOST]):
            size = _pixels(image)
            for mask in (image.get("/SMask"), image.get("/Mask")):
                # A mask may also be a list of colours.
                if hasattr(mask, "read_raw_bytes") and size[0] * size[1] > 0:
                    columns, rows = _pixels(mask)
                    share = columns * rows / (size[0] * size[1])
                    shares[size] = max(share, shares.get(size, 0.0))
    return shares


def user_unit(file: BinaryIO | bytes, password: str | None, number: int) -> float:
    """Return how many points the unit of a page is; 1 if it says nothing that makes sense."""
    unit = 1.0
    with _page(file, password, number) as page:
        unit = float(page.get("/UserUnit", 1))
    return unit if 0.01 <= unit <= 1e4 else 1.0


@contextmanager
def _page(file: BinaryIO | bytes, password: str | None, number: int) -> Iterator[Any]:
    """A page's dictionary; what goes wrong with it ends the block and nothing else."""
    import pikepdf

    stream = BytesIO(file) if isinstance(file, bytes) else file
    stream.seek(0)
    with (
        suppress(
            pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError
        ),
        pikepdf.open(stream, password=password or "") as pdf,
    ):
        yield pdf.pages[number - 1].obj


def _images(resources: Any, depth: int, left: list[int]) -> Iterator[Any]:
    """The image streams of a page's resources, those within its form XObjects too."""
    things = resources.get("/XObject") if resources is not None else None
    if things is None:
        return
    for name in list(things.keys()):
        left[0] -= 1
        if left[0] < 0:
            return
        thing = things[name]
        kind = thing.get("/Subtype")
        if kind == "/Image":
            yield thing
        elif kind == "/Form" and depth < _DEEPEST:
            yield from _images(thing.get("/Resources"), depth + 1, left)


def _pixels(image: Any) -> tuple[int, int]:
    return int(image.get("/Width", 0)), int(image.get("/Height", 0))
