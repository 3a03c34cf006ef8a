"""The peers, each with the settings that favour it on each set: Tesseract and RapidOCR.

``make peers`` installs them: Tesseract by the system's package manager, RapidOCR with its models
in an environment of its own.
"""

from __future__ import annotations

import base64
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from gsaocr.evaluation.readers import turned
from tests.benchmarks.engines import EngineMissing, Outcome
from tests.benchmarks.score_tasks import Grey, Task, border_grey

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"

_TESSERACT_LANGUAGES = {
    "cs": "ces",
    "da": "dan",
    "de": "deu",
    "en": "eng",
    "fr": "fra",
    "sk": "slk",
}


def png(grey: Grey) -> bytes:
    """Return an image as PNG, hardly compressed."""
    return cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def bordered(grey: Grey, pixels: int) -> Grey:
    """Return an image with a border in the grey of its edge."""
    return np.asarray(
        cv2.copyMakeBorder(
            grey, pixels, pixels, pixels, pixels, cv2.BORDER_CONSTANT, value=border_grey(grey)
        ),
        dtype=np.uint8,
    )


@dataclass(frozen=True)
class TesseractWay:
    """How Tesseract is called for a task."""

    language: str  # empty: the language that begins the item's name
    mode: int  # --psm
    border: int = 0  # pixels put around the image
    dpi: int = 0  # resolution that it is told; 0: it guesses, often too low
    direction_first: bool = False  # ask osd for the direction, turn, then read

    def __str__(self) -> str:
        parts = [f"--psm {self.mode}", f"-l {self.language or 'the language of the line'}"]
        if self.border:
            parts.append(f"{self.border} px border")
        if self.dpi:
            parts.append(f"--dpi {self.dpi}")
        if self.direction_first:
            parts.append("turned by its osd first")
        return ", ".join(parts)


class Tesseract:
    """Tesseract, one process for each image, its start counted.

    Args:
        threads: it may use.

    Raises:
        EngineMissing: it is not installed.
    """

    name = "Tesseract"
    batch = 1

    def __init__(self, threads: int) -> None:
        program = shutil.which("tesseract")
        if program is None:
            raise EngineMissing("tesseract is not installed: make peers")
        self._program = program
        self._environment = os.environ | {"OMP_THREAD_LIMIT": str(threads)}
        languages = self._run(["--list-langs"]).split()
        self._latin = next((n for n in ("Latin", "script/Latin") if n in languages), "eng")

    def version(self) -> str:
        """Return the program's version and its languages' kind."""
        return self._run(["--version"]).split("\n")[0] + ", Debian's models"

    def way(self, task: Task) -> TesseractWay:
        """Return the settings that read a task best."""
        ways = {
            "receipts-val": TesseractWay("eng", 6, border=10),
            "typewriter-val": TesseractWay("", 7),
            "fraktur-val": TesseractWay("frk", 13),
            "oldfrench-val": TesseractWay("fra", 7),
            # Its own page segmentation (3) reads books best, but goes astray where lines slope.
            "old-books": TesseractWay(
                self._latin, 6 if task.skew else 3, dpi=300, direction_first=bool(task.turn)
            ),
            "receipts-pages": TesseractWay(self._latin, 6, direction_first=bool(task.turn)),
        }
        return ways[task.upright]

    def settings(self, task: Task) -> str | None:
        """Return the settings for a task."""
        return str(self.way(task))

    def read(self, task: Task, names: Sequence[str], images: Sequence[Grey]) -> list[Outcome]:
        """Read one image after another."""
        way = self.way(task)
        return [self._read(way, n, image) for n, image in zip(names, images, strict=True)]

    def _read(self, way: TesseractWay, name: str, grey: Grey) -> Outcome:
        language = way.language or _TESSERACT_LANGUAGES[name.rpartition("/")[2][:2]]
        seconds = 0.0
        try:
            if way.direction_first:
                begun = time.perf_counter()
                degrees = self._direction(grey)
                seconds = time.perf_counter() - begun
                grey = turned(degrees)(grey) if degrees else grey
            image = png(bordered(grey, way.border) if way.border else grey)
            begun = time.perf_counter()
            resolution = ["--dpi", str(way.dpi)] if way.dpi else []
            text = self._run(["-", "-", "-l", language, "--psm", str(way.mode), *resolution], image)
            return Outcome(text.replace("\f", "").strip(), seconds + time.perf_counter() - begun)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            return Outcome("", seconds, str(error))

    def _direction(self, grey: Grey) -> int:
        """Return by how many degrees clockwise osd would turn the page; 0 if it can't tell."""
        try:
            said = self._run(["-", "-", "-l", "osd", "--psm", "0"], png(grey))
        except subprocess.CalledProcessError:  # too few characters
            return 0
        found = re.search(r"^Rotate: (\d+)", said, re.MULTILINE)
        return int(found[1]) if found else 0

    def _run(self, arguments: list[str], image: bytes | None = None) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            input=image,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            check=True,
            timeout=600,
        )
        return done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class RapidWay:
    """How an image is prepared for RapidOCR."""

    height: int = 0  # pixels to which a line is scaled; 0 = as it is
    border: int = 0  # pixels put around it after that
    stretch: float = 1.0  # factor of its width

    def __str__(self) -> str:
        parts = [f"scaled to {self.height} px"] if self.height else []
        if self.border:
            parts.append(f"{self.border} px border")
        if self.stretch != 1.0:
            parts.append(f"width times {self.stretch:g}")
        return ", ".join(parts)

    def prepare(self, grey: Grey) -> Grey:
        """Return the image as it is handed over."""
        factor = self.height / grey.shape[0] if self.height else 1.0
        if factor != 1.0 or self.stretch != 1.0:
            grey = np.asarray(
                cv2.resize(
                    grey,
                    None,
                    fx=factor * self.stretch,
                    fy=factor,
                    interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC,
                ),
                dtype=np.uint8,
            )
        return bordered(grey, self.border) if self.border else grey


_RAPID_WAYS = {
    "receipts-val": RapidWay(height=72, border=10),
    "oldfrench-val": RapidWay(stretch=1.5),
}


class RapidOcr:
    """RapidOCR in a process of its own that stays; only its own seconds count.

    Args:
        threads: it may use.

    Raises:
        EngineMissing: it is not installed.
    """

    name = "RapidOCR"
    batch = 1

    def __init__(self, threads: int) -> None:
        if not PEERS_PYTHON.exists():
            raise EngineMissing("RapidOCR is not installed: make peers")
        worker = Path(__file__).with_name("rapidocr_worker.py")
        self._process = subprocess.Popen(
            [str(PEERS_PYTHON), str(worker), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )

    def version(self) -> str:
        """Return the versions of program and runtime; the wheel carries the models."""
        program = (
            "from importlib.metadata import version as v;"
            "print('RapidOCR', v('rapidocr'), 'PP-OCRv6 small, onnxruntime', v('onnxruntime'))"
        )
        done = subprocess.run(
            [str(PEERS_PYTHON), "-c", program], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def settings(self, task: Task) -> str | None:
        """Return the settings for a task."""
        how = "default pipeline, boxes put into rows" if task.pages else "recognition only"
        if task.turn:
            how += " as they lie upright (it doesn't say how the page is turned)"
        return ", ".join(filter(None, (how, str(_RAPID_WAYS.get(task.upright, "")))))

    def read(self, task: Task, names: Sequence[str], images: Sequence[Grey]) -> list[Outcome]:
        """Read one image after another."""
        way = _RAPID_WAYS.get(task.upright, RapidWay())
        return [self._ask(way.prepare(image), task.pages, task.turn) for image in images]

    def _ask(self, grey: Grey, detect: bool, turn: int) -> Outcome:
        assert self._process.stdin
        assert self._process.stdout
        request = {"image": base64.b64encode(png(grey)).decode(), "detect": detect}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("RapidOCR stopped; its message stands above")
        reply = json.loads(answer)
        texts: list[str] = reply["texts"]
        text = (
            "\n".join(rows(upright(reply["boxes"], turn), texts))
            if reply["boxes"]
            else " ".join(texts)
        )
        return Outcome(text, reply["seconds"])


Corners = Sequence[Sequence[float]]
"""Four (x, y): start above, end above, end below, start below."""


def upright(boxes: Sequence[Corners], turn: int) -> Sequence[Corners]:
    """Return boxes of a page that lies turned clockwise by ``turn`` degrees, turned back."""
    for _ in range(turn // 90):
        boxes = [[(y, -x) for x, y in corners] for corners in boxes]
    return boxes


def rows(boxes: Sequence[Corners], texts: Sequence[str]) -> list[str]:
    """Return the texts of boxes in reading order, those of one row joined by spaces.

    Rows run as the boxes do: the page is first turned back by the median slope of their long
    sides.
    """
    slopes = []
    for one, two, three, _ in boxes:
        a, b = max(((one, two), (two, three)), key=lambda side: math.dist(*side))
        if abs(b[0] - a[0]) > abs(b[1] - a[1]):
            slopes.append(math.atan((b[1] - a[1]) / (b[0] - a[0])))
    angle = statistics.median(slopes) if slopes else 0.0
    sine, cosine = math.sin(angle), math.cos(angle)
    placed = []
    for corners, text in zip(boxes, texts, strict=True):
        xs = [x * cosine + y * sine for x, y in corners]
        ys = [y * cosine - x * sine for x, y in corners]
        placed.append(((min(ys) + max(ys)) / 2, min(xs), max(ys) - min(ys), text))
    placed.sort()
    found: list[list[tuple[float, float, float, str]]] = []
    for box in placed:
        if found and box[0] - statistics.fmean(b[0] for b in found[-1]) < 0.5 * min(
            box[2], statistics.median(b[2] for b in found[-1])
        ):
            found[-1].append(box)
        else:
            found.append([box])
    return [" ".join(b[3] for b in sorted(row, key=lambda b: b[1])) for row in found]
