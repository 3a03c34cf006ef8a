"""Plain text and JSON: what the words say, and everything else."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given, settings

from gsaocr.formats.hyphens import joined
from gsaocr.formats.json_ import page_content, page_from, schema, to_json
from gsaocr.formats.registry import FORMATS, formats_named
from gsaocr.formats.settings import WriterSettings
from gsaocr.formats.text import to_text, without_broken_words
from gsaocr.page.document import Document
from tests.formats.documents import documents, small_document

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


def test_text() -> None:
    page = '"R&D"\n\n<b> exam-\nple ſchön̈\n\nup'
    assert b"".join(to_text(small_document(2))).decode() == f"{page}\f{page}\n"
    assert b"".join(to_text(Document(()))) == b""


def test_text_with_words_joined() -> None:
    whole = b"".join(to_text(small_document(1), WriterSettings(hyphens="join"))).decode()
    assert whole == '"R&D"\n\n<b> example\nſchön̈\n\nup\n'
    one_line = WriterSettings(hyphens="join", breaks="join")
    whole = b"".join(to_text(small_document(1), one_line)).decode()
    assert whole == '"R&D"\n\n<b> example ſchön̈\n\nup\n'


@pytest.mark.parametrize(
    ("head", "tail", "word"),
    [
        ("exam-", "ple,", "example,"),
        ("Wal⸗", "des", "Waldes"),
        ("Stratford-", "Upon", None),
        ("1914-", "1918", None),
        ("-", "a", None),
        ("(-", "a", None),
        ("end.", "next", None),
        ("exam-", "", None),
    ],
)
def test_joined(head: str, tail: str, word: str | None) -> None:
    assert joined(head, tail) == word


def test_a_word_broken_twice() -> None:
    assert without_broken_words(["a trans-", "scrip-", "tion b"]) == ["a transscription", "b"]


@settings(max_examples=25, deadline=None)
@given(document=documents())
def test_json_obeys_its_schema(document: Document) -> None:
    content = json.loads(b"".join(to_json(document)))
    VALIDATOR.validate(content)
    assert [page["text"] for page in content["pages"]] == [page.text for page in document.pages]


def test_the_schema_can_fail() -> None:
    content = json.loads(b"".join(to_json(small_document())))
    content["pages"][0]["regions"][0]["lines"][0]["confidence"] = 80
    assert not VALIDATOR.is_valid(content)


@settings(max_examples=25, deadline=None)
@given(document=documents())
def test_pages_come_back_from_json(document: Document) -> None:
    for page in document.pages:
        content = page_content(page)
        again = page_from(json.loads(json.dumps(content)))
        assert page_content(again) == content
        assert again.notes == page.notes
        assert again.text == page.text


def test_formats_by_name() -> None:
    assert [each.name for each in formats_named("txt, PDF,txt")] == ["txt", "pdf"]
    assert len({each.suffix for each in FORMATS.values()}) == len(FORMATS)
