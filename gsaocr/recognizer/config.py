"""The recognizer's configuration: one frozen dataclass, stored with the weights."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from gsaocr.recognizer.calibration import UNFITTED
from gsaocr.recognizer.charset import Charset, default_charset
from gsaocr.strict_json import fields_like


@dataclass(frozen=True)
class RecognizerConfig:
    """Everything that is needed to build the network that a weights file belongs to."""

    group: str = "C4"
    """Group of turns: C1, C2, C4 or D4."""
    line_height: int = 32
    """Height in pixels to which a line image is brought; a multiple of the stride, 8."""
    stem_channels: tuple[int, int] = (24, 40)
    """Channels of the patch embedding after its first and second halving."""
    lower_width: int = 64
    """Channels of the group field."""
    lower_heads: int = 4
    """Attention heads of the lifting layer and the lower blocks."""
    lower_blocks: int = 2
    """Blocks of spatial attention, fibre attention and MLP."""
    lower_mlp: int = 2
    """Width of a lower block's MLP, in units of ``lower_width``."""
    frequencies: int = 8
    """Plane waves of each spatial positional encoding."""
    window: tuple[int, int] = (3, 5)
    """Reach of spatial attention in rows and columns of the reader's own frame, in patches."""
    group_attention: str = "factorised"
    """How readers meet after the spatial attention: ``factorised`` (fibre attention, at one point),
    or an attention over all of H and the square of the window's smaller reach, in the form ``own``,
    ``paper`` or ``rc`` (docs/equivariance.md)."""
    steps_per_column: int = 2
    """Upper-part steps that one column of patches (8 pixels) becomes."""
    upper_width: int = 160
    """Channels of the upper part."""
    upper_heads: int = 4
    """Attention heads of the upper part."""
    upper_blocks: int = 4
    """Blocks of attention, depthwise convolution and MLP in the chosen frame."""
    upper_mlp: int = 2
    """Width of an upper block's MLP, in units of ``upper_width``."""
    upper_kernel: int = 7
    """Width of the upper part's depthwise convolutions, in steps."""
    frames_per_step: int = 2
    """CTC frames that each step gives; two make a frame 2 pixels wide."""
    decoder_width: int = 160
    """Channels of the text decoder."""
    decoder_heads: int = 4
    """Attention heads of the text decoder."""
    decoder_layers: int = 2
    """Layers of the text decoder."""
    decoder_mlp: int = 2
    """Width of a decoder layer's MLP, in units of ``decoder_width``."""
    calibration: tuple[float, float, float] = dataclasses.astuple(UNFITTED)
    """The numbers of :class:`~gsaocr.recognizer.calibration.LetterCalibration`, fitted after the
    training (docs/training.md)."""
    characters: str = default_charset().characters
    """The charset in its order; ids are stored in the weights by this order."""

    @property
    def stride(self) -> int:
        """Pixels per patch, along both sides."""
        return 8

    @property
    def step_pixels(self) -> float:
        """Width of an upper-part step in pixels of the prepared line."""
        return self.stride / self.steps_per_column

    @property
    def frame_pixels(self) -> float:
        """Width of a CTC frame in pixels of the prepared line."""
        return self.step_pixels / self.frames_per_step

    @property
    def charset(self) -> Charset:
        """The characters as a :class:`Charset`."""
        return Charset(self.characters)

    def to_json(self) -> str:
        """Return the configuration as JSON with sorted keys."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> RecognizerConfig:
        """Return the configuration written by :meth:`to_json`.

        Whether the values make sense is :func:`gsaocr.recognizer.bounds.check_bounds`'s to say.

        Raises:
            ValueError: no JSON object, an unknown key, or a value of the wrong type.
        """
        return cls(**fields_like(cls(), text))
