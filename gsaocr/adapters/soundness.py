"""Whether a base still computes anything once an adapter of others changes it."""

from __future__ import annotations

import torch

from gsaocr.adapters.adapted_model import sharing_copy
from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.attachment import Attachment
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.probe import unsound
from gsaocr.recognizer.tensor_file import LARGEST_ENTRY


def check_sound(model: Recognizer, adapter: Adapter) -> None:
    """See that no update s B A is beyond all measure, and that a line read with them stays finite.

    A and B may be finite while their product is not, and so may the updates while the network's
    sums are not; both would be read as a blank page.

    Args:
        model: the base, without any adapter attached; it is left alone.
        adapter: its tensors have the names and shapes that its configuration asks for.

    Raises:
        ValueError: one of the two.
    """
    model = sharing_copy(model)  # others may be reading with the base
    attachment = Attachment(model, adapter.config)
    attachment.load(adapter.tensors)
    attachment.train(False)
    for path, update in attachment.updates.items():
        largest = float(update.delta().abs().max())
        if not largest <= LARGEST_ENTRY:  # NaN as well
            raise ValueError(f"the update of {path} has numbers beyond {LARGEST_ENTRY:g}")
    attachment.attach()
    with torch.inference_mode():
        cause = unsound(model)
    if cause:
        raise ValueError(f"with it the base reads nothing: {cause}")
