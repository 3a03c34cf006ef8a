"""Lines rendered once and kept, so that runs that are compared see the same ones.

A folder holds pools ``pool-0000.npz`` and so on, in the order in which they were drawn. Rendering
takes as long as training a small network, so comparing many networks would render for half of the
time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from gsaocr.errors import TrainingError
from gsaocr.synthesis.sample import LineSample
from gsaocr.training.config import Stage
from gsaocr.training.sources import LineSource
from gsaocr.whole_file import whole_file

POOL = 192
"""Lines of one file; :class:`~gsaocr.training.batches.BatchStream` asks for as many at a time."""


def record(
    source: LineSource, folder: Path, lines: int, curriculum: Sequence[Stage], seed: int
) -> None:
    """Draw ``lines`` lines, or a few more, and keep them in ``folder``.

    Pools that are there already stay as they are: an interrupted recording goes on.

    Raises:
        TrainingError: the source gave lines of real images, whose characters have no known places.
        OutputError: the folder can't be written.
    """
    for number in range(-(-lines // POOL)):
        path = folder / f"pool-{number:04}.npz"
        if path.exists():
            continue
        stage = next(s for s in curriculum if number * POOL < s.until_lines)
        samples, _ = source.draw(np.random.default_rng([seed, number]), POOL, stage)
        _save(samples, path)


def _save(samples: Sequence[LineSample], path: Path) -> None:
    if any(len(s.centres) != len(s.text) for s in samples):
        raise TrainingError(
            str(path), "the places of characters are unknown", "record rendered ones"
        )
    with whole_file(path, "choose another folder") as stream:
        np.savez_compressed(
            stream,
            shapes=np.array([s.image.shape for s in samples], np.int32),
            pixels=np.concatenate([s.image.ravel() for s in samples]),
            lengths=np.array([len(s.text) for s in samples], np.int32),
            text=np.frombuffer("".join(s.text for s in samples).encode("utf-32-le"), np.uint32),
            centres=np.concatenate([s.centres for s in samples]).astype(np.float32),
        )


def load_pool(path: Path) -> list[LineSample]:
    """Return the lines of one file.

    Raises:
        TrainingError: the file can't be read.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            shapes, pixels = arrays["shapes"], arrays["pixels"]
            lengths, centres = arrays["lengths"], arrays["centres"]
            text = arrays["text"].astype("<u4").tobytes().decode("utf-32-le")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TrainingError(
            str(path), f"no readable recorded lines ({error})", "delete it and record again"
        ) from None
    samples = []
    pixel = letter = 0
    for (height, width), length in zip(shapes.tolist(), lengths.tolist(), strict=True):
        image = pixels[pixel : pixel + height * width].reshape(height, width)
        places = slice(letter, letter + length)
        samples.append(LineSample(image, text[places], centres[places]))
        pixel += height * width
        letter += length
    return samples


class RecordedLines:
    """Recorded lines in their order; whoever draws them has no say in what comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()

    def draw(
        self, rng: np.random.Generator, count: int, stage: Stage
    ) -> tuple[list[LineSample], bool]:
        """Return the next pool, of :data:`POOL` lines.

        Raises:
            TrainingError: there is none left.
        """
        path = self.folder / f"pool-{next(self._numbers):04}.npz"
        if not path.exists():
            raise TrainingError(str(path), "no recorded lines are left", "record more lines")
        return load_pool(path), False
