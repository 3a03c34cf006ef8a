"""Low-rank updates under test: random ones on any layer, trained ones on the model."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn

from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.catalogue import find_adapter
from gsaocr.adapters.lora import LoRALinear
from gsaocr.adapters.merge import merged as merged_model
from gsaocr.adapters.peft_format import read_adapter
from gsaocr.layers.reference import LinearMap, Maps, low_rank
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import ModelFile

RANK = 2
MAPS = ("phi_qry", "phi_key", "phi_val", "phi_out")


@dataclass(frozen=True)
class Adapted:
    """A trained adapter on the model, in both ways in which it can be used."""

    name: str
    attached: Recognizer
    merged: Recognizer


def trained(base: ModelFile, name: str) -> Adapted:
    """Return copies of the base with the adapter of that name or folder attached, and merged.

    Raises:
        AdapterError: there is none, it can't be read, or it was made for another base.
    """
    adapter = read_adapter(find_adapter(name), base)
    beside = copy.deepcopy(base.model)
    attachment = Attachment(beside, adapter.config)
    attachment.load(adapter.tensors)
    attachment.attach()
    return Adapted(adapter.name or name, beside.eval(), merged_model(base, [(adapter, 1.0)]))


def attached(module: nn.Module, rank: int, generator: torch.Generator) -> nn.Module:
    """Return a copy of the module with random A and B on every phi map inside it."""
    result = copy.deepcopy(module)
    for owner in list(result.modules()):
        for name in MAPS:
            phi = getattr(owner, name, None)
            if isinstance(phi, nn.Linear):
                update = LoRALinear(phi, rank, 1.0)
                with torch.no_grad():
                    for part in (update.lora_A.weight, update.lora_B.weight):
                        part.copy_(torch.randn(part.shape, generator=generator))
                    # As large as the map itself: an update too small to see could hide a fault.
                    update.scale = float(phi.weight.norm() / update.delta().norm())
                setattr(owner, name, update.eval())
    return result


def merged(module: nn.Module) -> nn.Module:
    """Return a copy of a module with every low-rank update in its weight, in its own precision."""
    result = copy.deepcopy(module)
    for owner in list(result.modules()):
        for name, child in list(owner.named_children()):
            if isinstance(child, LoRALinear):
                with torch.no_grad():
                    child.base_layer.weight += child.delta().to(child.base_layer.weight.dtype)
                setattr(owner, name, child.base_layer)
    return result


def variants(
    module: nn.Module, generator: torch.Generator, with_merged: bool = True
) -> dict[str, nn.Module]:
    """Return the module without LoRA, with random A and B attached, and with the same merged."""
    beside = attached(module, RANK, generator)
    found = {"none": module, "attached": beside}
    if with_merged:
        found["merged"] = merged(beside)
    return found


def literal_maps(layer: nn.Module, heads: int) -> Maps:
    """Return the maps of a layer for the reference, an update written as the paper writes it."""

    def literal(name: str) -> LinearMap:
        phi = getattr(layer, name)
        if isinstance(phi, LoRALinear):
            return low_rank(phi.base_layer, phi.lora_A.weight, phi.lora_B.weight, phi.scale)
        assert isinstance(phi, nn.Module)
        return phi

    query, key, value, out = (literal(name) for name in MAPS)
    return Maps(query, key, value, out, heads)
