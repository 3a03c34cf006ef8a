"""gsaocr as an engine on the scoreboard: the base alone, or with the adapter that fits the set."""

from __future__ import annotations

import ast
import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

import gsaocr
from gsaocr.adapters.catalogue import CONFIG_FILE, adapters_by_name
from gsaocr.errors import GsaocrError
from gsaocr.page.load import PageImage
from gsaocr.pipeline import Reader
from tests.benchmarks.engines import EngineMissing, Outcome
from tests.benchmarks.score_tasks import TASKS, Grey, Task

_PACKAGE = Path(gsaocr.__file__).parent
_READS = (
    *("page", "recognizer", "layers", "groups.py", "assembly.py", "pipeline.py", "adapters"),
    "reading",
)


class Gsaocr:
    """The program of this repository, in this process; its start does not count.

    Args:
        model: a model file; None is the shipped one.
        adapted: read each set with the adapter that fits it, and no set without one.
        adapters: a folder with adapters by name, before the shipped ones.
        decode: way of decoding; None is the default.
        threads: torch may use.

    Raises:
        EngineMissing: the model can't be used, or no adapter fits it.
    """

    def __init__(
        self,
        model: Path | None,
        threads: int,
        *,
        adapted: bool = False,
        adapters: Path | None = None,
        decode: str | None = None,
    ) -> None:
        torch.set_num_threads(threads)
        self.batch = 32
        self.name = "gsaocr" + (" + adapter" if adapted else "") + (f" {decode}" if decode else "")
        self._folders: dict[str, Path] = {}
        try:
            self._reader = Reader.load(model, device="cpu", decode=decode)
        except GsaocrError as error:
            raise EngineMissing(str(error)) from None
        if adapted:
            known = adapters_by_name()
            if adapters is not None:
                known |= {c.parent.name: c.parent for c in adapters.glob(f"*/{CONFIG_FILE}")}
            for name in {t.adapter for t in TASKS if t.adapter} & known.keys():
                try:
                    self._reader.adapters.load(known[name])
                except GsaocrError as error:
                    print(f"adapter {name} is left out: {error}", file=sys.stderr)
                else:
                    self._folders[name] = known[name]
            if not self._folders:
                raise EngineMissing("no set has an adapter for this model")
        self._adapted = adapted
        self._code = _code_digest()  # of what is loaded now, whatever becomes of the files

    def version(self) -> str:
        """Return version, weights and way of decoding, and a digest of the code that reads."""
        file = self._reader.file
        return (
            f"gsaocr {gsaocr.__version__}, weights {file.fingerprint[:16]}, "
            f"--decode {self._reader.adapters.how}, code {self._code}"
        )

    def settings(self, task: Task) -> str | None:
        """Return the adapter in use; None where none is there but one is asked for."""
        if not self._adapted:
            return "no adapter"
        if task.adapter not in self._folders:
            return None
        return f"adapter {task.adapter} ({_folder_digest(self._folders[task.adapter])})"

    def read(self, task: Task, names: Sequence[str], images: Sequence[Grey]) -> list[Outcome]:
        """Read line images together, pages one by one."""
        adapter = str(self._folders[task.adapter or ""]) if self._adapted else None
        if task.pages:
            return [self._page(image, adapter) for image in images]
        begun = time.perf_counter()
        readings = self._reader.read_lines(images, adapter=adapter)
        seconds = (time.perf_counter() - begun) / len(images)
        return [Outcome(reading.text, seconds) for reading in readings]

    def _page(self, grey: Grey, adapter: str | None) -> Outcome:
        begun = time.perf_counter()
        try:
            page = self._reader.read(PageImage(grey, "-"), adapter=adapter)
        except GsaocrError as error:
            return Outcome("", time.perf_counter() - begun, str(error))
        return Outcome(page.text, time.perf_counter() - begun)


def _code_digest() -> str:
    """Return a digest of the modules that reading runs through; comments don't count."""
    digest = hashlib.sha256()
    for place in _READS:
        path = _PACKAGE / place
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(ast.dump(_without_docstrings(module)).encode())
    return digest.hexdigest()[:8]


def _without_docstrings(module: Path) -> ast.Module:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                n
                for n in body
                if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
            ]
    return tree


def _folder_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("adapter_*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
