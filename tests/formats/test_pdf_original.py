"""What becomes of a given PDF beside its pages: annotations, protection, active content."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from gsaocr.formats.pdf import to_pdf
from gsaocr.formats.pdf_annotations import annotation_text
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.document import Box, Character, Document, Line, Page, Region, Word

HELVETICA = pikepdf.Dictionary(
    Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
)
SIZE = (400, 300)


def page_with(words: dict[str, Box]) -> Page:
    """A page of 72 dpi, drawn 400 x 300 pixels large, on which words were read."""
    lines = []
    for text, box in words.items():
        word = Word(tuple(Character(c, box, 1.0) for c in text), box, 1.0)
        ends = ((box.x0, box.y1), (box.x1, box.y1))
        lines.append(Line((word,), box, box.polygon, ends, 0, 0.0, 1.0))
    box = Box.union(line.box for line in lines)
    return Page(*SIZE, (Region(tuple(lines), box, box.polygon),), dpi=72.0)


PLAIN = page_with({"found": Box(40, 20, 90, 32)})


def written(pdf: pikepdf.Pdf, folder: Path, page: Page = PLAIN, **settings: object) -> Path:
    """The PDF with a layer; it is saved with ``encryption`` first if that is given."""
    path, target = folder / "in.pdf", folder / "out.pdf"
    pdf.save(path, encryption=settings.pop("encryption", False))  # type: ignore[arg-type]
    chosen = WriterSettings(original=path, **settings)  # type: ignore[arg-type]
    target.write_bytes(b"".join(to_pdf(Document((page,), "in.pdf", {"version": "1"}), chosen)))
    return target


def blank() -> pikepdf.Pdf:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=SIZE)
    return pdf


def poppler_words(path: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    run = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    return run.stdout.split()


def annotated(**more: object) -> pikepdf.Pdf:
    """A page with a note whose appearance shows "Approved" at (60, 100) to (200, 120)."""
    pdf = blank()
    form = pdf.make_stream(b"BT /H 20 Tf 2 4 Td (Approved) Tj ET")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 140, 20])
    form.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(H=HELVETICA))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.FreeText,
        Rect=[60, 100, 200, 120],
        Contents=pikepdf.String("Approved"),
        AP=pikepdf.Dictionary(N=form),
        F=4,
    )
    for name, value in more.items():
        note[f"/{name}"] = value
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
    return pdf


READ = page_with({"Approved": Box(62, 182, 150, 198), "below": Box(62, 250, 110, 262)})


class TestAnnotations:
    def test_their_text_stands_once(self, tmp_path: Path) -> None:
        assert sorted(poppler_words(written(annotated(), tmp_path, READ))) == ["Approved", "below"]

    def test_where_their_text_stands(self) -> None:
        pdf = annotated()
        boxes = annotation_text(pdf.pages[0])
        box = Box.union(boxes)
        assert len(boxes) == len("Approved")
        assert (box.x0, box.y0) == pytest.approx((63, 100), abs=5)
        assert box.x1 == pytest.approx(150, abs=8)
        assert box.y1 < 121

    def test_a_large_stamp_hides_only_what_lies_on_its_letters(self, tmp_path: Path) -> None:
        pdf = annotated(Rect=[0, 0, 400, 300])  # the appearance stretched over the page
        page = page_with({"corner": Box(380, 5, 398, 12), "below": Box(2, 292, 60, 299)})
        assert {"corner", "below"} <= set(poppler_words(written(pdf, tmp_path, page)))

    @pytest.mark.parametrize("flags", [2, 32])
    def test_hidden_ones_do_not_count(self, flags: int) -> None:
        pdf = annotated(F=flags)
        assert annotation_text(pdf.pages[0]) == []

    def test_pictures_do_not_count(self, tmp_path: Path) -> None:
        """A stamp that is a picture of letters is read, and stands in the layer."""
        pdf = annotated()
        note = pdf.pages[0].obj.Annots[0]
        note.AP.N.write(b"0 0 140 20 re f")
        assert annotation_text(pdf.pages[0]) == []
        assert "Approved" in poppler_words(written(pdf, tmp_path, READ))

    @pytest.mark.parametrize("own", [True, False])
    def test_form_fields_without_appearance(self, own: bool) -> None:
        """Viewers set the text of a field themselves, of which only the field is known."""
        pdf = blank()
        widget = pikepdf.Dictionary(Subtype=pikepdf.Name.Widget, Rect=[60, 100, 200, 120])
        field = widget if own else pikepdf.Dictionary()
        field["/FT"], field["/V"] = pikepdf.Name.Tx, pikepdf.String("Lindqvist")
        if not own:
            widget["/Parent"] = pdf.make_indirect(field)
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(widget)])
        assert annotation_text(pdf.pages[0]) == [Box(60, 100, 200, 120)]

    @pytest.mark.parametrize(
        "more",
        [
            {"Rect": pikepdf.Array([pikepdf.Name("/A"), 0, 1, 1])},
            {"Rect": 7},
            {"AP": 7},
            {"AP": pikepdf.Dictionary(N=7)},
            {"F": pikepdf.Name("/Foo")},
            {"Subtype": 3},
        ],
    )
    def test_nonsense(self, more: dict[str, object], tmp_path: Path) -> None:
        assert "below" in poppler_words(written(annotated(**more), tmp_path, READ))


RESTRICTED = pikepdf.Permissions(extract=False, modify_other=False, print_highres=False)


class TestProtection:
    @pytest.mark.parametrize("strength", [4, 6])
    @pytest.mark.parametrize(
        ("user", "owner", "given"),
        [("", "own", None), ("usr", "own", "usr"), ("", "own", "own"), ("same", "same", "same")],
    )
    def test_stays(
        self, user: str, owner: str, given: str | None, strength: int, tmp_path: Path
    ) -> None:
        encryption = pikepdf.Encryption(owner=owner, user=user, R=strength, allow=RESTRICTED)
        path = written(blank(), tmp_path, encryption=encryption, password=given)
        if user:
            with pytest.raises(pikepdf.PasswordError):
                pikepdf.open(path)
        with pikepdf.open(path, password=user) as pdf:
            assert pdf.is_encrypted
            assert pdf.encryption.R == 6
            assert pdf.allow == RESTRICTED
            # Whoever may only read it can't lift its restrictions.
            assert pdf.owner_password_matched is (user == owner)
        if given == owner:
            with pikepdf.open(path, password=owner) as pdf:
                assert pdf.owner_password_matched

    def test_users_password_that_the_owners_does_not_tell(self, tmp_path: Path) -> None:
        encryption = pikepdf.Encryption(owner="own", user="usr", R=6, allow=RESTRICTED)
        path = written(blank(), tmp_path, encryption=encryption, password="own")
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(path)
        with pikepdf.open(path, password="own") as pdf:
            assert pdf.allow == RESTRICTED

    def test_none_stays_none(self, tmp_path: Path) -> None:
        with pikepdf.open(written(blank(), tmp_path)) as pdf:
            assert not pdf.is_encrypted


def busy() -> pikepdf.Pdf:
    """A PDF with active content of every kind, and links that are none."""
    pdf = blank()
    page = pdf.pages[0].obj

    def action(kind: str, **more: object) -> pikepdf.Dictionary:
        return pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **more)  # type: ignore[arg-type]

    def link(**more: object) -> pikepdf.Dictionary:
        made = pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
        for name, value in more.items():
            made[f"/{name}"] = value
        return made

    script = action("JavaScript", JS=pikepdf.String("app.alert(1)"))
    pdf.Root.OpenAction = pdf.make_indirect(script)
    page.AA = pikepdf.Dictionary(O=action("Launch", F=pikepdf.String("a.exe")))
    page.Annots = pikepdf.Array(
        [
            link(A=action("URI", URI=pikepdf.String("https://example.org"))),
            link(A=action("GoTo", D=pikepdf.String("x"), Next=action("SubmitForm"))),
            pikepdf.Dictionary(Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9]),
            pikepdf.Dictionary(Subtype=pikepdf.Name.RichMedia, Rect=[0, 0, 9, 9]),
            link(Dest=pikepdf.Array([page, pikepdf.Name.Fit])),
        ]
    )
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=pikepdf.String("x"))
    pdf.attachments["secret.txt"] = b"text"
    return pdf


KINDS = {
    "JavaScript",
    "launch actions",
    "form submission",
    "media",
    "embedded files",
    "an XFA form",
}


class TestActiveContent:
    def test_is_told_of(self, tmp_path: Path) -> None:
        settings = WriterSettings()
        told: list[str] = []
        settings.notes.tell = told.append
        path = written(busy(), tmp_path, notes=settings.notes)
        (line,) = told
        assert line.startswith("in.pdf: ")
        assert all(kind in line for kind in KINDS)
        assert "--active-content drop" in line
        with pikepdf.open(path) as pdf:
            assert "/OpenAction" in pdf.Root
            assert list(pdf.attachments) == ["secret.txt"]

    def test_is_dropped_on_request(self, tmp_path: Path) -> None:
        settings = WriterSettings()
        told: list[str] = []
        settings.notes.tell = told.append
        path = written(busy(), tmp_path, active_content="drop", notes=settings.notes)
        assert told == []
        whole = path.read_bytes()
        with pikepdf.open(path) as pdf:
            assert "/OpenAction" not in pdf.Root
            assert "/XFA" not in pdf.Root.AcroForm
            assert not list(pdf.attachments)
            page = pdf.pages[0].obj
            assert "/AA" not in page
            uri, goto, dest = page.Annots
            assert str(uri.A.URI) == "https://example.org"
            assert pikepdf.Name.GoTo == goto.A.S
            assert "/Next" not in goto.A
            assert "/Dest" in dest
            everything = b"".join(each.unparse() for each in pdf.objects)
        for word in (b"/JavaScript", b"/Launch", b"/SubmitForm", b"/EmbeddedFile", b"app.alert"):
            assert word not in everything
            assert word not in whole

    def test_nothing_to_tell(self, tmp_path: Path) -> None:
        settings = WriterSettings()
        told: list[str] = []
        settings.notes.tell = told.append
        written(annotated(), tmp_path, READ, notes=settings.notes)
        assert told == []
