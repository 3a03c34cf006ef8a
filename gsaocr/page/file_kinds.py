"""What a file holds that is no image gsaocr reads, by its first bytes, and what to do about it."""

from __future__ import annotations

import re

READ = "PNG, JPEG, TIFF, WebP, AVIF, BMP, GIF, JPEG 2000, PNM or PDF"

_SIGNS: tuple[tuple[bytes, str, str], ...] = (
    # a regular expression at the file's beginning, what it is, the repair
    (rb"PK\x03\x04.{26}word/|PK\x03\x04.*word/", "a Word document", "save it as PDF"),
    (rb"PK\x03\x04.*(xl|ppt)/", "an Office document", "save it as PDF"),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", "an OpenDocument file", "save it as PDF"),
    (rb"PK\x03\x04.{26}mimetypeapplication/epub", "an EPUB book", "it holds its text already"),
    (rb"PK\x03\x04|7z\xbc\xaf\x27\x1c|Rar!|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd",
     "an archive or a compressed file", "unpack it and give what it holds"),
    (rb"\xd0\xcf\x11\xe0", "an old Office document", "save it as PDF"),
    (rb"\{\\rtf", "a text document (RTF)", "save it as PDF"),
    (rb"%!PS", "PostScript", "convert it to PDF"),
    (rb"AT&TFORM", "a DjVu document", "convert it to PDF or TIFF (ddjvu)"),
    (rb"....ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", "a HEIC photo",
     "install pillow-heif, or save it as JPEG"),
    (rb"....ftypavi[fs]", "an AVIF image, which this Pillow can't decode",
     "install Pillow 11.3 or later, or save it as PNG"),
    (rb"....ftyp|\x1a\x45\xdf\xa3|RIFF....AVI ", "a video", "save the pictures in it as PNG"),
    (rb"\xff\x0a|\x00\x00\x00\x0cJXL ", "a JPEG XL image", "save it as PNG"),
    (rb"\x97JB2\r\n\x1a\n", "a JBIG2 image", "save it as TIFF or PDF"),
    (rb"8BPS", "a Photoshop file", "save it as PNG or TIFF"),
    (rb"gimp xcf", "a GIMP file", "export it as PNG"),
    (rb"\x00\x00[\x01\x02]\x00", "an icon", "save it as PNG"),
    (rb"\x0a[\x00-\x05]\x01[\x01\x02\x04\x08]", "a PCX image", "save it as PNG"),
    (rb"version https://git-lfs", "a Git LFS pointer, not the file itself", "git lfs pull"),
    (rb"(?i)\s*(<!doctype html|<html)", "a web page (HTML)",
     "it may be an error page: download the image anew"),
    (rb"\s*<\?xml[^>]*>\s*(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg|\s*<svg", "an SVG drawing",
     "export it as PNG or PDF"),
    (rb"\s*<\?xml", "an XML file", "give the image that it belongs to"),
)  # fmt: skip
_COMPILED = [(re.compile(sign, re.DOTALL), kind, repair) for sign, kind, repair in _SIGNS]


def kind_of(start: bytes) -> tuple[str, str]:
    """Return what a file is that begins so (1024 bytes are enough), and the repair.

    The kind completes "is ..."; only files that no decoder knew are asked about.
    """
    start = start[:1024].removeprefix(b"\xef\xbb\xbf")
    for sign, kind, repair in _COMPILED:
        if sign.match(start):
            return f"no image that can be read, but {kind}", repair
    if start and _is_text(start):
        return "no image that can be read, but a text file", f"give {READ}"
    if start and not start.strip(b"\0"):
        return "no image that can be read: it begins with zeros", "copy it again"
    return "no image that can be read", f"give {READ}"


def is_heif(start: bytes) -> bool:
    """Whether a file that begins so is one that pillow-heif reads."""
    return bool(re.match(rb"....ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", start, re.DOTALL))


def _is_text(start: bytes) -> bool:
    try:
        text = start[:-4].decode() if len(start) == 1024 else start.decode()
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign.isspace() for sign in text)
