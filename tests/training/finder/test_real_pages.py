"""Real pages: loose outlines become lines that lie on the ink; what is unknown is ignored."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gsaocr.errors import TrainingError
from gsaocr.page.page_truth import PageSample, Points
from gsaocr.training.finder.line_ink import CAPITALS, measured
from gsaocr.training.finder.real_pages import RealPages, page_sample

X_HEIGHT = 10


def page() -> NDArray[np.uint8]:
    """White paper."""
    return np.full((160, 420), 255, np.uint8)


def letters(grey: NDArray[np.uint8], x: int, baseline: int, word: str) -> int:
    """Draw bars for letters: a to z small, b d k l with ascenders, p with a descender."""
    for letter in word:
        if letter != " ":
            high = letter.isupper() or letter in "bdkl"
            top = baseline - round(X_HEIGHT * (CAPITALS if high else 1))
            foot = baseline + (4 if letter == "p" else 0)
            grey[top:foot, x : x + 2] = 0
            grey[baseline - X_HEIGHT : baseline, x + 4 : x + 6] = 0
            grey[baseline - 2 : baseline, x : x + 6] = 0
            if letter.isupper():
                grey[top:baseline, x + 4 : x + 6] = 0
        x += 8
    return x


def box(x0: float, y0: float, x1: float, y1: float) -> Points:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


@pytest.mark.parametrize("given", [None, 3.0, -3.0])
def test_baseline_and_height_are_those_of_the_ink(given: float | None) -> None:
    grey = page()
    end = letters(grey, 30, 80, "bokl dakob pelda")
    course = None if given is None else np.array([(35, 80 + given), (end - 9, 80 + given)], float)
    (line,) = measured(grey, box(26, 60, end + 5, 88), course, "bokl dakob pelda", X_HEIGHT)
    assert line.x_height == pytest.approx(X_HEIGHT, abs=1)
    assert line.baseline[:, 1] == pytest.approx(80, abs=1)
    assert line.baseline[0, 0] == pytest.approx(30, abs=1.5)
    assert line.baseline[-1, 0] == pytest.approx(end - 2, abs=1.5)
    assert line.ascent == pytest.approx(CAPITALS * X_HEIGHT, abs=2)


@pytest.mark.parametrize("text", ["TOTAL SUM", "total sum"])
def test_capitals_count_as_capitals_whatever_the_truth_writes(text: str) -> None:
    grey = page()
    end = letters(grey, 30, 80, "TOTAL SUM")
    (line,) = measured(grey, box(26, 60, end + 5, 85), None, text.upper(), X_HEIGHT)
    assert line.x_height == pytest.approx(X_HEIGHT, abs=1)


def test_leaders_and_wide_gaps_part_a_line() -> None:
    grey = page()
    end = letters(grey, 20, 80, "sum an")
    for x in range(end + 4, 290, 6):
        grey[78:80, x : x + 2] = 0
    last = letters(grey, 300, 80, "DAA")
    parts = measured(grey, box(16, 60, last + 4, 86), None, "SUM AN ...... DAA", X_HEIGHT)
    assert len(parts) == 2
    assert parts[0].baseline[-1, 0] < end + 12
    assert parts[1].baseline[0, 0] == pytest.approx(300, abs=9)
    assert parts[1].text.endswith("DAA")


def test_paper_alone_is_no_line() -> None:
    assert measured(page(), box(20, 60, 200, 86), None, "nothing", X_HEIGHT) == []


def truth(kind: str = "print", complete: bool = False, document: str = "a book") -> dict[str, Any]:
    return {
        "document": document,
        "complete": complete,
        "x_height": X_HEIGHT,
        "line_pitch": 24.0,
        "lines": [
            {
                "polygon": box(26, 60, 180, 88).tolist(),
                "baseline": None,
                "text": "bokl dakob pelda",
                "kind": kind,
            }
        ],
    }


def drawn() -> NDArray[np.uint8]:
    grey = page()
    letters(grey, 30, 80, "bokl dakob pelda")
    return np.repeat(grey[..., None], 3, axis=2)


def ignored(sample: PageSample) -> NDArray[np.bool_]:
    mask = np.zeros(sample.image.shape[:2], np.uint8)
    for outline in sample.ignore:
        cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], 1, shift=4)
    return mask.astype(bool)


def test_space_off_the_lines_is_unknown_unless_the_page_is_complete() -> None:
    sample = page_sample(drawn(), truth())
    mask = ignored(sample)
    assert len(sample.lines) == 1
    assert not mask[62:86, 30:176].any()
    assert mask[:40].all()
    assert mask[110:].all()
    turned = ignored(sample.turned(1))
    assert (turned == np.rot90(mask)).mean() > 0.99
    assert not page_sample(drawn(), truth(complete=True)).ignore


def test_handwriting_is_neither_text_nor_its_absence() -> None:
    sample = page_sample(drawn(), truth("hand", complete=True))
    assert not sample.lines
    assert ignored(sample)[62:86, 30:176].all()
    assert [o.kind for o in sample.objects] == ["handwriting"]


def packed(folder: Path, documents: int, lines: int = 1) -> Path:
    """A zip of pages that have one line, or two of them under each other."""
    path = folder / "pages.zip"
    image = drawn()
    facts = truth()
    for _ in range(lines - 1):
        image[104:144] = image[54:94]
        lower = dict(facts["lines"][0], polygon=box(26, 110, 180, 138).tolist())
        facts["lines"].append(lower)
    content = cv2.imencode(".jpg", image)[1].tobytes()
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(documents):
            archive.writestr(f"p{number}.jpg", content)
            facts["document"] = f"document {number}"
            archive.writestr(f"p{number}.json", json.dumps(facts))
    return path


def test_documents_for_measuring_are_apart(tmp_path: Path) -> None:
    path = packed(tmp_path, 60)
    parts = [RealPages([path], held) for held in (False, True)]
    names = [set(part.names()) for part in parts]
    assert len(names[0] | names[1]) == 60
    assert not names[0] & names[1]
    assert len(parts[1]) > 0
    page = parts[0].draw(np.random.default_rng(0))
    assert page.image.shape == (160, 420, 3)
    assert page is parts[0].page(int(np.random.default_rng(0).integers(len(parts[0]))))


def test_broken_sets_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no zip")
    with pytest.raises(TrainingError, match=r"broken\.zip"):
        RealPages([broken])
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="no page"):
        RealPages([tmp_path / "empty"])
    odd = tmp_path / "odd.zip"
    with zipfile.ZipFile(odd, "w") as archive:
        archive.writestr("a.jpg", b"")
        archive.writestr("a.json", '{"lines": [{"text": "x"}]}')
    with pytest.raises(TrainingError, match=r"odd\.zip"):
        RealPages([odd])
