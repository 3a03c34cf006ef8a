"""Searchable PDF, read back by libraries that had no part in writing it."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdf
import pypdfium2
import pytest
from PIL import Image

from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.pdf_font import font_program
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Character, Document, Line, Page, Region, Word
from gsaocr.page.load import load_pages
from gsaocr.page.load_pdf import open_pdf
from tests.formats.documents import PROVENANCE, drawn_page

TEXT = ["The quick brown fox", "jumps over (a) lazy dog", 'and "far" away.']


def written(document: Document, original: Path, target: Path, **more: object) -> Path:
    settings = WriterSettings(original=original, **more)  # type: ignore[arg-type]
    target.write_bytes(b"".join(to_pdf(document, settings)))
    return target


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Page]:
    """A page image of 150 dpi, and what stands on it."""
    image, page = drawn_page(TEXT)
    path = tmp_path_factory.mktemp("drawn") / "drawn.png"
    image.save(path, dpi=(150, 150))
    return path, page


def rendered(path: Path, dpi: float, page: int = 0) -> np.ndarray:
    with pypdfium2.PdfDocument(path) as pdf:
        # A hair less: PDFium rounds the size up, also what is too large only by a rounding error.
        return pdf[page].render(scale=dpi / 72 * 0.999999, grayscale=True).to_numpy().squeeze()


def bbox_words(path: Path) -> list[tuple[str, Box]]:
    """The words that poppler finds, in points, y downwards."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    run = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not run.stderr
    pattern = r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>'
    return [
        (word.replace("&quot;", '"'), Box(float(x0), float(y0), float(x1), float(y1)))
        for x0, y0, x1, y1, word in re.findall(pattern, run.stdout)
    ]


def pdfium_words(path: Path) -> list[tuple[str, Box]]:
    """The words that PDFium finds, in points of what is shown, y downwards.

    It heeds the crop box of turned pages, which poppler does not here.
    """
    with open_pdf(path) as pdf:
        return [(word.text, word.box) for word in pdf.text_page(1, 72.0).words]


def test_text_is_read_by_other_libraries(drawn: tuple[Path, Page], tmp_path: Path) -> None:
    path, page = drawn
    pdf = written(Document((page,), "drawn.png", PROVENANCE), path, tmp_path / "a.pdf")
    extracted = pypdf.PdfReader(pdf).pages[0].extract_text()
    assert extracted.split() == " ".join(TEXT).split()
    assert extracted.splitlines() == TEXT
    with pypdfium2.PdfDocument(pdf) as opened:
        assert opened[0].get_textpage().get_text_range().split() == " ".join(TEXT).split()


def test_words_are_selected_where_the_ink_is(drawn: tuple[Path, Page], tmp_path: Path) -> None:
    path, page = drawn
    pdf = written(Document((page,), "drawn.png"), path, tmp_path / "a.pdf")
    found = bbox_words(pdf)
    assert [word for word, _ in found] == " ".join(TEXT).split()
    for (_, box), word in zip(found, page.words, strict=True):
        pixels = Box(*(value * 150 / 72 for value in (box.x0, box.y0, box.x1, box.y1)))
        assert abs(pixels.x0 - word.box.x0) < 1.0
        assert abs(pixels.x1 - word.box.x1) < 1.0
        assert word.box.overlap(pixels) > 0.97 * word.box.area
        assert pixels.height < 70  # lines stand 80 pixels apart


def test_page_looks_like_the_image(drawn: tuple[Path, Page], tmp_path: Path) -> None:
    path, page = drawn
    pdf = written(Document((page,), "drawn.png"), path, tmp_path / "a.pdf")
    shown = rendered(pdf, 150)
    assert shown.shape == (page.height, page.width)
    original = np.asarray(Image.open(path))
    # The edges of letters are drawn anew; text drawn over them would blacken their surroundings.
    assert np.abs(shown.astype(int) - original).mean() < 0.5


def test_provenance(drawn: tuple[Path, Page], tmp_path: Path) -> None:
    path, page = drawn
    pdf = written(Document((page,), "drawn.png", PROVENANCE), path, tmp_path / "a.pdf")
    metadata = pypdf.PdfReader(pdf).metadata
    assert metadata is not None
    assert metadata["/Producer"] == "gsaocr 1.2.3"
    assert "model 0f1e2d" in metadata["/GsaocrProvenance"]
    assert PROVENANCE["adapter"] in metadata["/GsaocrProvenance"]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "F"])
def test_images_are_kept_without_loss(mode: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (40, 61, 4), np.uint8)
    if mode == "I;16":
        image = Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(noise[..., 0].astype(np.float32))
    else:
        image = Image.fromarray(noise, "RGBA")
        if mode not in ("LA", "RGBA"):
            image = image.convert("RGB")
        image = image.convert(mode)
    path = tmp_path / ("a.png" if mode not in ("CMYK", "F") else "a.tif")
    image.save(path)
    page = next(load_pages(path))
    pdf = written(
        Document((Page(page.width, page.height, (), number=1, dpi=72.0),)), path, tmp_path / "a.pdf"
    )
    shown = rendered(pdf, 72).astype(int)
    assert shown.shape == (40, 61)
    tolerance = 60 if mode == "CMYK" else 3  # CMYK has no one way to grey
    assert np.abs(shown - page.grey).max() <= tolerance
    assert not pikepdf.open(pdf).check_pdf_syntax()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_embedded_as_it_is_and_shown_upright(orientation: int, tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 32), "white")
    image.paste("black", (0, 0, 32, 16))
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / "a.jpg"
    image.save(path, exif=exif, quality=95)
    page = next(load_pages(path))
    document = Document((Page(page.width, page.height, (), dpi=72.0),))
    pdf = written(document, path, tmp_path / "a.pdf")
    with pikepdf.open(pdf) as opened:
        (held,) = opened.pages[0].get_images().values()
        assert held.read_raw_bytes() == path.read_bytes()
    assert np.abs(rendered(pdf, 72).astype(int) - page.grey).max() <= 8


def test_multi_page_tiff(tmp_path: Path) -> None:
    images = [Image.new("1", (50 + 10 * n, 40), n % 2) for n in range(3)]
    path = tmp_path / "a.tif"
    images[0].save(path, save_all=True, append_images=images[1:], compression="group4")
    wanted = [(2, 60), (3, 70)]  # a selection of its pages
    pages = tuple(Page(width, 40, (), number=n, dpi=72.0) for n, width in wanted)
    pdf = written(Document(pages), path, tmp_path / "a.pdf")
    assert [rendered(pdf, 72, n).shape for n in range(2)] == [(40, 60), (40, 70)]
    assert [int(rendered(pdf, 72, n).mean()) for n in range(2)] == [255, 0]


def test_any_character_survives(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (400, 100), 255).save(path)
    letters = ["ſ", "ꝛ", "aͤ", "ẞ", "(", "\\", ")", "𝔄", "⸗", "ț"]
    characters = tuple(
        Character(text, Box(20 + 30 * n, 20, 48 + 30 * n, 60), 1.0)
        for n, text in enumerate(letters)
    )
    word = Word(characters, Box(20, 20, 320, 60), 1.0)
    line = Line((word,), word.box, word.box.polygon, ((20.0, 52.0), (320.0, 52.0)), 0, 0.0, 1.0)
    page = Page(400, 100, (Region((line,), line.box, line.polygon),), dpi=100.0)
    pdf = written(Document((page,)), path, tmp_path / "a.pdf")
    assert pypdf.PdfReader(pdf).pages[0].extract_text() == "".join(letters)
    with pypdfium2.PdfDocument(pdf) as opened:
        assert opened[0].get_textpage().get_text_range() == "".join(letters)


@pytest.mark.parametrize("degrees", [0, 2, 4, -9, 90, 270, 88, 94])
def test_turned_lines(degrees: float, tmp_path: Path) -> None:
    """A word turned about the page's middle is found in its box, running along its baseline."""
    path = tmp_path / "a.png"
    Image.new("L", (600, 600), 255).save(path)
    turn = math.radians(degrees)

    def turned(x: float, y: float) -> tuple[float, float]:
        return (
            300 + x * math.cos(turn) - y * math.sin(turn),
            300 + x * math.sin(turn) + y * math.cos(turn),
        )

    words = []
    for text, left, right in (("turned", -160, -20), ("words", 0, 110)):
        corners = [turned(x, y) for x in (left, right) for y in (-30, 10)]
        box = Box.around(corners)
        words.append(Word(tuple(Character(c, box, 1.0) for c in text), box, 1.0))
    box = Box.union(word.box for word in words)
    baseline = (turned(-160, 0), turned(110, 0))
    line = Line(tuple(words), box, box.polygon, baseline, 0, 0.0, 1.0)
    page = Page(600, 600, (Region((line,), box, box.polygon),), dpi=72.0)
    pdf = written(Document((page,)), path, tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(pdf) as opened:
        text = opened[0].get_textpage()
        whole = text.get_text_range()
        assert whole.split() == ["turned", "words"]
        second = whole.index("words")
        for first, last, start, end in ((0, 6, -160, -20), (second, second + 5, 0, 110)):
            boxes = [text.get_charbox(index, loose=True) for index in range(first, last)]
            found = Box(
                min(b[0] for b in boxes), 600 - max(b[3] for b in boxes),
                max(b[2] for b in boxes), 600 - min(b[1] for b in boxes),
            )  # fmt: skip
            middle = turned((start + end) / 2, -10)
            assert abs((found.x0 + found.x1) / 2 - middle[0]) < 6
            assert abs((found.y0 + found.y1) / 2 - middle[1]) < 6


class TestGraft:
    """PDF in, PDF out."""

    @pytest.fixture
    def scan(self, drawn: tuple[Path, Page], tmp_path: Path) -> Path:
        """A scan without text, as other programs make them."""
        path = tmp_path / "scan.pdf"
        Image.open(drawn[0]).save(path, "PDF", resolution=150)
        return path

    @pytest.mark.parametrize("turn", [0, 90, 180, 270])
    @pytest.mark.parametrize("crop", [False, True])
    def test_layer_lies_on_the_ink(
        self, scan: Path, drawn: tuple[Path, Page], turn: int, crop: bool, tmp_path: Path
    ) -> None:
        """The page is turned back by /Rotate, and so shown as its image lies."""
        prepared = tmp_path / "turned.pdf"
        with pikepdf.open(scan) as pdf:
            page = pdf.pages[0]
            width, height = (float(v) for v in page.mediabox[2:])
            if turn:
                # Lay the content on its side; /Rotate sets it upright again.
                matrix = {
                    90: (0, 1, -1, 0, height, 0),
                    180: (-1, 0, 0, -1, width, height),
                    270: (0, -1, 1, 0, 0, width),
                }[turn]
                page.contents_add(f"q {' '.join(map(str, matrix))} cm\n".encode(), prepend=True)
                page.contents_add(b"\nQ")
                if turn != 180:
                    width, height = height, width
                page.mediabox = [0, 0, width, height]
                page.obj["/Rotate"] = turn
            if crop:
                page.cropbox = [5, 10, width - 7, height + 50]
            pdf.save(prepared)
        shown = next(load_pages(prepared))
        # Find the ink of the first line's words again in what is shown.
        reference = drawn[1]
        assert shown.dpi == pytest.approx(150, abs=0.01)  # no finer than the scan
        dx, dy = _shift(shown.grey, np.asarray(Image.open(drawn[0])))
        words = list(reference.words)
        target = written(
            Document((_moved(reference, 1.0, dx, dy, shown.width, shown.height),)),
            prepared, tmp_path / "out.pdf",
        )  # fmt: skip
        found = pdfium_words(target) if crop else bbox_words(target)
        assert [word for word, _ in found] == [word.text for word in words]
        again = next(load_pages(target))
        assert np.array_equal(again.grey, shown.grey)
        for (word, box), drawn_word in zip(found, words, strict=True):
            expected = drawn_word.box
            assert abs(box.x0 * 150 / 72 - (expected.x0 + dx)) < 1.5, word
            assert abs(box.x1 * 150 / 72 - (expected.x1 + dx)) < 1.5, word
            assert abs((box.y0 + box.y1) * 75 / 72 - (expected.y0 + expected.y1) / 2 - dy) < 6
            x0, y0, x1, y1 = (round(v * 150 / 72) for v in (box.x0, box.y0, box.x1, box.y1))
            ink = shown.grey[y0:y1, x0:x1] < 128
            assert ink.mean() > 0.08, word  # letters, not paper

    def test_keeps_images_and_visible_text(self, scan: Path, drawn: tuple[Path, Page]) -> None:
        with pikepdf.open(scan) as pdf:
            before = next(iter(pdf.pages[0].get_images().values())).read_raw_bytes()
        target = written(Document((_at_300(drawn[1]),)), scan, scan.with_name("out.pdf"))
        with pikepdf.open(target) as pdf:
            assert next(iter(pdf.pages[0].get_images().values())).read_raw_bytes() == before
            assert not pdf.check_pdf_syntax()
        assert pypdf.PdfReader(target).pages[0].extract_text().split() == " ".join(TEXT).split()

    def test_redo_replaces_the_older_layer(self, scan: Path, drawn: tuple[Path, Page]) -> None:
        page = _at_300(drawn[1])
        first = written(Document((page,)), scan, scan.with_name("first.pdf"))
        other = _renamed(page, "WRONG")
        second = written(Document((other,)), first, scan.with_name("second.pdf"))
        words = pypdf.PdfReader(second).pages[0].extract_text().split()
        assert words == ["WRONG"] * len(" ".join(TEXT).split())

    @pytest.mark.parametrize("how", ["skip", "keep"])
    def test_pages_with_text_stay(self, scan: Path, drawn: tuple[Path, Page], how: str) -> None:
        page = _at_300(drawn[1])
        first = written(Document((page,)), scan, scan.with_name("first.pdf"))
        second = written(
            Document((_renamed(page, "WRONG"),)), first, scan.with_name("b.pdf"), existing_text=how
        )
        assert "WRONG" not in pypdf.PdfReader(second).pages[0].extract_text()

    def test_visible_text_is_not_doubled(self, tmp_path: Path) -> None:
        path = tmp_path / "born.pdf"
        born_digital(path, "Visible words stand here")
        page = next(load_pages(path))
        box = Box(290, page.height - 460, 900, page.height - 400)
        read = Word(tuple(Character(c, box, 1.0) for c in "doubled"), box, 1.0)
        far = Box(290, 200, 400, 240)
        other = Word(tuple(Character(c, far, 1.0) for c in "scanned"), far, 1.0)
        lines = tuple(
            Line((w,), w.box, w.box.polygon, ((w.box.x0, w.box.y1), (w.box.x1, w.box.y1)), 0, 0, 1)
            for w in (read, other)
        )
        region = Region(lines, box, box.polygon)
        document = Document((Page(page.width, page.height, (region,), dpi=300.0),))
        target = written(document, path, tmp_path / "out.pdf")
        text = pypdf.PdfReader(target).pages[0].extract_text().split()
        assert sorted(text) == sorted(["Visible", "words", "stand", "here", "scanned"])

    def test_password_is_kept(self, scan: Path, drawn: tuple[Path, Page]) -> None:
        locked = scan.with_name("locked.pdf")
        with pikepdf.open(scan) as pdf:
            pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="secret"))
        document = Document((_at_300(drawn[1]),))
        target = written(document, locked, scan.with_name("out.pdf"), password="secret")
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(target)
        with pikepdf.open(target, password="secret") as pdf:
            assert len(pdf.pages) == 1


def born_digital(path: Path, text: str) -> None:
    """A page of A4 with a line of visible text 100 points above its lower edge."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    page = pdf.pages[0]
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.obj["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(H=font))
    page.contents_add(f"BT /H 14 Tf 70 100 Td ({text}) Tj ET".encode())
    pdf.save(path)


def _renamed(page: Page, text: str) -> Page:
    def renamed(word: Word) -> Word:
        return Word(tuple(Character(c, word.box, 1.0) for c in text), word.box, 1.0)

    return _with_words(page, renamed)


def _with_words(page: Page, change) -> Page:  # type: ignore[no-untyped-def]
    regions = tuple(
        replace(
            region,
            lines=tuple(
                replace(line, words=tuple(change(word) for word in line.words))
                for line in region.lines
            ),
        )
        for region in page.regions
    )
    return replace(page, regions=regions)


def _at_300(page: Page) -> Page:
    return _moved(page, 2.0, 0, 0, 2 * page.width, 2 * page.height)


def _moved(page: Page, scale: float, dx: float, dy: float, width: int, height: int) -> Page:
    def moved(box: Box) -> Box:
        return Box(
            box.x0 * scale + dx, box.y0 * scale + dy, box.x1 * scale + dx, box.y1 * scale + dy
        )

    def word(each: Word) -> Word:
        return Word(
            tuple(replace(c, box=moved(c.box)) for c in each.characters), moved(each.box), 1.0
        )

    placed = _with_words(page, word)
    regions = tuple(
        replace(
            region,
            lines=tuple(
                replace(
                    line,
                    baseline=tuple((x * scale + dx, y * scale + dy) for x, y in line.baseline),
                )
                for line in region.lines
            ),
        )
        for region in placed.regions
    )
    return replace(placed, regions=regions, width=width, height=height, dpi=300.0)


def _shift(shown: np.ndarray, drawn: np.ndarray) -> tuple[float, float]:
    """By how many pixels the ink lies elsewhere than in the drawn image."""

    def corner(image: np.ndarray) -> tuple[int, int]:
        rows, columns = np.nonzero(image < 128)
        return int(columns.min()), int(rows.min())

    (x0, y0), (x1, y1) = corner(drawn), corner(shown)
    return x1 - x0, y1 - y0


def test_font_program_is_the_same_every_time() -> None:
    program = font_program()
    font_program.cache_clear()
    assert font_program() == program
    assert len(program) < 2000
    io.BytesIO(program)
