"""Features of the lower part, kept while it is frozen: it then reads each image only once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from gsaocr.layers.frames import FrameField
from gsaocr.recognizer.model import Recognizer


class LowerCache:
    """The identity's reader's view of lines, as all readers together make it.

    Args:
        model: its lower part must not change while this is in use.
        most_bytes: features beyond that are computed anew each time.
    """

    def __init__(self, model: Recognizer, most_bytes: int = 3 * 2**29) -> None:
        self.model = model
        self.most_bytes = most_bytes
        self.bytes = 0
        self._views: dict[Hashable, Tensor] = {}

    def field(self, images: Tensor, valid: Tensor, keys: Sequence[Hashable | None]) -> FrameField:
        """Return the field of the first reader for lines (batch, height, width).

        ``keys`` name the images: what has the same key is the same image. None is not kept.
        """
        known = [self._views.get(key) if key is not None else None for key in keys]
        if all(view is not None for view in known):
            return self._stacked([view for view in known if view is not None], images)
        with torch.no_grad():
            features, where = self.model.look(images, valid).frame(0)
        views = [f[:, w.any(0)] for f, w in zip(features, where, strict=True)]
        for key, view in zip(keys, views, strict=True):
            size = 2 * view.numel()
            if key is not None and key not in self._views and self.bytes + size < self.most_bytes:
                self._views[key] = view.half().clone()
                self.bytes += size
        return self._stacked(views, images)

    def _stacked(self, views: Sequence[Tensor], like: Tensor) -> FrameField:
        rows, channels = views[0].shape[0], views[0].shape[2]
        columns = max(view.shape[1] for view in views)
        stacked = like.new_zeros(len(views), 1, rows, columns, channels)
        valid = torch.zeros(stacked.shape[:-1], dtype=torch.bool, device=like.device)
        for number, view in enumerate(views):
            stacked[number, 0, :, : view.shape[1]] = view
            valid[number, 0, :, : view.shape[1]] = True
        group = self.model.encoder.group
        return FrameField(group, (0,), (), stacked, stacked[:, :0], valid, valid[:, :0])
