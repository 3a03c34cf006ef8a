"""Several adapters of one base in memory, one of them (or none) in use."""

from __future__ import annotations

from pathlib import Path

from gsaocr.adapters.adapter import Adapter, check_base, identity
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.peft_format import read_adapter
from gsaocr.errors import AdapterError
from gsaocr.recognizer.weights import ModelFile


class AdapterSwitch:
    """Attaches adapters to a recognizer, exchanges and detaches them, the base staying in memory.

    With none in use the outputs are bit-identical to those of a base that never had one.

    Args:
        base: as read from its file, without any adapter attached.
    """

    def __init__(self, base: ModelFile) -> None:
        self.base = base
        self.model = base.model
        self._identity = identity(base.model.config, base.fingerprint)
        self._adapters: dict[str, tuple[Adapter, Attachment]] = {}
        self._active: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The adapters that were added, in that order."""
        return tuple(self._adapters)

    @property
    def active(self) -> str | None:
        """The adapter in use."""
        return self._active

    @property
    def adapter(self) -> Adapter | None:
        """The adapter in use, as it was added."""
        return self._adapters[self._active][0] if self._active is not None else None

    def add(self, name: str, adapter: Adapter) -> None:
        """Make an adapter ready for use under a name; the one in use stays in use.

        Raises:
            AdapterError: it was made for another base, doesn't fit, or the name is taken.
        """
        if name in self._adapters:
            raise AdapterError(name, "an adapter of this name is there already", "use another name")
        check_base(adapter, self._identity)
        before = self._active
        self.use(None)
        attachment = Attachment(self.model, adapter.config)
        attachment.load(adapter.tensors)
        attachment.train(False)
        self._adapters[name] = (adapter, attachment)
        self.use(before)

    def load(self, folder: Path, name: str | None = None) -> str:
        """Read an adapter folder, add it under a name (its own by default) and return that.

        Raises:
            AdapterError: it can't be used with this base, or the name is taken.
        """
        before = self._active
        self.use(None)
        try:
            adapter = read_adapter(folder, self.base)
        finally:
            self.use(before)
        self.add(name or adapter.name, adapter)
        return name or adapter.name

    def use(self, name: str | None) -> None:
        """Attach the adapter of this name instead of the present one; None detaches.

        Raises:
            AdapterError: no adapter of this name was added.
        """
        if name is not None and name not in self._adapters:
            known = ", ".join(self._adapters) or "none"
            raise AdapterError(name, "no adapter of this name was added", f"there are: {known}")
        if name == self._active:
            return
        if self._active is not None:
            self._adapters[self._active][1].detach()
        if name is not None:
            self._adapters[name][1].attach()
        self._active = name

    def remove(self, name: str) -> None:
        """Forget an adapter, detaching it first if it is in use."""
        if self._active == name:
            self.use(None)
        self._adapters.pop(name, None)
