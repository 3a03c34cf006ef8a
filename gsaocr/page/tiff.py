"""TIFF files: which frames are pages, and what Pillow makes of unusual samples."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLE_FORMAT = 254, 256, 257, 258, 259, 339
_STRIP_OFFSETS, _STRIP_ROWS, _STRIP_LENGTHS = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_LENGTHS = 322, 323, 324, 325
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_REDUCED = 1  # NewSubfileType, bit 0: a smaller copy of another page
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_KINDS = {_UNSIGNED: "unsigned", _SIGNED: "signed", _FLOAT: "floating-point"}
_SELDOM_READ = {
    6: "old-style JPEG", 34661: "JBIG", 34712: "JPEG 2000", 34887: "LERC", 50001: "WebP",
    50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
_NONE, _WEBP = 1, 50001
_PILLOWS = (1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000)

# 32-bit unsigned grey is known to Pillow in one byte order only.
for _white in (0, 1):
    _key = (b"MM", _white, (_UNSIGNED,), 1, (32,), ())
    TiffImagePlugin.OPEN_INFO.setdefault(_key, ("I", "I;32BS"))
# Pillow has no name for grey of 16-bit floating-point samples, and leaves such files closed. Their
# bits are as good in a mode of whole numbers; ``samples`` takes them for what they are.
for _order, _mode in ((b"II", "I;16"), (b"MM", "I;16B")):
    for _white in (0, 1):
        _key = (_order, _white, (_FLOAT,), 1, (16,), ())
        TiffImagePlugin.OPEN_INFO.setdefault(_key, (_mode, _mode))


def page_frames(image: Image.Image) -> list[int]:
    """The frames of a file that are pages; all that an image is left at may be another frame.

    A reduced copy of another page is none, wherever it stands. A frame whose directory is broken
    counts: it is told of when it is loaded.
    """
    reduced = []
    for frame in range(getattr(image, "n_frames", 1)):
        try:
            image.seek(frame)
            reduced.append(bool(int(_tags(image).get(_SUBFILE, 0)) & _REDUCED))
        except (OSError, SyntaxError, ValueError, KeyError, TypeError, EOFError):
            reduced.append(False)
    return [n for n, copy in enumerate(reduced) if not copy] or list(range(len(reduced)))


def samples(image: Image.Image) -> NDArray[Any] | None:
    """The samples of a loaded frame that Pillow takes for others; None where it is right.

    Pillow reads 32-bit unsigned samples as signed ones, 8-bit signed ones as unsigned, 16-bit
    floating-point ones, where it is made to open them, as whole numbers, and compressed 32-bit ones
    of the other byte order upside down.
    """
    tags = _tags(image)
    form = _first(tags.get(_SAMPLE_FORMAT, _UNSIGNED))
    if image.mode in ("I", "F") and _first(tags.get(_BITS, 0)) == 32:
        values = np.asarray(image)
        big_endian = getattr(tags, "prefix", b"") == b"MM"
        if big_endian and _first(tags.get(_COMPRESSION, 1)) != _NONE:
            values = values.byteswap()  # libtiff has done it, and Pillow has undone it
        elif form != _UNSIGNED:
            return None
        return values.view(np.uint32) if form == _UNSIGNED else values
    if image.mode in ("I;16", "I;16B") and form == _FLOAT:
        order = ">" if image.mode == "I;16B" else "<"
        return np.asarray(image).astype(f"{order}u2").view(f"{order}f2").astype(np.float32)
    if image.mode == "L" and form == _SIGNED:
        # From the darkest to the lightest, as for all signed samples: their least is black.
        return np.asarray(image) ^ np.uint8(0x80)
    return None


def unread(stream: BinaryIO) -> str | None:
    """What the first page of a TIFF holds that Pillow doesn't open; None if that can't be told."""
    try:
        stream.seek(0)
        tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        bits = int(_first(tags.get(_BITS, 1)))
        form = _first(tags.get(_SAMPLE_FORMAT, _UNSIGNED))
        kind = _KINDS.get(form, "undefined")
        return compressed(tags) or f"a TIFF of {bits}-bit {kind} samples"
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, EOFError):
        return None


def compressed(tags: Any) -> str | None:
    """What a directory says of the compression if it is one that isn't read everywhere."""
    number = _first(tags.get(_COMPRESSION, 1))
    if number in _PILLOWS:
        return None
    return f"a TIFF compressed with {_SELDOM_READ.get(number, f'method {number}')}"


def is_tiff(start: bytes) -> bool:
    """Whether a file that begins so is a TIFF."""
    return start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decoded_apart(image: Image.Image, stream: BinaryIO, orientation: int) -> Image.Image | None:
    """Decode the frame that an image stands at without libtiff, which may lack WebP; turn it.

    Each strip or tile is a WebP image. None for other compressions; raises what Pillow raises.
    """
    tags = _tags(image)
    if _first(tags.get(_COMPRESSION, 1)) != _WEBP:
        return None
    tiled = _TILE_OFFSETS in tags
    offsets, lengths = (
        (tags[_TILE_OFFSETS], tags[_TILE_LENGTHS])
        if tiled
        else (tags[_STRIP_OFFSETS], tags[_STRIP_LENGTHS])
    )
    wide = _first(tags[_TILE_WIDTH] if tiled else tags[_WIDTH])
    tall = _first(tags[_TILE_HEIGHT]) if tiled else _first(tags.get(_STRIP_ROWS, tags[_HEIGHT]))
    # As stored: Pillow tells the size after turning.
    size = _first(tags[_WIDTH]), _first(tags[_HEIGHT])
    across = -(-size[0] // wide)
    whole = Image.new("RGBA" if image.mode == "RGBA" else "RGB", size, "white")
    for number, (offset, length) in enumerate(zip(offsets, lengths, strict=True)):
        stream.seek(offset)
        with Image.open(BytesIO(stream.read(length)), formats=("WEBP",)) as part:
            if part.width > wide or part.height > tall:
                raise OSError("a strip is larger than it says")
            place = (number % across * wide, number // across * tall)
            whole.paste(part.convert(whole.mode), place)
    turn = _TURNS.get(orientation)
    turned = whole if turn is None else whole.transpose(turn)
    turned.info.update({name: value for name, value in image.info.items() if name != "exif"})
    turned.format = "TIFF"
    return turned


@contextmanager
def libtiff_silenced(image: Image.Image) -> Iterator[None]:
    """Keep libtiff's own messages off standard error while it tries an unusual compression.

    That takes the file descriptor from the whole process, so it is done for those only.
    """
    if compressed(_tags(image)) is None:
        yield
        return
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: nobody hears
        yield
        return
    try:
        with tempfile.TemporaryFile() as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {})


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple) else value)
