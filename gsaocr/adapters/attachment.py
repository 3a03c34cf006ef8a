"""Updates in place: a recognizer's maps exchanged for wrapped ones, and back again."""

from __future__ import annotations

from torch import Tensor, nn

from gsaocr.adapters.adapter import AdapterConfig
from gsaocr.adapters.extension import (
    EXTENSION_MODULES,
    ExtendedHead,
    extended_config,
    extension,
)
from gsaocr.adapters.lora import LoRALinear, scaling
from gsaocr.errors import AdapterError
from gsaocr.recognizer.model import Recognizer


class Attachment:
    """One adapter's modules for one recognizer; made detached.

    Attaching and detaching exchange references to modules, nothing is copied: the base's maps are
    the same objects before and after, so its outputs are the same to the bit.

    Args:
        model: a recognizer without any adapter attached.
        config: what is changed.

    Raises:
        AdapterError: a path names no linear map, or an added character is in the charset.
    """

    def __init__(self, model: Recognizer, config: AdapterConfig) -> None:
        self.model = model
        self.attached = False
        self.updates: dict[str, LoRALinear] = {}
        self._originals: dict[str, nn.Module] = {}
        self.replacements: dict[str, nn.Module] = {}
        """What stands in the place of which of the model's modules while attached, by path."""
        self._extra: dict[str, nn.Module] = {}
        self._configs = (model.config, model.config)
        head = self._extend(config.characters) if config.characters else None
        for path in config.paths:
            self._wrap(path, head, config)

    def attach(self) -> None:
        """Put the wrapped maps in place."""
        for path, module in self.replacements.items():
            _place(self.model, path, module)
        self.model.config = self._configs[1]
        self.attached = True

    def detach(self) -> None:
        """Put the base's own maps back."""
        for path, module in self._originals.items():
            _place(self.model, path, module)
        self.model.config = self._configs[0]
        self.attached = False

    def parameters(self) -> dict[str, Tensor]:
        """Return the adapter's own parameters by name: A and B, and the rows it adds."""
        found: dict[str, Tensor] = {}
        for path, update in self.updates.items():
            found[f"{path}.lora_A.weight"] = update.lora_A.weight
            found[f"{path}.lora_B.weight"] = update.lora_B.weight
        for path, module in self._extra.items():
            found |= {f"{path}.{name}": p for name, p in module.named_parameters()}
        return found

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Fill in the values of :meth:`parameters`; names and shapes have to be the same."""
        parameters = self.parameters()
        assert set(parameters) == set(tensors), "read_adapter checks the names"
        for name, parameter in parameters.items():
            parameter.detach().copy_(tensors[name])

    def train(self, training: bool) -> None:
        """Switch the updates' dropout on or off."""
        for update in self.updates.values():
            update.dropout.train(training)

    def _extend(self, characters: str) -> ExtendedHead:
        model = self.model
        try:
            self._configs = (model.config, extended_config(model.config, characters))
        except ValueError:
            raise AdapterError(
                "adapter", "a character that it adds is in the base's charset", "train it anew"
            ) from None
        assert isinstance(model.ctc_head, nn.Linear)
        assert isinstance(model.decoder.embedding, nn.Embedding)
        head, embedding = extension(
            model.ctc_head, model.decoder.embedding, model.config, characters
        )
        for path, module in (("ctc_head", head), ("decoder.embedding", embedding)):
            self._originals[path] = model.get_submodule(path)
            self.replacements[path] = module
        self._extra = dict(zip(EXTENSION_MODULES, (head.extra, embedding.extra), strict=True))
        return head

    def _wrap(self, path: str, head: ExtendedHead | None, config: AdapterConfig) -> None:
        in_head = head is not None and path == "ctc_head.known"
        base: nn.Module | None
        try:
            base = self.model.get_submodule("ctc_head" if in_head else path)
        except AttributeError:
            base = None
        if not isinstance(base, nn.Linear):
            raise AdapterError("adapter", f"the base has no linear map {path}", "use its own base")
        rank = config.rank_of(path)
        scale = scaling(rank, config.alpha_of(path), config.rslora)
        update = LoRALinear(base, rank, scale, config.dropout)
        self.updates[path] = update
        if head is not None and in_head:  # inside a module that is exchanged as a whole
            head.known = update
        else:
            self._originals[path] = base
            self.replacements[path] = update


def _place(model: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, child = path.rpartition(".")
    setattr(model.get_submodule(parent), child, module)
