"""PDFs are drawn in a process of their own: bounded, restarted, safe for threads, not left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from gsaocr.errors import UsageError
from gsaocr.page.load import LoadSettings, load_pages
from gsaocr.page.load_pdf import PdfFile, open_pdf
from gsaocr.page.pdf_bounds import PAGE_MEMORY, PAGE_SECONDS, PdfBounds
from tests.page.test_load_pdf import pages, pdf_file

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


def nested(pdf: pikepdf.Pdf, depth: int, draws: int, content: bytes) -> pikepdf.Object:
    """Form XObjects that each draw the next one several times."""
    form = pdf.make_stream(content)
    for _ in range(depth):
        outer = pdf.make_stream(b"/F Do 1 0 0 1 1 1 cm " * draws)
        outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        form.BBox = pikepdf.Array([0, 0, 600, 600])
        form = pdf.make_indirect(outer)
    return form


def with_bomb(path: Path, *, depth: int = 12, draws: int = 12) -> Path:
    """Three pages; the second would draw draws ** depth squares."""
    pdf_file(path, (72, 72), (72, 72), (72, 144))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        form = nested(pdf, depth, draws, b"0 0 9 9 re f")
        pdf.pages[1].obj.Contents = form
        pdf.pages[1].obj.Resources = form.Resources
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("bounds", "cause"),
    [
        (PdfBounds(seconds=1), "takes more than 1 seconds"),
        (PdfBounds(memory=100), "takes more than 100 MB of memory"),
    ],
)
def test_a_page_without_end_fails_alone(tmp_path: Path, bounds: PdfBounds, cause: str) -> None:
    told: list[tuple[int, str]] = []
    settings = LoadSettings(
        bounds=bounds, broken=lambda number, error: told.append((number, str(error)))
    )
    path = with_bomb(tmp_path / "a.pdf")
    assert [page.number for page in load_pages(path, settings=settings)] == [1, 3]
    ((number, message),) = told
    assert number == 2
    assert message.startswith(f"{path}, page 2: {cause}")
    assert "raise --page-" in message


def test_a_file_of_pages_without_end_is_given_up(tmp_path: Path) -> None:
    path = with_bomb(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for _ in range(5):
            pdf.pages.append(pdf.pages[1])
        pdf.save(path)
    told: list[str] = []
    settings = LoadSettings(
        bounds=PdfBounds(seconds=1), broken=lambda number, error: told.append(str(error))
    )
    assert [page.number for page in load_pages(path, settings=settings)] == [1, 3]
    assert ["was not tried" in message for message in told] == [False] * 4 + [True] * 2


def test_pages_that_a_file_only_counts_are_not_asked_for_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(  # without a table of its objects, which PDFium makes itself
        b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 99999>>\nendobj\n"
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>\nendobj\n"
        b"trailer\n<</Root 1 0 R>>\n%%EOF\n"
    )
    told: dict[int, str] = {}
    settings = LoadSettings(broken=lambda number, error: told.setdefault(number, str(error)))
    assert [page.number for page in load_pages(path, settings=settings)] == [1]
    assert list(told) == list(range(2, 100_000))
    assert "is broken" in told[101]
    assert all("was not tried: the 100 pages before it" in told[n] for n in range(102, 100_000))


def test_bounds() -> None:
    assert (PdfBounds().seconds, PdfBounds().memory) == (PAGE_SECONDS, PAGE_MEMORY) == (60, 1024)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_bounds_bound(value: float) -> None:
    for name in ("seconds", "memory"):
        with pytest.raises(UsageError, match=f"--page-{name}"):
            PdfBounds(**{name: value})
    with pytest.raises(UsageError, match=r"--max-megapixels .* bounds nothing; give a number"):
        LoadSettings(value)


def test_threads_each_with_a_file(tmp_path: Path) -> None:
    sizes = [(72, 72 + 9 * n) for n in range(4)]
    paths = [pdf_file(tmp_path / f"{n}.pdf", *sizes[n:], *sizes[:n]) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(pages, paths * 2))
    alone = [pages(path) for path in paths] * 2
    for drawn, wanted in zip(found, alone, strict=True):
        assert len(drawn) == 4
        assert all(np.array_equal(a.grey, b.grey) for a, b in zip(drawn, wanted, strict=True))


def test_threads_with_one_file(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", *((72, 72 + n) for n in range(8)))
    with open_pdf(path) as pdf, ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda n: pdf.render(n, 72, 9).grey.shape, [*range(1, 9)] * 2))
    assert drawn == [(72 + n, 72) for n in range(8)] * 2


def test_from_memory_as_from_a_file(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", (72, 72), (72, 144))
    read = list(load_pages(BytesIO(path.read_bytes()), settings=LoadSettings(dpi=100)))
    for own, other in zip(read, pages(path, dpi=100), strict=True):
        assert np.array_equal(own.grey, other.grey)


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    with open_pdf(pdf_file(tmp_path / "a.pdf", (72, 72), (72, 144))) as pdf:
        process = pdf._process._process
        assert process is not None
        process.kill()
        process.wait()
        assert pdf.render(2, 72, 9).grey.shape == (144, 72)


@linux
def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.open(pdf_file(tmp_path / "b.pdf", (72, 72))) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="open-sesame"))
    with open_pdf(path, "open-sesame") as locked:
        process = locked._process._process
        assert process is not None
        for name in ("cmdline", "environ"):
            assert b"open-sesame" not in Path(f"/proc/{process.pid}/{name}").read_bytes()


def test_modules_beside_the_scans_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pdf_file(tmp_path / "a.pdf", (72, 72))
    for name in ("json.py", "pypdfium2.py", "queue.py"):
        (tmp_path / name).write_text("import pathlib; pathlib.Path('harm').touch(); 1 / 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert len(pages(path)) == 1
    assert not (tmp_path / "harm").exists()


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys, gsaocr.page.pdf_worker, gsaocr.page.pdf_document\n"
        "print([n for n in ('torch', 'cv2', 'numpy', 'PIL', 'pikepdf') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be asked about doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    for _ in range(600):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


@linux
def test_nothing_is_left_over(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", (72, 72), (72, 72))
    with path.open("rb") as stream:
        pdf = PdfFile(stream, "a")
        process = pdf._process._process
        assert process is not None
        pid = process.pid
        assert alive(pid)
        del pdf, process  # not even closed
        assert not Path(f"/proc/{pid}").exists(), "neither running nor waiting to be asked about"
    unfinished = load_pages(path)
    next(unfinished)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    unfinished.close()  # type: ignore[attr-defined]
    assert len(children.read_text().split()) == len(before.split()) - 1


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_the_process_that_asks(tmp_path: Path, how: int) -> None:
    path = with_bomb(tmp_path / "a.pdf", depth=30, draws=6)
    code = (
        "import sys\nfrom pathlib import Path\nfrom gsaocr.page.load_pdf import open_pdf\n"
        "pdf = open_pdf(Path(sys.argv[1]))\n"
        "print(pdf._process._process.pid, flush=True)\n"
        "pdf.render(2, 300, 9)\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert asking.stdout is not None
    pid = int(asking.stdout.readline())
    assert alive(pid)
    asking.send_signal(how)
    asking.wait()
    asking.stdout.close()
    assert gone(pid)


def filled_form(path: Path, *, appearance: bool) -> Path:
    """A page with a text field that holds HHHHHHHH, with and without its picture."""
    pdf_file(path, (300, 100))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(b"")
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
        look = b"0 g /Helv 20 Tf"
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, F=4,
                T=pikepdf.String("name"), V=pikepdf.String("HHHHHHHH"),
                DA=pikepdf.String(look.decode()), Rect=pikepdf.Array([20, 30, 280, 70]), P=page,
            )
        )  # fmt: skip
        fonts = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
        if appearance:
            shown = pdf.make_stream(b"/Tx BMC BT " + look + b" 4 12 Td (HHHHHHHH) Tj ET EMC")
            shown.Type, shown.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
            shown.BBox, shown.Resources = pikepdf.Array([0, 0, 260, 40]), fonts
            field.AP = pikepdf.Dictionary(N=shown)
        page.Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([field]), DR=fonts, DA=pikepdf.String(look.decode())
        )
        pdf.save(path)
    return path


@pytest.mark.parametrize("appearance", [True, False])
def test_values_of_form_fields_are_drawn(tmp_path: Path, appearance: bool) -> None:
    (page,) = pages(filled_form(tmp_path / "a.pdf", appearance=appearance), dpi=72)
    dark = np.argwhere(page.grey < 100)
    assert len(dark) > 150
    assert (dark[:, 0].min(), dark[:, 0].max()) == (
        pytest.approx(43, abs=9),
        pytest.approx(57, abs=9),
    )


def layered(path: Path, *, mask: str, colours: tuple[int, int], deep: bool = False) -> Path:
    """A page of 4 x 2 inches: a coarse image of one colour seen through a mask of 300 dpi."""
    pdf_file(path, (288, 144))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        letters = np.zeros((600, 1200), np.uint8)
        letters[::2] = 255  # rows of single pixels, which a coarser drawing makes grey
        hidden = pdf.make_stream(letters.tobytes())
        colour = pdf.make_stream(bytes(colours[0] * colours[1]))
        for image, size in ((hidden, (1200, 600)), (colour, colours)):
            image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            image.Width, image.Height = size
            image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        if mask == "Mask":
            hidden.write(np.packbits(letters < 128, axis=1).tobytes())
            hidden.BitsPerComponent, hidden.ImageMask = 1, True
            del hidden.ColorSpace
        colour[f"/{mask}"] = hidden
        page = pdf.pages[0].obj
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=colour))
        page.Contents = pdf.make_stream(b"q 288 0 0 144 0 0 cm /I Do Q")
        pdf.save(path)
    return path


@pytest.mark.parametrize("mask", ["SMask", "Mask"])
@pytest.mark.parametrize("colours", [(1, 1), (100, 50)])
def test_layered_pages_are_drawn_as_fine_as_their_masks(
    tmp_path: Path, mask: str, colours: tuple[int, int]
) -> None:
    (page,) = pages(layered(tmp_path / "a.pdf", mask=mask, colours=colours), dpi=400.0)
    assert page.dpi == pytest.approx(300, abs=0.1)
    assert page.grey.shape == (600, 1200)
    assert np.ptp(page.grey[100:500].mean(axis=1)) > 200


def test_a_scan_on_too_small_a_page_is_drawn_at_its_own_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    Image.new("L", (2000, 1000), 200).save(path, resolution=2000)  # 1 x 0.5 inches
    (page,) = pages(path)
    assert page.grey.shape == (1000, 2000)
    Image.new("1", (8000, 8000), 1).save(path, resolution=2000)
    (large,) = pages(path)
    assert large.width * large.height == pytest.approx(12e6, rel=0.01)
    Image.new("1", (4000, 4000), 1).save(path, resolution=600)  # a fine scan, and a true size
    (fine,) = pages(path)
    assert fine.grey.shape == pytest.approx((2000, 2000), abs=1)


def coloured(path: Path, ground: str, letters: str, size: int = 300) -> Path:
    """A page with a few bars, as thin as letters, of a colour on a ground of another."""
    bars = " ".join(f"{x} {y} 3 12 re" for x in range(30, 270, 7) for y in range(40, 260, 30))
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(size, size))
        content = f"{ground} rg 0 0 {size} {size} re f {letters} rg {bars} f"
        page.Contents = pdf.make_stream(content.encode())
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("ground", "letters"),
    [("0 0.51 0", "1 0 0"), ("1 0.55 0.55", "0.35 0.8 0.6"), ("0.2 0.2 1", "0.55 0 0")],
)
def test_letters_of_another_colour_but_like_brightness(
    tmp_path: Path, ground: str, letters: str
) -> None:
    path = coloured(tmp_path / "a.pdf", ground, letters)
    ((number, grey),) = ((page.number, page.grey) for page in load_pages(path))
    low, middle = np.percentile(grey, (1, 50))
    assert (number, grey.shape) == (1, (1250, 1250))
    assert middle > 230, "the ground is light"
    assert low < 60, "the letters are dark"
    assert 0.04 < (grey < 128).mean() < 0.2


def test_pages_of_one_colour_stay_as_they_are(tmp_path: Path) -> None:
    for colour in ("1 1 1", "0.2 0.2 1"):
        (page,) = load_pages(coloured(tmp_path / "a.pdf", colour, colour))
        assert len(np.unique(page.grey)) == 1
    (page,) = load_pages(coloured(tmp_path / "a.pdf", "1 1 1", "0 0 0"))
    assert {0, 255} <= set(np.unique(page.grey))


def test_user_unit(tmp_path: Path) -> None:
    path = pdf_file(tmp_path / "a.pdf", (72, 36))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.UserUnit = 4
        pdf.save(path)
    (page,) = pages(path, dpi=100)
    assert page.grey.shape == (200, 400)
    assert page.dpi == 100
