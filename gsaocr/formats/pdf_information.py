"""What a PDF says of itself: its information dictionary, XMP metadata and output intent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import PurePath
from xml.sax.saxutils import escape

from gsaocr.errors import UsageError
from gsaocr.formats.markup import settings_line, xml_text

_LONGEST = 1000  # characters of a title or an author; strings of PDF/A end at 32,767 bytes
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def information(provenance: Mapping[str, str]) -> dict[str, str]:
    """The entries of a file's information dictionary, as plain text."""
    version = provenance.get("version", "")
    return {
        "Producer": f"gsaocr {version}".strip(),
        "GsaocrProvenance": settings_line(dict(provenance)),
    }


def said_of_it(title: str | None, author: str | None, source: str) -> dict[str, str]:
    """Title and author of a new PDF; without a title its input's name is one."""
    name = "" if source in ("", "-") else PurePath(source).stem
    entries = {
        "Title": one_line(name if title is None else title),
        "Author": one_line(author or ""),
    }
    return {entry: text for entry, text in entries.items() if text}


def one_line(text: str) -> str:
    """Text as a title: one line, what XML can't carry replaced."""
    return " ".join(xml_text(text).split())


def check_said(title: str | None, author: str | None, language: str | None) -> None:
    """UsageError for a title or author that is too long, or a language that is no code."""
    for option, text in (("--title", title), ("--author", author)):
        if text is not None and len(text) > _LONGEST:
            raise UsageError(option, f"is longer than {_LONGEST} characters", "shorten it")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise UsageError(
            f"--language {language}", "is no language code", "give one like de or en-GB"
        )


def xmp_packet(
    entries: Mapping[str, str], created: str, language: str | None, pdf_a: bool
) -> bytes:
    """XMP metadata that says the same as an information dictionary (ISO 16684-1).

    ``created`` is an xsd:dateTime; ``pdf_a`` makes the claim of PDF/A-2b (ISO 19005-2, 6.6.4).
    """
    said = {name: escape(xml_text(text)) for name, text in entries.items()}
    parts = ["<dc:format>application/pdf</dc:format>"]
    if "Title" in said:
        title = f'<rdf:li xml:lang="x-default">{said["Title"]}</rdf:li>'
        parts.append(f"<dc:title><rdf:Alt>{title}</rdf:Alt></dc:title>")
    if "Author" in said:
        author = f"<rdf:li>{said['Author']}</rdf:li>"
        parts.append(f"<dc:creator><rdf:Seq>{author}</rdf:Seq></dc:creator>")
    if language:
        parts.append(f"<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>")
    parts.append(f"<pdf:Producer>{said['Producer']}</pdf:Producer>")
    parts.append(f"<xmp:CreateDate>{created}</xmp:CreateDate>")
    if pdf_a:
        parts.append("<pdfaid:part>2</pdfaid:part>")
        parts.append("<pdfaid:conformance>B</pdfaid:conformance>")
    body = "\n".join(parts)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\n'
        f"{body}\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="r"?>\n'
    ).encode()


@cache
def srgb_profile() -> bytes:
    """An ICC profile of sRGB: LittleCMS's own ("No copyright, use freely")."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Bytes 24 to 35 say when it was made: the same bytes every time.
    fixed = b"".join(value.to_bytes(2, "big") for value in (2000, 1, 1, 0, 0, 0))
    return profile[:24] + fixed + profile[36:]
