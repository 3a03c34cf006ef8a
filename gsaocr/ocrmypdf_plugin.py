"""A plugin for OCRmyPDF: ``ocrmypdf --plugin gsaocr in.pdf out.pdf`` reads with gsaocr.

OCRmyPDF finds this module by its entry point in every run; it does something only where it is named
by ``--plugin gsaocr``. The layer is gsaocr's own (OCRmyPDF's "sandwich" renderer), unless another
renderer is asked for: then OCRmyPDF draws one from hOCR.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from argparse import ArgumentParser
from collections.abc import Set
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ocrmypdf import hookimpl
from ocrmypdf.exceptions import BadArgsError
from ocrmypdf.hocrtransform import HocrParser
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from pydantic import BaseModel

import gsaocr
from gsaocr.errors import GsaocrError

if TYPE_CHECKING:
    from gsaocr.page.document import Document, Page
    from gsaocr.page.load import PageImage
    from gsaocr.pipeline import Reader

_LATIN = """afr aze bos bre cat ceb ces cos cym dan deu deu_latf eng enm epo est eus fao fil fin fra
frk frm fry gla gle glg hat hrv hun ind isl ita ita_old jav kmr lat lav lit ltz mlt mri msa nld nor
oci pol por que ron slk slv spa spa_old sqi srp_latn sun swa swe tgl ton tur uzb vie yor Latin
Fraktur"""
LANGUAGES = frozenset(_LATIN.split())
"""Tesseract's names of languages in Latin script, which one model reads alike."""

_NAME = "gsaocr"
_TESSERACT = "ocrmypdf.builtin_plugins.tesseract_ocr"
_SURE, _UNSURE = 20.0, 5.0  # OCRmyPDF turns pages from 14 on
_ANY_SIZE = 1e6  # megapixels; OCRmyPDF has a limit of its own
_SURE_LINES = 3  # lines whose vote on a page's direction is believed

_loading = threading.Lock()


class GsaocrOptions(BaseModel):
    """Options of the command line that begin with ``--gsaocr-``."""

    adapter: list[str] = []
    model: Path | None = None


@hookimpl
def initialize(plugin_manager: Any) -> None:
    """Do without Tesseract where it isn't installed: OCRmyPDF's own plugin insists on it.

    Its options stay, of which OCRmyPDF asks in any case.
    """
    if plugin_manager.has_plugin(_NAME) and shutil.which("tesseract") is None:
        tesseract = plugin_manager.get_plugin(_TESSERACT)
        plugin_manager.set_blocked(_TESSERACT)
        options = SimpleNamespace(
            register_options=tesseract.register_options, add_options=tesseract.add_options
        )
        plugin_manager.register(options, "tesseract options alone")


@hookimpl
def register_options() -> dict[str, type[BaseModel]]:
    """Give the options their namespace."""
    return {_NAME: GsaocrOptions}


@hookimpl
def add_options(parser: ArgumentParser) -> None:
    """Add the options to OCRmyPDF's command line."""
    group = parser.add_argument_group(_NAME, "With --plugin gsaocr")
    group.add_argument(
        "--gsaocr-adapter",
        action="append",
        default=[],
        metavar="NAME,...",
        help="Read with an adapter; of several, or with auto, with the one that suits each page.",
    )
    group.add_argument(
        "--gsaocr-model",
        type=Path,
        metavar="FILE",
        help="Read with another model.",
    )


@hookimpl
def check_options(options: Any) -> None:
    """Say early what is wrong with a model or an adapter; choose gsaocr's own layer."""
    if not _is_asked_for(options):
        return
    if options.gsaocr.adapter or options.gsaocr.model:
        try:
            _reader(options)
        except GsaocrError as error:
            raise BadArgsError(str(error)) from None
    if options.pdf_renderer == "auto":
        options.pdf_renderer = "sandwich"


@hookimpl
def get_ocr_engine(options: Any) -> OcrEngine | None:
    """The engine, where it was asked for."""
    return GsaocrEngine() if options is not None and _is_asked_for(options) else None


class GsaocrEngine(OcrEngine):
    """Reads page images for OCRmyPDF, one thread in each of its workers."""

    @staticmethod
    def version() -> str:
        """The program's version."""
        return gsaocr.__version__

    @staticmethod
    def creator_tag(options: Any) -> str:
        """What the PDF says it was read with."""
        return f"gsaocr {gsaocr.__version__}"

    def __str__(self) -> str:
        return f"gsaocr {gsaocr.__version__}"

    @staticmethod
    def languages(options: Any) -> Set[str]:
        """All languages in Latin script: one model reads them alike."""
        return LANGUAGES

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        """By which quarter turn a page's text lies turned; its lines are found, not read."""
        layout = _reader(options).find_lines(_image(input_file))
        sure = len(layout.cells) >= _SURE_LINES
        return OrientationConfidence(layout.orientation, _SURE if sure else _UNSURE)

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """Degrees counter-clockwise that set a page's lines level."""
        return float(_reader(options).find_lines(_image(input_file)).skew)

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Asked where OCRmyPDF is to draw the layer itself."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: Any, page_number: int = 0) -> tuple[Any, str]:
        """The page as OCRmyPDF's tree, and its text."""
        with tempfile.TemporaryDirectory(prefix="gsaocr-") as folder:
            hocr, text = Path(folder) / "page.hocr", Path(folder) / "page.txt"
            GsaocrEngine.generate_hocr(input_file, hocr, text, options)
            return HocrParser(hocr).parse(), text.read_text(encoding="utf-8")

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """Write a page as hOCR and as text."""
        from gsaocr.formats.hocr import to_hocr

        document = _read(input_file, options)
        output_hocr.write_bytes(b"".join(to_hocr(document)))
        _write_text(document, output_text)

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """Write a page's layer as a PDF without anything else, and its text."""
        from gsaocr.formats.pdf import layer_alone

        document = _read(input_file, options)
        output_pdf.write_bytes(b"".join(layer_alone(document.pages[0])))
        _write_text(document, output_text)


def _is_asked_for(options: Any) -> bool:
    return _NAME in map(str, options.plugins or ()) and options.ocr_engine == "auto"


def _read(path: Path, options: Any) -> Document:
    from gsaocr.page.document import Document

    reader = _reader(options)
    page: Page = next(reader.read_pages([_image(path)]))
    return Document((page,), path.name, reader.provenance)


def _image(path: Path) -> PageImage:
    from gsaocr.page.load import load_pages

    return next(load_pages(path, max_megapixels=_ANY_SIZE))


def _write_text(document: Document, path: Path) -> None:
    path.write_text(document.text + "\n" if document.text else "", encoding="utf-8")


def _reader(options: Any) -> Reader:
    with _loading:  # OCRmyPDF's workers may be threads of one process
        names = (name for each in options.gsaocr.adapter for name in each.split(","))
        return _loaded(options.gsaocr.model, tuple(name.strip() for name in names))


@cache
def _loaded(model: Path | None, adapters: tuple[str, ...]) -> Reader:
    import torch

    from gsaocr.pipeline import Reader

    torch.set_num_threads(1)  # OCRmyPDF has as many workers as there are cores
    return Reader.load(model, adapters=adapters)
