"""Searchable PDF: the page images with an invisible text layer over them.

An image becomes a new PDF that holds it losslessly (a JPEG as it is), a PDF keeps its pages and
gets the layer grafted onto them.
"""

from __future__ import annotations

from collections.abc import Iterator

from gsaocr.errors import InputError, UsageError
from gsaocr.formats.markup import number, timestamp
from gsaocr.formats.pdf_file import PdfFile, dictionary, text_string
from gsaocr.formats.pdf_font import LayerFont, font_objects
from gsaocr.formats.pdf_images import ImageObject, image_objects
from gsaocr.formats.pdf_information import (
    information,
    said_of_it,
    srgb_profile,
    xmp_packet,
)
from gsaocr.formats.pdf_layer import text_layer
from gsaocr.formats.settings import DEFAULT, WriterSettings
from gsaocr.page.document import Document, Page, Word

USUAL_DPI = 300.0
"""Taken where an image doesn't say its resolution."""

_LONGEST_SIDE = 14_400.0  # points; ISO 32000-1, annex C
_SHORTEST_SIDE = 3.0  # points; ISO 19005-2, 6.1.13


def to_pdf(document: Document, settings: WriterSettings = DEFAULT) -> Iterator[bytes]:
    """Yield a searchable PDF; the original comes from ``settings``.

    Raises UsageError without an original, and InputError if it has changed so that its pages are
    no longer those of the document.
    """
    from gsaocr.page.load import is_pdf

    original = settings.original
    if original is None:
        raise UsageError("--format pdf", "needs the input as a file", "give a file's name")
    try:
        with original.open("rb") as stream:
            pdf = is_pdf(stream.read(1024))
    except OSError as error:
        cause = f"can't be read any more ({error.strerror or error})"
        raise InputError(document.source or str(original), cause, "check the path") from None
    if pdf:
        from gsaocr.formats.pdf_graft import grafted

        yield from grafted(document, settings)
    else:
        yield from _new_pdf(document, settings)


def page_points(page: Page) -> tuple[float, float]:
    """Width and height of a page in points."""
    dpi = page.dpi or USUAL_DPI
    dpi = max(dpi, max(page.width, page.height) * 72 / _LONGEST_SIDE)
    dpi = min(dpi, min(page.width, page.height) * 72 / _SHORTEST_SIDE)
    return page.width * 72 / dpi, page.height * 72 / dpi


def layer_alone(page: Page) -> Iterator[bytes]:
    """Yield a PDF of one page, as large as the page, that holds its text layer and nothing else.

    The font is called F1: that is where OCRmyPDF looks for it.
    """
    pdf, font = PdfFile(), LayerFont()
    yield pdf.head()
    root, tree, font_number, info, content, target = (pdf.reserve() for _ in range(6))
    width, height = page_points(page)
    scale = width / page.width
    layer = text_layer(page, font, "F1", (scale, 0, 0, -scale, 0, height), _all_words)
    yield pdf.deflated(content, "", layer)
    yield from font_objects(pdf, font_number, font)
    yield pdf.object(
        target,
        f"<< /Type /Page /Parent {tree} 0 R /Contents {content} 0 R "
        f"/MediaBox [0 0 {number(width, 3)} {number(height, 3)}] "
        f"/Resources << /Font << /F1 {font_number} 0 R >> >> >>",
    )
    yield pdf.object(tree, f"<< /Type /Pages /Count 1 /Kids [{target} 0 R] >>")
    yield pdf.object(root, f"<< /Type /Catalog /Pages {tree} 0 R >>")
    yield pdf.object(info, "<< >>")
    yield pdf.tail(root, info)


def _new_pdf(document: Document, settings: WriterSettings) -> Iterator[bytes]:
    assert settings.original is not None
    pdf, font = PdfFile(), LayerFont()
    yield pdf.head()
    root, tree, font_number, info = (pdf.reserve() for _ in range(4))
    kids = []
    pdf_a = True
    images = image_objects(settings.original, settings.max_megapixels)
    for page in document.pages:
        image = next((found for place, found in images if place == page.number), None)
        if image is None:
            raise InputError(document.source, "has fewer pages than were read", "read it again")
        # Inks without a profile have no colours that everybody agrees on.
        pdf_a = pdf_a and (image.colour_space != "/DeviceCMYK" or image.profile is not None)
        image_number = pdf.reserve()
        yield from _image(pdf, image_number, image)
        width, height = page_points(page)
        scale = width / page.width
        layer = text_layer(page, font, "F", (scale, 0, 0, -scale, 0, height), _all_words)
        a, b, c, d, e, f = image.matrix
        matrix = (a * width, b * height, c * width, d * height, e * width, f * height)
        shown = "q " + " ".join(number(v, 4) for v in matrix) + " cm /Im Do Q\n"
        content, page_number = pdf.reserve(), pdf.reserve()
        yield pdf.deflated(content, "", shown.encode() + layer)
        resources = f"<< /XObject << /Im {image_number} 0 R >> /Font << /F {font_number} 0 R >> >>"
        yield pdf.object(
            page_number,
            f"<< /Type /Page /Parent {tree} 0 R "
            f"/MediaBox [0 0 {number(width, 3)} {number(height, 3)}] "
            f"/Resources {resources} /Contents {content} 0 R >>",
        )
        kids.append(page_number)
    yield from font_objects(pdf, font_number, font)
    references = " ".join(f"{kid} 0 R" for kid in kids)
    yield pdf.object(tree, f"<< /Type /Pages /Count {len(kids)} /Kids [{references}] >>")
    entries = information(document.provenance)
    entries |= said_of_it(settings.title, settings.author, document.source)
    created = timestamp()
    metadata, profile = pdf.reserve(), pdf.reserve()
    packet = xmp_packet(entries, created, settings.language, pdf_a)
    yield pdf.stream(metadata, "/Type /Metadata /Subtype /XML", packet)
    yield pdf.deflated(profile, "/N 3 /Alternate /DeviceRGB", srgb_profile())
    yield pdf.object(root, _catalog(tree, metadata, profile, settings.language))
    strings = {name: text_string(value) for name, value in entries.items()}
    strings["CreationDate"] = "(D:" + created.translate({ord(c): None for c in "-:TZ"}) + "Z)"
    yield pdf.object(info, dictionary(strings))
    yield pdf.tail(root, info)


def _catalog(tree: int, metadata: int, profile: int, language: str | None) -> str:
    entries = {
        "Type": "/Catalog",
        "Pages": f"{tree} 0 R",
        "Metadata": f"{metadata} 0 R",
        "OutputIntents": "[<< /Type /OutputIntent /S /GTS_PDFA1 "
        "/OutputConditionIdentifier (sRGB) /RegistryName (http://www.color.org) "
        f"/Info (sRGB IEC61966-2.1) /DestOutputProfile {profile} 0 R >>]",
        "ViewerPreferences": "<< /DisplayDocTitle true >>",
    }
    if language:
        entries["Lang"] = f"({language})"
    return dictionary(entries)


def _image(pdf: PdfFile, place: int, image: ImageObject) -> Iterator[bytes]:
    entries = image.entries
    if image.mask is not None:
        mask = pdf.reserve()
        yield pdf.stream(mask, image.mask.entries + " /ColorSpace /DeviceGray", image.mask.data)
        entries += f" /SMask {mask} 0 R"
    space = image.colour_space
    if image.profile is not None:
        profile = pdf.reserve()
        count = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4}[space]
        yield pdf.deflated(profile, f"/N {count} /Alternate {space}", image.profile)
        space = f"[/ICCBased {profile} 0 R]"
    yield pdf.stream(place, f"{entries} /ColorSpace {space}", image.data)


def _all_words(word: Word) -> bool:
    return True
