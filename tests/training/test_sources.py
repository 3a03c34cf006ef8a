"""Where training lines come from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from gsaocr.errors import UsageError
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_setup import check_options
from gsaocr.training.config import Stage
from gsaocr.training.rendering import renderer_of
from gsaocr.training.sources import RealLines
from tests.synthesis.small_font import PLAIN, build_font
from tests.training.test_hostile_data import huge_png

WHOLE = Stage(1_000_000, 1, 110)


@pytest.fixture
def real(tmp_path: Path) -> Path:
    for number, text in enumerate(("one line", "another line, which is far longer than the first")):
        image = np.full((32, 16 * len(text)), 230, np.uint8)
        image[8:24, 4::9] = 40
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
        (tmp_path / f"{number}.gt.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_real_lines_come_changed_and_unchanged(real: Path) -> None:
    source = RealLines([real], folded=False, strength=0.6)
    samples, folded = source.draw(np.random.default_rng(1), 60, WHOLE)
    assert not folded
    assert {s.text for s in samples} == {
        "one line",
        "another line, which is far longer than the first",
    }
    same = [s for s in samples if s.image.shape[0] == 32 and set(np.unique(s.image)) == {40, 230}]
    assert 5 < len(same) < 40
    assert all(len(s.centres) == 0 for s in samples)


def test_real_lines_keep_to_the_stage(real: Path) -> None:
    source = RealLines([real], folded=True, strength=0.0)
    samples, folded = source.draw(np.random.default_rng(1), 10, Stage(1, 1, 10))
    assert folded
    assert {s.text for s in samples} == {"one line"}
    assert source.draw(np.random.default_rng(1), 10, Stage(1, 1, 3)) == ([], True)


def test_real_lines_that_cannot_be_read_are_left_out_and_told_once(
    real: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Sizes are looked at before anything is decoded, and the decoders' own remarks stay away."""
    broken = bytearray((real / "0.png").read_bytes())
    broken[60] ^= 0xFF
    for name, content in (("huge", huge_png(32_000)), ("broken", bytes(broken)), ("none", b"x")):
        (real / f"{name}.png").write_bytes(content)
        (real / f"{name}.gt.txt").write_text("a line", encoding="utf-8")
    source = RealLines([real], folded=False, strength=0.0)
    for _ in range(3):
        samples, _ = source.draw(np.random.default_rng(1), 60, WHOLE)
        assert len(samples) == 60
        assert "a line" not in {sample.text for sample in samples}
    assert len(caplog.messages) == 3
    assert sum("megapixels" in message for message in caplog.messages) == 1
    told = capfd.readouterr()
    assert told.out == ""
    assert all(line.startswith("gsaocr: left out: ") for line in told.err.splitlines())
    source = RealLines([real / "huge.png"], folded=False, strength=0.0)
    assert source.draw(np.random.default_rng(1), 60, WHOLE) == ([], False)


@pytest.mark.parametrize("document", ["typescript", "receipt"])
def test_an_adapters_lines_are_rendered_as_its_documents(tmp_path: Path, document: str) -> None:
    build_font(tmp_path / "face.ttf", characters=PLAIN)
    (tmp_path / "text.txt").write_text("Many words that are set in lines. " * 40, encoding="utf-8")
    renderer = renderer_of([tmp_path / "face.ttf"], [tmp_path / "text.txt"], document)
    shares = {
        d: getattr(renderer.config, d)
        for d in ("book", "oldprint", "typescript", "receipt", "modern")
    }
    assert shares == {d: float(d == document) for d in shares}
    assert renderer.sample(np.random.default_rng(0), 5, 30).text


def test_an_unknown_kind_of_document_is_refused(tmp_path: Path) -> None:
    training = AdapterTraining(
        data=(tmp_path,), out=tmp_path, base=tmp_path / "base", render_as="poster"
    )
    with pytest.raises(UsageError, match="--render-as poster"):
        check_options(training)
