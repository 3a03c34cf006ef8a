"""Lines of print that the base reads well, drawn once: what an adapter makes it forget.

They are images, not fonts and a renderer: whatever fonts a machine has, and whichever version of
what draws them, the figure is measured on the same pixels. ``draw_check_lines`` made them.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from gsaocr.errors import InputError
from gsaocr.model_files import models_folder
from gsaocr.training.adapter_data import TruthLine


def check_lines_file() -> Path:
    """Return where the lines lie: NNN.webp with NNN.gt.txt each, in a zip."""
    return models_folder() / "check-lines.zip"


def check_lines(count: int | None = None) -> list[TruthLine]:
    """Return the first ``count`` lines, or all of them.

    Raises:
        InputError: the file is missing or broken.
    """
    path = check_lines_file()
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".webp"))[:count]
            return [_line(archive, name) for name in names]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"can't be read ({error})", "install gsaocr again") from None


def _line(archive: zipfile.ZipFile, name: str) -> TruthLine:
    with Image.open(BytesIO(archive.read(name))) as image:
        grey = np.array(image.convert("L"))
    stem = name.removesuffix(".webp")
    text = archive.read(f"{stem}.gt.txt").decode("utf-8").rstrip("\n")
    return TruthLine(grey, text, "rendered", f"rendered {stem}")
