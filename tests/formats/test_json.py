"""JSON says what the document says, value by value."""

from __future__ import annotations

import json
from typing import Any

from gsaocr.formats.json_ import to_json
from gsaocr.page.document import Document
from tests.formats.plain_documents import document, page, region


def written(doc: Document) -> dict[str, Any]:
    content = b"".join(to_json(doc))
    assert content.endswith(b"\n")
    assert content.count(b"\n") == 1, "one document is one line"
    return dict(json.loads(content))


def test_values() -> None:
    doc = document(page(region('ſo "iſt" <es>', "x"), region("Ende")))
    content = written(doc)
    assert content["format"] == "gsaocr-document"
    assert content["version"] == 1
    assert content["provenance"] == {"version": "0", "model": "abc"}
    (only,) = content["pages"]
    assert (only["width"], only["height"], only["dpi"]) == (200, 100, 300.0)
    assert (only["orientation"], only["orientation_margin"], only["skew"]) == (0, 7.25, 0.5)
    assert only["text"] == 'ſo "iſt" <es>\nx\n\nEnde'
    assert [r["kind"] for r in only["regions"]] == ["text", "text"]
    line = only["regions"][0]["lines"][0]
    assert line["text"] == 'ſo "iſt" <es>'
    assert line["box"] == [10, 5, 140, 25]
    assert line["baseline"] == [[10, 20], [140, 20]]
    assert (line["confidence"], line["confirmed"], line["x_height"]) == (0.9, True, 12.0)
    assert [w["text"] for w in line["words"]] == ["ſo", '"iſt"', "<es>"]
    assert line["words"][1]["box"] == [40, 5, 90, 25]
    assert line["words"][1]["characters"][1] == {
        "text": "i",
        "confidence": 0.9,
        "box": [50, 5, 60, 25],
    }


def test_every_field_of_the_model_is_written() -> None:
    """A field that is added to the document model must not be forgotten here."""
    (only,) = written(document(page(region("a"))))["pages"]
    line = only["regions"][0]["lines"][0]
    word = line["words"][0]
    doc = document(page(region("a")))
    model_line = next(doc.pages[0].lines)
    for obj, content in (
        (doc.pages[0], only),
        (doc.pages[0].regions[0], only["regions"][0]),
        (model_line, line),
        (model_line.words[0], word),
        (model_line.words[0].characters[0], word["characters"][0]),
    ):
        assert set(obj.__dataclass_fields__) <= set(content)


def test_file_names_that_are_no_unicode() -> None:
    assert written(Document((), "a\udcff.png"))["source"] == "a?.png"
