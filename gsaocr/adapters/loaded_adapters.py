"""The adapters that one model reads with: each a line reader of its own, loaded once, none in use.

Which adapter reads is an argument of every reading; nothing is exchanged, so any number of threads
may read with different adapters at once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from gsaocr.adapters.adapted_model import adapted_model
from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.catalogue import adapters_by_name, find_adapter
from gsaocr.adapters.peft_format import read_adapter, read_summary
from gsaocr.errors import AdapterError, UsageError
from gsaocr.recognizer.decoding import Decode, check_decode
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.recognizer.weights import ModelFile

AUTO = "auto"
"""In place of an adapter's name: the surest of the base and all adapters that have a name."""

BASE = "none"
"""In place of an adapter's name: the base alone."""

AdapterNames = str | Sequence[str] | None
"""One adapter by name or folder, several to choose from, ``auto``, ``none``; None: the default."""


@dataclass(frozen=True)
class LoadedAdapter:
    """The base (its name is empty) or an adapter, ready to read lines."""

    name: str
    lines: LineReader
    changes_encoder: bool = False
    """Whether lines have to be encoded again for it: what the base encoded isn't what it sees."""


@dataclass(frozen=True)
class AdapterChoice:
    """What pages are read with: one, or the surest of several, the base first among them."""

    candidates: tuple[LoadedAdapter, ...]

    @property
    def open(self) -> bool:
        """Whether there is something to choose, page by page."""
        return len(self.candidates) > 1


class LoadedAdapters:
    """A model and the adapters that were asked for so far.

    Args:
        file: the base.
        device: where it runs.
        how: the way of decoding, where an adapter has none of its own.
    """

    def __init__(self, file: ModelFile, device: torch.device, how: Decode) -> None:
        self.file = file
        self.device = device
        self.how = how
        self.base = LoadedAdapter("", LineReader(file.model, device, how))
        self._loaded: dict[Path, LoadedAdapter] = {}
        self._choices: dict[tuple[str, ...], AdapterChoice] = {}
        self._lock = threading.RLock()

    def choice(self, names: AdapterNames) -> AdapterChoice:
        """Return what these names stand for, loading what isn't loaded yet.

        One name is used for everything. ``auto`` stands for all adapters of this base that have a
        name and read letter by letter; several names are chosen from in the same way.

        Raises:
            AdapterError: one that was named can't be used.
            UsageError: one is named twice, or ``none`` beside others.
        """
        asked = (names,) if isinstance(names, str) else tuple(names or ())
        with self._lock:
            if asked not in self._choices:
                self._choices[asked] = self._made(asked)
            return self._choices[asked]

    def load(self, adapter: Path | str) -> LoadedAdapter:
        """Return the adapter of this folder or name.

        Raises:
            AdapterError: there is none, or it can't be used with this base.
        """
        folder = find_adapter(str(adapter))
        with self._lock:
            if folder not in self._loaded:
                self._loaded[folder] = self.of(read_adapter(folder, self.file))
            return self._loaded[folder]

    def of(self, adapter: Adapter) -> LoadedAdapter:
        """Return a reader with an adapter that is in memory.

        Raises:
            AdapterError: it was made for another base.
        """
        config = adapter.config
        how = check_decode(config.decode) if config.decode else self.how
        length = config.length if config.decode else None
        lines = LineReader(adapted_model(self.file, adapter), self.device, how, length)
        encodes = any(path.startswith(("encoder.", "orientation.")) for path in config.paths)
        return LoadedAdapter(adapter.name or "adapter", lines, encodes)

    def _made(self, asked: tuple[str, ...]) -> AdapterChoice:
        if len(set(asked)) != len(asked):
            raise UsageError("--adapter", "the same adapter is named twice", "name it once")
        if BASE in asked and len(asked) > 1:
            raise UsageError("--adapter none", "is the base alone", "name it alone")
        named = [name for name in asked if name not in (AUTO, BASE)]
        chosen = [self.load(name) for name in named]
        if AUTO in asked and not named:
            fitting = (self._fitting(folder) for folder in adapters_by_name().values())
            chosen = [each for each in fitting if each is not None]
        if AUTO not in asked and len(chosen) == 1:
            return AdapterChoice((chosen[0],))
        return AdapterChoice((self.base, *chosen))

    def _fitting(self, folder: Path) -> LoadedAdapter | None:
        """An adapter, unless it belongs to another base or writes freely."""
        try:
            summary = read_summary(folder)
            if summary.fingerprint == self.file.fingerprint and not summary.decode:
                return self.load(folder)
        except AdapterError:
            pass  # nobody asked for this one by its name
        return None
