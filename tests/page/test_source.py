"""Every kind of image that Python programs hold becomes the same page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gsaocr.errors import InputError
from gsaocr.page.load import LoadSettings
from gsaocr.page.source import grey_array, open_source
from tests.page.printed import Sheet


def sheet() -> Any:
    page = Sheet(300, 80)
    page.line(10, 20, "an image", 30)
    return np.where(page.grey > 127, 255, 0).astype(np.uint8)


def grey_of(source: Any, name: str | None = None) -> tuple[Any, str]:
    pages, label = open_source(source, name, LoadSettings())
    (page,) = pages
    assert page.source == label
    return page.grey, label


def test_all_kinds_are_the_same_page(tmp_path: Path) -> None:
    grey = sheet()
    path = tmp_path / "a.png"
    Image.fromarray(grey).save(path)
    content = path.read_bytes()
    rgb = np.dstack([grey] * 3)
    rgba = np.dstack([rgb, np.full(grey.shape, 255, np.uint8)])
    kinds = [
        *(path, str(path), content, bytearray(content), memoryview(content), io.BytesIO(content)),
        *(grey, grey[:, :, None], rgb, rgba, grey > 0, grey / 255, (grey / 255).astype(np.float32)),
        *(Image.fromarray(grey), Image.fromarray(rgb), Image.fromarray(grey).convert("1")),
    ]
    for kind in kinds:
        found, label = grey_of(kind)
        assert np.array_equal(found, grey), type(kind)
        assert label == (str(path) if isinstance(kind, str | Path) else "-")
    assert grey_of(grey, "mine")[1] == "mine"
    assert np.array_equal(grey_array(rgb), grey)


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 3, ["a.png"], io.StringIO("text"), np.zeros((4, 4), np.int32)),
        *(np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)),
        *(np.full((4, 4), 1.5), np.full((4, 4), np.nan), np.full((4, 4), -0.1)),
    ],
    ids=str,
)
def test_anything_else_is_a_type_error_that_lists_them(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"(?s)no image: .*bytes.*NumPy array.*Pillow"):
        open_source(wrong, None, LoadSettings())


def test_a_picture_that_lies_on_its_side_is_taken_as_shown() -> None:
    image = Image.fromarray(sheet())
    image.getexif()[274] = 6
    assert np.array_equal(grey_of(image)[0], np.rot90(sheet(), -1))


def test_the_limit_holds_for_pixels_too() -> None:
    with pytest.raises(InputError, match="megapixels"):
        list(open_source(sheet(), None, LoadSettings(0.01))[0])
