"""A line reader with adapters: one in use, exchanged at will, or the surest one for given lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.catalogue import adapters_by_name, find_adapter
from gsaocr.adapters.peft_format import read_summary
from gsaocr.adapters.switch import AdapterSwitch
from gsaocr.errors import AdapterError, UsageError
from gsaocr.recognizer.decoding import Decode, check_decode
from gsaocr.recognizer.line_reader import LineImage, LineReader
from gsaocr.recognizer.reading import Reading
from gsaocr.recognizer.weights import ModelFile

AUTO = "auto"
"""In place of an adapter's name: the surest of base and adapters, page by page."""

SURER = 0.02
"""By how much the mean certainty with an adapter has to exceed the base's to be preferred."""


class AdaptedLines(LineReader):
    """A line reader whose model has an adapter, or several to choose from.

    Args:
        base: as read from its file.
        device: where it runs.
        how: the way of decoding, where the adapter in use has none of its own.
    """

    def __init__(self, base: ModelFile, device: torch.device, how: Decode) -> None:
        super().__init__(base.model, device, how)
        self.switch = AdapterSwitch(base)
        self._how = how

    def add(self, adapter: str, name: str | None = None) -> str:
        """Make an adapter ready, given by its folder or its name; return how it is called here.

        Raises:
            AdapterError: there is none, or it can't be used with this base.
        """
        return self.switch.load(find_adapter(adapter), name)

    def attach(self, adapter: Adapter, name: str | None = None) -> str:
        """Add an adapter that is in memory and use it; return its name.

        Raises:
            AdapterError: it doesn't fit this base, or the name is taken.
        """
        label = name or adapter.name or "adapter"
        self.switch.add(label, adapter)
        self.use(label)
        return label

    def detach(self) -> None:
        """Read with the base alone."""
        self.use(None)

    def use(self, name: str | None) -> None:
        """Read with the adapter of this name, or with the base alone.

        Raises:
            AdapterError: no adapter of this name was added.
        """
        self.switch.use(name)
        adapter = self.switch.adapter
        self.how, self.length = self._how, None
        if adapter is not None and adapter.config.decode:
            self.how = check_decode(adapter.config.decode)
            self.length = adapter.config.length

    def choose(self, images: Sequence[LineImage]) -> str | None:
        """Use whatever reads these upright lines with most certainty; return its name.

        The base (None) is kept unless an adapter is clearly surer: its letters' mean certainty
        exceeds the base's by :data:`SURER`.
        """
        if not images:
            self.use(None)
            return None
        self.use(None)
        best, most = None, self._certainty(images) + SURER
        for name in self.switch.names:
            self.use(name)
            certainty = self._certainty(images)
            if certainty > most:
                best, most = name, certainty
        self.use(best)
        return best

    def _certainty(self, images: Sequence[LineImage]) -> float:
        return mean_certainty(self.read([(seen[0], 0, 0.0) for seen in self.look(images)]))


def mean_certainty(readings: Iterable[Reading]) -> float:
    """Return the geometric mean of the probabilities given to letters; 0 where nothing was read.

    The readings' evidence, not their confidences: those are calibrated on the base's readings,
    and an adapter's are not the same.
    """
    total, letters = 0.0, 0
    for reading in readings:
        total += reading.evidence
        letters += len(reading.letters)
    return math.exp(total / letters) if letters else 0.0


def open_adapters(lines: AdaptedLines, names: Sequence[str]) -> bool:
    """Make adapters ready as a command line names them; return whether to choose page by page.

    One name is used from then on. ``auto`` stands for all adapters of this base that have a name
    and read letter by letter; several names are chosen from in the same way.

    Raises:
        AdapterError: one that was named can't be used.
        UsageError: ``auto`` beside another name twice given.
    """
    automatic = AUTO in names
    named = [name for name in names if name != AUTO]
    if len(set(names)) != len(names):
        raise UsageError("--adapter", "the same adapter is named twice", "name it once")
    for name in named:
        lines.add(name)
    if automatic and not named:
        for folder in adapters_by_name().values():
            _add_fitting(lines, folder)
    if not automatic and len(named) == 1:
        lines.use(lines.switch.names[0])
        return False
    return bool(names)


def _add_fitting(lines: AdaptedLines, folder: Path) -> None:
    """Add an adapter unless it belongs to another base or writes freely."""
    try:
        summary = read_summary(folder)
        if summary.fingerprint == lines.switch.base.fingerprint and not summary.decode:
            lines.switch.load(folder)
    except AdapterError:
        return  # nobody asked for this one by its name
