"""Whether gsaocr wrote a file, told by the file itself: by the provenance that it carries.

Each format's beginning is compared with what its writer writes, to the letter. A program that
writes such a file anew, a correction in an editor of layouts say, begins it otherwise, and it is
then that program's. Text files carry nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = 64 << 10  # bytes; a file says who wrote it before its first page

_XML = rb'\A<\?xml version="1\.0" encoding="UTF-8"\?>\n'
_ALTO = re.compile(
    _XML + rb'<alto xmlns="[^"]*/alto/ns-v4#" .*?<Processing ID="gsaocr">.*?'
    rb"<softwareName>gsaocr</softwareName>",
    re.DOTALL,
)
_PAGE = re.compile(
    _XML + rb'<PcGts xmlns="[^"]*"[^>]*>\n<Metadata><Creator>gsaocr[^<]*</Creator>'
    rb"<Created>([^<]*)</Created><LastChange>\1</LastChange>"
)
_HOCR = re.compile(
    _XML + rb'<!DOCTYPE html .*?\n<meta name="ocr-system" content="gsaocr', re.DOTALL
)
_TSV = re.compile(rb"\Alevel\tpage_num\t[^\n]*\tline_conf\tprovenance[^\n]*\n(\Z|1\t)")
_JSON = re.compile(rb'\A\{"format": "gsaocr-document", ')


def is_own_json(path: Path, password: str | None = None) -> bool:
    """Whether gsaocr wrote a JSON file."""
    return _begins(path, _JSON)


def is_own_tsv(path: Path, password: str | None = None) -> bool:
    """Whether gsaocr wrote a table."""
    return _begins(path, _TSV)


def is_own_hocr(path: Path, password: str | None = None) -> bool:
    """Whether gsaocr wrote an hOCR file."""
    return _begins(path, _HOCR)


def is_own_alto(path: Path, password: str | None = None) -> bool:
    """Whether gsaocr wrote an ALTO file."""
    return _begins(path, _ALTO)


def is_own_page_xml(path: Path, password: str | None = None) -> bool:
    """Whether gsaocr wrote a PAGE file, and no other program has changed it since."""
    return _begins(path, _PAGE)


def is_own_pdf(path: Path, password: str | None = None) -> bool:
    """Whether gsaocr wrote a PDF; one that the password doesn't open is taken for another's."""
    if not head_of(path).startswith(b"%PDF-"):
        return False
    import pikepdf

    try:
        with pikepdf.open(path, password=password or "") as pdf:
            return "/GsaocrProvenance" in pdf.docinfo
    except Exception:  # whatever is wrong with it, it isn't known for one's own
        return False


def head_of(path: Path) -> bytes:
    """The beginning of a file; nothing where it can't be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except (OSError, ValueError):
        return b""


def _begins(path: Path, with_: re.Pattern[bytes]) -> bool:
    return with_.match(head_of(path)) is not None
