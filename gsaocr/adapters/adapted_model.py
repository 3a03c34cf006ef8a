"""A recognizer with an adapter that leaves the base alone: both can be used at the same time."""

from __future__ import annotations

import copy
from itertools import chain

from gsaocr.adapters.adapter import Adapter, check_base, identity
from gsaocr.adapters.attachment import Attachment
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import ModelFile


def adapted_model(base: ModelFile, adapter: Adapter) -> Recognizer:
    """Return the base with an adapter attached, as a module tree of its own.

    It shares every weight with the base, so an adapter costs the memory of its own A and B; the
    base's modules stay as they are.

    Raises:
        AdapterError: the adapter was made for another base or doesn't fit it.
    """
    check_base(adapter, identity(base.model.config, base.fingerprint))
    model = sharing_copy(base.model)
    attachment = Attachment(model, adapter.config)
    attachment.load(adapter.tensors)
    attachment.train(False)
    attachment.attach()
    return model.eval()


def sharing_copy(model: Recognizer) -> Recognizer:
    """Return a copy of a recognizer's modules that has the same weights, not copies of them."""
    weights = chain(model.parameters(), model.buffers())
    return copy.deepcopy(model, {id(weight): weight for weight in weights})
