"""The font of a text layer: no ink, one width, a code for each character that occurs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO

from gsaocr.formats.pdf_file import PdfFile

FONT_NAME = "GsaocrInvisible"
ASCENT, DESCENT = 0.75, 0.25  # of the font's size, above and below the baseline
ADVANCE = 0.5  # of the font's size, for every glyph
_MOST_CODES = 0xFFFF


class LayerFont:
    """One font for all text of a file: a code for each character that occurs, all of one width.

    A code stands for a whole character, combining marks included. Code 1 is the space.
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {" ": 1}

    def encoded(self, characters: list[str]) -> str:
        """Characters as a hexadecimal string object."""
        return "<" + "".join(f"{self._code(character):04X}" for character in characters) + ">"

    def _code(self, character: str) -> int:
        if len(self._codes) >= _MOST_CODES:
            return self._codes.get(character, 1)
        return self._codes.setdefault(character, len(self._codes) + 1)

    @property
    def glyphs(self) -> bytes:
        """The map from codes to glyphs: one glyph for every code, two bytes each."""
        return b"\0\0" + b"\0\1" * len(self._codes)

    def to_unicode(self) -> bytes:
        """The map from codes to text (ISO 32000-1, 9.10.3), at most 100 entries to a block."""
        entries = [
            f"<{code:04X}> <{character.encode('utf-16-be', 'replace').hex().upper()}>\n"
            for character, code in self._codes.items()
        ]
        blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            + "".join(f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n" for block in blocks)
            + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


def font_objects(pdf: PdfFile, place: int, font: LayerFont) -> Iterator[bytes]:
    """Yield the objects of a font, the font itself with the number ``place``."""
    file, descriptor, glyphs, descendant, to_unicode = (pdf.reserve() for _ in range(5))
    program = font_program()
    yield pdf.deflated(file, f"/Length1 {len(program)}", program)
    yield pdf.object(
        descriptor,
        f"<< /Type /FontDescriptor /FontName /{FONT_NAME} /Flags 4 /FontBBox [0 -250 500 750] "
        f"/ItalicAngle 0 /Ascent {1000 * ASCENT:.0f} /Descent {-1000 * DESCENT:.0f} "
        f"/CapHeight 700 /StemV 80 /FontFile2 {file} 0 R >>",
    )
    yield pdf.deflated(glyphs, "", font.glyphs)
    yield pdf.object(
        descendant,
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{FONT_NAME} "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        f"/FontDescriptor {descriptor} 0 R /DW {1000 * ADVANCE:.0f} /CIDToGIDMap {glyphs} 0 R >>",
    )
    yield pdf.deflated(to_unicode, "", font.to_unicode())
    yield pdf.object(
        place,
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{FONT_NAME} /Encoding /Identity-H "
        f"/DescendantFonts [{descendant} 0 R] /ToUnicode {to_unicode} 0 R >>",
    )


@cache
def font_program() -> bytes:
    """A TrueType font of two glyphs without ink, half an em wide."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "empty"])
    builder.setupCharacterMap({0x20: "empty"})
    # A contour without area draws nothing, but gives a glyph its extent: PDFium takes text whose
    # glyphs have none for no text at all.
    pen = TTGlyphPen(None)
    pen.moveTo((0, -round(1000 * DESCENT)))
    pen.lineTo((round(1000 * ADVANCE), round(1000 * ASCENT)))
    pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "empty": pen.glyph()})
    width = round(1000 * ADVANCE)
    builder.setupHorizontalMetrics({".notdef": (width, 0), "empty": (width, 0)})
    builder.setupHorizontalHeader(ascent=round(1000 * ASCENT), descent=-round(1000 * DESCENT))
    builder.setupNameTable({"familyName": FONT_NAME, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0  # the same bytes every time
    builder.font.recalcTimestamp = False
    stream = BytesIO()
    builder.save(stream)
    return stream.getvalue()
