"""Page images as PDF image objects: JPEG as it is, all else without loss.

Black-and-white becomes CCITT group 4, grey, palette and colour deflate with PNG prediction (the
data of a PNG file), transparency a soft mask.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from gsaocr.errors import InputError
from gsaocr.formats.pdf_file import Matrix
from gsaocr.page.grey import grey_pixels
from gsaocr.page.load import displayed_pages

if TYPE_CHECKING:
    from PIL import Image

_COMPONENTS = {"L": 1, "RGB": 3, "CMYK": 4}
_UNFIT = (OSError, ValueError, TypeError, LookupError, ArithmeticError, struct.error)
_SPACES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}


@dataclass(frozen=True, slots=True)
class ImageObject:
    """An image's data and the entries of its dictionary, without objects it refers to.

    ``matrix`` takes the unit square of the image object to that of the page as displayed.
    """

    entries: str
    data: bytes
    colour_space: str  # what it is without a profile
    profile: bytes | None = None  # ICC, with as many components as the colour space
    mask: ImageObject | None = None
    matrix: Matrix = field(default=(1, 0, 0, 1, 0, 0))


def image_objects(path: Path, max_megapixels: float) -> Iterator[tuple[int, ImageObject]]:
    """Yield numbers and images of an image file's pages.

    Raises InputError as ``load_pages`` does, and for an image that no PDF object can be made of.
    """
    for image, page, orientation in displayed_pages(path, max_megapixels=max_megapixels):
        try:
            jpeg = _jpeg(image, path, orientation) if image.format in ("JPEG", "MPO") else None
            made = jpeg or _lossless(image, orientation)
        except (
            OSError,
            ValueError,
            TypeError,
            LookupError,
            ArithmeticError,
            struct.error,
        ) as error:
            raise InputError(
                str(path), f"can't be put into a PDF ({error})", "save it as PNG or TIFF"
            ) from None
        except MemoryError:
            raise InputError(
                str(path), "doesn't fit in memory", "make the image smaller or cut it"
            ) from None
        yield page, made


# Takes the unit square of the stored image to that of the displayed one, by EXIF orientation.
_TURNS: dict[int, Matrix] = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


def _jpeg(image: Image.Image, path: Path, orientation: int) -> ImageObject | None:
    """A JPEG file's own bytes; None for kinds of JPEG that a PDF can't hold."""
    components = _COMPONENTS.get(image.mode)
    if components is None or getattr(image, "bits", 8) != 8:
        return None
    # Adobe's programs write CMYK upside down, and say so by their marker.
    inverted = components == 4 and "adobe" in image.info
    entries = _size(image) + " /BitsPerComponent 8 /Filter /DCTDecode"
    entries += " /Decode [1 0 1 0 1 0 1 0]" if inverted else ""
    profile = _profile(image, components)
    return ImageObject(
        entries, path.read_bytes(), _SPACES[components], profile, matrix=_TURNS[orientation]
    )


def _lossless(image: Image.Image, orientation: int) -> ImageObject:
    from PIL import Image as Pillow

    turn = _TURNS[orientation]
    if image.mode == "1":
        return ImageObject(*_group_four(image), "/DeviceGray", matrix=turn)
    mask = None
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            mask = _predicted(alpha)
        profile_of = image
        image = image.convert("RGB")
        image.info.update(profile_of.info)
    if image.mode == "CMYK":
        entries = _size(image) + " /BitsPerComponent 8 /Filter /FlateDecode"
        data = zlib.compress(image.tobytes(), 6)
        return ImageObject(entries, data, "/DeviceCMYK", _profile(image, 4), mask, turn)
    if (image.mode.startswith("I") and image.mode != "I;16") or image.mode == "F":
        image = Pillow.fromarray(grey_pixels(image))
    elif image.mode not in ("L", "RGB", "P", "I;16"):
        image = image.convert("RGB")
    plain = _predicted(image)
    profile = _profile(image, _COMPONENTS.get(image.mode, 0))
    return ImageObject(plain.entries, plain.data, plain.colour_space, profile, mask, turn)


def _predicted(image: Image.Image) -> ImageObject:
    """The compressed data of a PNG file, which is what PDF calls deflate with predictor 15."""
    stream = BytesIO()
    image.save(stream, "PNG", compress_level=6)
    png = stream.getvalue()
    position, data, palette, header = 8, [], b"", b""
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind, body = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            header = body
        elif kind == b"PLTE":
            palette = body
        elif kind == b"IDAT":
            data.append(body)
        position += length + 12
    bits, colour = header[8], header[9]
    colours = 3 if colour == 2 else 1
    space = "/DeviceRGB" if colour == 2 else "/DeviceGray"
    if palette:
        space = f"[/Indexed /DeviceRGB {len(palette) // 3 - 1} <{palette.hex()}>]"
    entries = (
        f"{_size(image)} /BitsPerComponent {bits} /Filter /FlateDecode /DecodeParms "
        f"<< /Predictor 15 /Colors {colours} /BitsPerComponent {bits} /Columns {image.width} >>"
    )
    return ImageObject(entries, b"".join(data), space)


def _group_four(image: Image.Image) -> tuple[str, bytes]:
    stream = BytesIO()
    # One strip, whose bytes are the whole of the code.
    image.save(stream, "TIFF", compression="group4", tiffinfo={278: image.height})
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    # The directory alone: opened as an image, it would have to keep to Pillow's limit of pixels.
    tags = ImageFileDirectory_v2(stream.getvalue()[:8])
    stream.seek(tags.next)
    tags.load(stream)
    ((offset,), (length,)) = tags[273], tags[279]
    whites = tags[262] == 1  # BlackIsZero: white is what the code calls black
    code = stream.getvalue()[offset : offset + length]
    parameters = (
        f"<< /K -1 /Columns {image.width} /Rows {image.height} "
        f"/BlackIs1 {'true' if whites else 'false'} >>"
    )
    entries = f"{_size(image)} /BitsPerComponent 1 /Filter /CCITTFaxDecode"
    return f"{entries} /DecodeParms {parameters}", code


def _profile(image: Image.Image, components: int) -> bytes | None:
    """The image's ICC profile if it is one that a PDF may hold, and has as many components.

    That is one of a scanner, display, printer or colour space, of version 2 or 4, and whole
    (ISO 19005-2, 6.2.4.2).
    """
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or len(profile) < 128:
        return None
    (size,) = struct.unpack_from(">I", profile)
    known = profile[12:16] in (b"scnr", b"mntr", b"prtr", b"spac") and profile[8] in (2, 4)
    if not known or profile[36:40] != b"acsp" or size > len(profile):
        return None
    named = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}.get(profile[16:20])
    return profile if named == components else None


def _size(image: Image.Image) -> str:
    return f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height}"
