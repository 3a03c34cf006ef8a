"""What reads files of others: for each kind whole files to damage, and how they are read.

A target may raise any error that the program tells its users of (GsaocrError); everything else, a
crash, an endless read or a lot of memory is a finding.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageDraw

from tests.fuzz.mutations import changed_json, mutated, mutated_header


@dataclass(frozen=True)
class Target:
    """One kind of files and its reader."""

    name: str
    suffix: str
    make: Callable[[], list[bytes]]
    """Whole files."""
    read: Callable[[Path], None]
    """Reads one file; its folder is empty otherwise and may be written to."""
    mutate: Callable[[random.Random, list[bytes]], bytes]


def _damaged(as_text: bool) -> Callable[[random.Random, list[bytes]], bytes]:
    def mutate(random_: random.Random, wholes: list[bytes]) -> bytes:
        return mutated(random_, random_.choice(wholes), random_.choice(wholes), as_text)

    return mutate


def _damaged_tensors(random_: random.Random, wholes: list[bytes]) -> bytes:
    whole = random_.choice(wholes)
    if random_.random() < 0.8:
        return mutated_header(random_, whole)
    return mutated(random_, whole, whole, False)


def _damaged_json(random_: random.Random, wholes: list[bytes]) -> bytes:
    whole = random_.choice(wholes)
    if random_.random() < 0.3:
        return mutated(random_, whole, whole, True)
    lines = whole.split(b"\n")
    place = random_.randrange(len(lines))
    if lines[place].strip():
        value = json.loads(lines[place])
        for _ in range(random_.choice((1, 1, 2, 3))):
            value = changed_json(random_, value)
        lines[place] = json.dumps(value).encode()
    return b"\n".join(lines)


def page_image() -> Image.Image:
    """A small page with some lines of text."""
    image = Image.new("L", (400, 200), 240)
    draw = ImageDraw.Draw(image)
    for row in range(5):
        draw.text((20, 20 + 32 * row), "Some words in a row", 20)
    return image


def encoded(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """An image, the small page if none is given, as a file of a kind."""
    stream = io.BytesIO()
    (image or page_image()).save(stream, kind, **options)
    return stream.getvalue()


def images(page: Image.Image | None = None) -> list[bytes]:
    """Whole images of all formats, of a grey page or the small one."""
    page = page or page_image()
    more = [page.rotate(5), page.resize((100, 60))]
    return [
        encoded("PNG", page),
        encoded("PNG", page.convert("P")),
        encoded("PNG", page.convert("RGBA")),
        encoded("PNG", page.convert("1")),
        encoded("JPEG", page, exif=_exif()),
        encoded("JPEG", page.convert("CMYK")),
        encoded("TIFF", page, save_all=True, append_images=more),
        encoded("TIFF", page.convert("1"), compression="group4"),
        encoded("TIFF", page.convert("RGB"), compression="tiff_lzw"),
        encoded("TIFF", Image.fromarray(np.asarray(page).astype(np.uint16) * 200)),
        encoded("TIFF", Image.fromarray(np.asarray(page).astype(np.float32))),
        encoded("WEBP", page),
        encoded("BMP", page),
        encoded("GIF", page, save_all=True, append_images=more),
        encoded("PPM", page),
        encoded("JPEG2000", page),
    ]


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[274] = 6
    return exif


def _read_image(path: Path) -> None:
    from gsaocr.errors import GsaocrError
    from gsaocr.page.load import LoadSettings, count_pages, load_pages

    settings = LoadSettings(20.0, dpi=100.0, broken=lambda number, error: None)
    with contextlib.suppress(GsaocrError):
        count_pages(path, settings)
    for page in load_pages(path, settings=settings):
        assert page.grey.dtype == np.uint8
        assert page.grey.size <= 20e6
        if page.number > 3:
            break


def pdfs(page: Image.Image | None = None) -> list[bytes]:
    """Whole PDFs, written by gsaocr and by others, of a grey page or the small one."""
    import pikepdf

    from gsaocr.formats.registry import FORMATS
    from gsaocr.formats.settings import WriterSettings
    from tests.formats.documents import small_document

    scanned = page or page_image()
    with TemporaryDirectory() as folder:
        scan = Path(folder) / "scan.tif"
        scanned.save(scan, save_all=True, append_images=[scanned])
        document = replace(small_document(2), source=str(scan))
        written = b"".join(FORMATS["pdf"].write(document, WriterSettings(original=scan)))
    wholes = [
        written,
        encoded("PDF", scanned.convert("RGB")),
        encoded("PDF", scanned.convert("1"), save_all=True, append_images=[scanned]),
    ]
    plain = []
    for whole in wholes:
        stream = io.BytesIO()
        with pikepdf.open(io.BytesIO(whole)) as pdf:
            for each in pdf.pages:
                each.rotate(180, relative=True)
            pdf.save(
                stream,
                stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
                compress_streams=False,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
            )
        plain.append(stream.getvalue())  # where words and numbers can be found
    return wholes + plain


def _write_pdf(path: Path) -> None:
    from gsaocr.formats.registry import FORMATS
    from gsaocr.formats.settings import WriterSettings
    from tests.formats.documents import small_document

    document = replace(small_document(1), source=str(path))
    for existing in ("redo", "skip", "keep"):
        settings = WriterSettings(original=path, existing_text=existing, max_megapixels=20.0)
        for _ in FORMATS["pdf"].write(document, settings):
            pass


def _xmls() -> list[bytes]:
    from gsaocr.formats.registry import FORMATS
    from gsaocr.formats.settings import WriterSettings
    from tests.formats.documents import small_document

    document = small_document(1)
    pages = tuple(replace(page, source="page.png") for page in document.pages)
    named = replace(document, pages=pages, source="page.png")
    return [b"".join(FORMATS[name].write(named, WriterSettings())) for name in ("page", "alto")] + [
        _PAGE,
        _ALTO,
    ]


_PAGE = b"""<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Page imageFilename="page.png" imageWidth="400" imageHeight="200"><TextRegion id="r" type="heading">
<Coords points="10,10 390,10 390,90 10,90"/><TextLine id="l">
<Coords points="10,10 390,12 390,50 10,48"/>
<Baseline points="10,40 390,42"/><TextEquiv><Unicode>some text</Unicode></TextEquiv></TextLine>
</TextRegion></Page></PcGts>"""
_ALTO = b"""<?xml version="1.0"?><alto><Description><MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>page.png</fileName></sourceImageInformation></Description><Layout>
<Page WIDTH="400" HEIGHT="200"><PrintSpace><TextBlock HPOS="10" VPOS="10" WIDTH="380" HEIGHT="90">
<TextLine HPOS="10" VPOS="10" WIDTH="380" HEIGHT="40" BASELINE="10 40 390 42">
<String CONTENT="some"/><SP/><String CONTENT="text"/></TextLine></TextBlock></PrintSpace></Page>
</Layout></alto>"""


def _read_layout(path: Path) -> None:
    """Read a layout as a run does that reads along it."""
    from gsaocr.page.given import LayoutFile
    from gsaocr.page.ink_cells import with_cells
    from gsaocr.page.load import PageImage
    from gsaocr.page.prepare import prepare

    image = PageImage(np.asarray(page_image()), str(path))
    layout = with_cells(LayoutFile.read(path).page(400, 200).layout, prepare(image))
    for line in layout.lines:
        for cell in line.cells:
            assert cell.crop().size < 1e8


def _read_truth(path: Path) -> None:
    from gsaocr.training.transcribed_pages import transcribed_page

    page_image().save(path.with_name("page.png"))
    for line in transcribed_page(path).lines:
        assert line.image.size < 1e8


def _zips() -> list[bytes]:
    wholes = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        stream = io.BytesIO()
        line = encoded("PNG", page_image().crop((0, 0, 300, 40)))
        with zipfile.ZipFile(stream, "w", kind) as archive:
            for number in range(5):
                archive.writestr(f"book/{number}.png", line)
                archive.writestr(f"book/{number}.gt.txt", f"line {number}")
        wholes.append(stream.getvalue())
    return wholes


def _tables() -> list[bytes]:
    rows = [{"image": f"{n}.png", "text": f"line {n}"} for n in range(5)]
    return [
        b"\n".join(json.dumps(row).encode() for row in rows) + b"\n",
        b'{"file_name": "0.png", "transcription": "a", "score": 0.5}\n' * 5,
    ]


def _csvs() -> list[bytes]:
    return [
        b"image,text\n" + b"".join(b'%d.png,"a ""quoted"" text, %d"\n' % (n, n) for n in range(5)),
        b"\xef\xbb\xbfFile_Name,id,Transcription\r\n" + b"0.png,1,text\r\n" * 5,
    ]


def _read_data(path: Path) -> None:
    from gsaocr.recognizer.charset import default_charset
    from gsaocr.training.adapter_data import load_lines
    from gsaocr.training.truth import truth_rule

    for number in range(5):
        page_image().crop((0, 0, 300, 40)).save(path.with_name(f"{number}.png"))
    load_lines([path], truth_rule(["restore-i", "modern"]), default_charset(), extend=True)


def _models() -> list[bytes]:
    from gsaocr.recognizer.weights import save_model
    from tests.recognizer.conftest import tiny

    with TemporaryDirectory() as folder:
        path = Path(folder) / "m"
        save_model(tiny(), path, {"lines": "5"})
        return [path.read_bytes()]


def _read_model(path: Path) -> None:
    from gsaocr.recognizer.probe import unsound
    from gsaocr.recognizer.weights import load_model

    assert not unsound(load_model(path).model)


def _adapter_folder(folder: Path) -> Any:
    """Write a good base and a good adapter for it; return the base."""
    import torch

    from gsaocr.adapters.adapter import Adapter, AdapterConfig, identity
    from gsaocr.adapters.attachment import Attachment
    from gsaocr.adapters.peft_format import save_adapter
    from gsaocr.adapters.targets import PARTS, TARGETS, target_paths
    from gsaocr.recognizer.weights import load_model, save_model
    from tests.recognizer.conftest import tiny

    save_model(tiny(), folder / "base")
    base = load_model(folder / "base")
    paths = [
        path.replace("ctc_head", "ctc_head.known")
        for path in target_paths(base.model, PARTS, TARGETS)
    ]
    config = AdapterConfig(2, 4.0, paths=tuple(paths), characters="xyz")
    generator = torch.Generator().manual_seed(1)
    tensors = {
        name: torch.randn(parameter.shape, generator=generator) * 0.2
        for name, parameter in Attachment(base.model, config).parameters().items()
    }
    made_for = identity(base.model.config, base.fingerprint)
    save_adapter(Adapter(config, made_for, tensors, "a"), folder / "a", "card")
    return base


def _adapter_part(name: str) -> Callable[[], list[bytes]]:
    def make() -> list[bytes]:
        with TemporaryDirectory() as folder:
            _adapter_folder(Path(folder))
            content = (Path(folder) / "a" / name).read_bytes()
            return [json.dumps(json.loads(content)).encode() if name.endswith("json") else content]

    return make


def _read_adapter_with(name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        from gsaocr.adapters.peft_format import read_adapter, read_summary
        from gsaocr.errors import GsaocrError

        base = _adapter_folder(path.parent)
        path.replace(path.parent / "a" / name)
        with contextlib.suppress(GsaocrError):
            read_summary(path.parent / "a")
        read_adapter(path.parent / "a", base)

    return read


def _journals() -> list[bytes]:
    run = {"run": {"version": "1", "model": "a"}}
    done = {"input": "/x/a.png", "size": 5, "modified": 7, "outputs": ["a.txt"], "pages": 1}
    wrote = {"wrote": {"a.txt": [5, 7]}}
    return [b"\n".join(json.dumps(part).encode() for part in (run, wrote, done, done)) + b"\n"]


def _read_journal(path: Path) -> None:
    from gsaocr.batch.journal import Fingerprint, Journal, outputs_of_earlier_runs

    out = path.parent / "out"
    (out / ".gsaocr").mkdir(parents=True)
    path.replace(out / ".gsaocr" / "journal.jsonl")
    outputs_of_earlier_runs(out)
    journal = Journal(out, {"version": "1", "model": "a"}, resume=True)
    try:
        journal.why_not_done("/x/a.png", path, [out / "a.txt"])
        journal.finish("/x/b.png", Fingerprint(1, 2), [out / "b.txt"], 1)
    finally:
        journal.close()


def _stores() -> list[bytes]:
    from gsaocr.batch.journal import Fingerprint
    from gsaocr.batch.page_store import PageStore
    from tests.formats.documents import small_document

    with TemporaryDirectory() as folder:
        path = Path(folder) / "pages.jsonl"
        store = PageStore(path, Fingerprint(1, 2), {"a": "b"})
        for page in small_document(3).pages:
            store.add(page)
        store.close()
        return [path.read_bytes().rstrip(b"\n")]


def _read_store(path: Path) -> None:
    from gsaocr.batch.journal import Fingerprint
    from gsaocr.batch.page_store import PageStore
    from tests.formats.documents import small_document

    store = PageStore(path, Fingerprint(1, 2), {"a": "b"})
    try:
        for page in small_document(3).pages:
            store.add(page)
        assert len(list(store)) >= 3
    finally:
        store.close()


def _states() -> list[bytes]:
    progress = {"steps": 3, "epoch": 0, "batch": 1, "lines": 5, "minutes": 0.1, "validations": 1}
    progress |= {"best": 0.5, "since_best": 0, "before": 0.5}
    summary = {"settings": "s", "progress": progress, "file": "state-3.safetensors"}
    return [json.dumps(summary).encode()]


def _read_state(path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from gsaocr.training.adapter_state import FOLDER, load_adapter_state, remove_adapter_state

    state = path.parent / FOLDER
    state.mkdir()
    path.replace(state / "state.json")
    tensors = {"value/a": torch.zeros(2), "best/a": torch.ones(2)}
    save_file(tensors, state / "state-3.safetensors")
    try:
        load_adapter_state(path.parent, "s", {"a": torch.Size([2])})
    finally:
        remove_adapter_state(path.parent)
        assert not state.exists()


def _documents() -> list[bytes]:
    from gsaocr.formats.registry import FORMATS
    from gsaocr.formats.settings import WriterSettings
    from tests.formats.documents import small_document

    return [b"".join(FORMATS["json"].write(small_document(2), WriterSettings()))]


def _damaged_texts(random_: random.Random, wholes: list[bytes]) -> bytes:
    """A document whose texts and numbers are others: what a writer may be given."""
    texts = [
        "\x00",
        "\x1b[2J",
        "\ud800",
        "\u202e",
        "=1+1",
        "]]>",
        "</text>",
        "&amp;",
        "\ufffe",
        "🙂",
    ]
    texts += ["\n", "\t", "\x85", "\u2028", "a" * 3000, "", "\u0301", "\U000e0041"]
    content = json.loads(random_.choice(wholes))

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: part if k == "kind" else change(part) for k, part in value.items()}
        if isinstance(value, list):
            return [change(part) for part in value]
        if isinstance(value, str) and random_.random() < 0.2:
            return value[:3] + random_.choice(texts)
        if type(value) is float and random_.random() < 0.1:
            return random_.choice([0.0, -5.0, 1e6, 0.333333333, 1e-9])
        return value

    content["pages"] = change(content["pages"])
    return json.dumps(content).encode()


def _write_document(path: Path) -> None:
    from gsaocr.formats.json_ import page_from
    from gsaocr.formats.registry import FORMATS
    from gsaocr.formats.settings import WriterSettings
    from gsaocr.page.document import Document

    try:
        content = json.loads(path.read_bytes())
        pages = tuple(page_from(page) for page in content["pages"])
    except (ValueError, KeyError, TypeError):
        return  # no document: nothing that a reader would give a writer
    for name, format_ in FORMATS.items():
        if name == "pdf":
            continue  # it draws on its input, see _write_pdf
        for page in [pages[:1]] if format_.page_per_file else [pages]:
            document = Document(page, "scan.png", {"model": "m"})
            written = b"".join(format_.write(document, WriterSettings()))
            if name == "json":
                json.loads(written)
            elif name in ("hocr", "alto", "page"):
                ElementTree.fromstring(written)


CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"

TARGETS = {
    target.name: target
    for target in (
        Target("image", ".img", images, _read_image, _damaged(False)),
        Target("pdf", ".pdf", pdfs, _read_image, _damaged(True)),
        Target("pdf-output", ".pdf", pdfs, _write_pdf, _damaged(True)),
        Target("layout", ".xml", _xmls, _read_layout, _damaged(True)),
        Target("truth", ".xml", _xmls, _read_truth, _damaged(True)),
        Target("zip", ".zip", _zips, _read_data, _damaged(False)),
        Target("jsonl", ".jsonl", _tables, _read_data, _damaged_json),
        Target("csv", ".csv", _csvs, _read_data, _damaged(True)),
        Target("model", ".safetensors", _models, _read_model, _damaged_tensors),
        Target(
            "adapter-config",
            ".json",
            _adapter_part(CONFIG),
            _read_adapter_with(CONFIG),
            _damaged_json,
        ),
        Target(
            "adapter-tensors",
            ".safetensors",
            _adapter_part(TENSORS),
            _read_adapter_with(TENSORS),
            _damaged_tensors,
        ),
        Target("journal", ".jsonl", _journals, _read_journal, _damaged_json),
        Target("pages", ".jsonl", _stores, _read_store, _damaged_json),
        Target("state", ".json", _states, _read_state, _damaged_json),
        Target("document", ".json", _documents, _write_document, _damaged_texts),
    )
}
