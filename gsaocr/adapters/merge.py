"""Adapters merged into their base: W + sum of w_i s_i B_i A_i, an ordinary model again.

The updates themselves are added up. Adding up A and B apart, as PEFT's "linear" does, would mix
every A with every B.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from gsaocr.adapters.adapter import Adapter, check_base, identity
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.extension import ExtendedEmbedding, ExtendedHead
from gsaocr.errors import AdapterError
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.probe import unsound
from gsaocr.recognizer.weights import ModelFile


def merged(base: ModelFile, adapters: Sequence[tuple[Adapter, float]]) -> Recognizer:
    """Return a new recognizer with the weighted updates in its weights; the base stays as it is.

    The sums are formed in float64 and rounded to float32 once. Rows of added characters are taken
    as they are, whatever the weight.

    Raises:
        AdapterError: an adapter of another base, a character that two adapters add, a sum that is
            not finite, or a model that reads nothing.
    """
    for adapter, _ in adapters:
        check_base(adapter, identity(base.model.config, base.fingerprint))
    _check_characters(adapters)
    own = base.model.config.characters
    characters = own + "".join(a.config.characters for a, _ in adapters)
    result = Recognizer(replace(base.model.config, characters=characters)).eval()
    with torch.no_grad():
        state = {n: t.double() for n, t in base.model.state_dict().items()}
        deltas: dict[str, Tensor] = {}
        rows = []
        for adapter, weight in adapters:
            attachment = Attachment(base.model, adapter.config)
            attachment.load(adapter.tensors)
            for path, update in attachment.updates.items():
                name = f"{path.replace('ctc_head.known', 'ctc_head')}.weight"
                delta = weight * update.delta()
                deltas[name] = deltas[name] + delta if name in deltas else delta
            rows.append(attachment)
        for name, delta in deltas.items():
            state[name] = state[name] + delta
        state = {n: t.float() for n, t in state.items()}
        for attachment in rows:
            _append_rows(state, attachment)
    broken = [n for n, t in state.items() if not torch.isfinite(t).all()]
    if broken:
        raise AdapterError("merged model", f"{broken[0]} is not finite", "use smaller weights")
    result.load_state_dict(state)
    if cause := unsound(result):
        raise AdapterError("merged model", cause, "use smaller weights")
    return result


def origin_of(base: ModelFile, adapters: Sequence[tuple[Adapter, float]]) -> dict[str, str]:
    """Return what a merged model's file says of where it comes from."""
    told = {f"base {k}": v for k, v in base.origin.items()}
    told["merged base"] = base.fingerprint
    for number, (adapter, weight) in enumerate(adapters, 1):
        told[f"merged adapter {number}"] = f"{adapter.name} {tensors_hash(adapter)} x {weight:g}"
    return told


def tensors_hash(adapter: Adapter) -> str:
    """Return the SHA-256 over an adapter's tensors by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(adapter.tensors.items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _append_rows(state: dict[str, Tensor], attachment: Attachment) -> None:
    replaced = attachment.replacements
    head, embedding = replaced.get("ctc_head"), replaced.get("decoder.embedding")
    if isinstance(head, ExtendedHead) and isinstance(embedding, ExtendedEmbedding):
        for name, extra in head.extra.state_dict().items():
            pair = (state[f"ctc_head.{name}"], extra)
            by_frame = [t.view(head.frames, -1, *t.shape[1:]) for t in pair]
            state[f"ctc_head.{name}"] = torch.cat(by_frame, 1).flatten(0, 1)
        known = state["decoder.embedding.weight"]
        rows = embedding.extra.weight
        state["decoder.embedding.weight"] = torch.cat([known[:-2], rows, known[-2:]])


def _check_characters(adapters: Sequence[tuple[Adapter, float]]) -> None:
    seen: dict[str, str] = {}
    for adapter, _ in adapters:
        for character in adapter.config.characters:
            if character in seen:
                cause = f"{character!r} is added by {seen[character]} too"
                raise AdapterError(adapter.name or "adapter", cause, "merge one of the two")
            seen[character] = adapter.name or "adapter"
