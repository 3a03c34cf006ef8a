"""The recognizer: group encoder, frame choice, upper part, CTC head and text decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gsaocr.layers.frames import FrameField
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.decoder import TextDecoder
from gsaocr.recognizer.encoder import GroupEncoder
from gsaocr.recognizer.orientation import OrientationHead, chosen_view
from gsaocr.recognizer.upper import UpperPart


@dataclass(frozen=True)
class Encoded:
    """A batch of lines after the upper part, read in one frame each."""

    steps: Tensor
    """(batch, steps, upper width)."""
    valid: Tensor
    """(batch, steps), False in the padding."""
    ctc_logits: Tensor
    """(batch, CTC frames, classes); class 0 is the blank."""

    @property
    def frame_counts(self) -> Tensor:
        """Valid CTC frames of each line, (batch,)."""
        per_step = self.ctc_logits.shape[1] // max(self.steps.shape[1], 1)
        return self.valid.sum(1) * per_step


class Recognizer(nn.Module):
    """Reads prepared line images; docs/architecture.md draws the path through it."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = GroupEncoder(config)
        self.orientation = OrientationHead(config.lower_width)
        self.upper = UpperPart(config)
        self.ctc_head = nn.Linear(
            config.upper_width, config.frames_per_step * config.charset.ctc_size
        )
        self.decoder = TextDecoder(config)

    def look(
        self, images: Tensor, valid: Tensor, readers: Sequence[int] | None = None
    ) -> FrameField:
        """Return the group field of lines (batch, height, width): of all readers, or of some."""
        field: FrameField = self.encoder(images, valid, readers)
        return field

    def read(self, field: FrameField, chosen: Tensor) -> Encoded:
        """Run the upper part and the CTC head for one reader per line; ``chosen`` (batch,)."""
        view, columns = chosen_view(field, chosen, self.upper.rows)
        steps, valid = self.upper(view, columns)
        return Encoded(steps, valid, self.ctc_logits(steps))

    def ctc_logits(self, steps: Tensor) -> Tensor:
        """Return (batch, CTC frames, classes) of steps (batch, steps, upper width)."""
        per_step: Tensor = self.ctc_head(steps)
        frames = steps.shape[1] * self.config.frames_per_step
        return per_step.reshape(steps.shape[0], frames, -1)

    def forward(
        self, images: Tensor, valid: Tensor, readers: Sequence[int] | None = None
    ) -> tuple[Tensor, Encoded]:
        """Return frame scores (batch, readers) and the reading in the identity's frame."""
        field = self.look(images, valid, readers)
        upright = torch.zeros(images.shape[0], dtype=torch.long, device=images.device)
        return self.orientation(field), self.read(field, upright)
