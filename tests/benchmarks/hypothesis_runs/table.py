"""The runs that test the paper's hypothesis: what is trained, on what, and at what cost.

Every run of part 1 sees the same number of lines, in the same order for the same seed, with the
same upper part and the same schedule, and a line costs the same to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.cost import BOOK_LINE, encoder_flops
from gsaocr.recognizer.model import Recognizer
from gsaocr.synthesis.render import RenderConfig
from gsaocr.training.config import Stage

LINES = 16_000
"""Lines that a run of the reader sees, counted without the last, unfinished batch."""

CURRICULUM = (Stage(5_000, 2, 5), Stage(1_000_000_000, 2, 10))
"""Short lines first: CTC stays on the blank for long otherwise (docs/training.md)."""

PRINT = RenderConfig(
    book=1.0,
    oldprint=0.0,
    typescript=0.0,
    receipt=0.0,
    modern=0.0,
    clean=0.5,
    rare=0.0,
    neighbours=0.0,
    page_cut=0.0,
    mixed=0.0,
    skew=1.0,
    tight=0.0,
    loose=0.0,
    rules=0.0,
    scribbles=0.0,
    inverted=0.0,
)
"""Books, cleanly cut: what a small network learns in minutes."""

TEXTS = ("english",)

FACES = (
    "fonts-adf-baskervald",
    "fonts-adf-berenis",
    "fonts-adf-irianis",
    "fonts-adf-romande",
    "fonts-cardo",
    "fonts-century-catalogue",
    "fonts-cmu",
    "fonts-crosextra-caladea",
    "fonts-dejavu-core",
    "fonts-ebgaramond",
    "fonts-freefont-otf",
    "fonts-liberation2",
    "fonts-linuxlibertine",
    "fonts-sil-gentium-basic",
    "fonts-vollkorn",
)
"""Folders below that of ``make fonts`` whose faces are used."""

SCHEDULE: Mapping[str, object] = {
    "learning_rate": 3e-3,
    "cooldown": 0.7,
    "ema": 0.995,
    "batch_pixels": 1024,
}
"""Of every run; the learning rate has fallen to a fiftieth when it ends."""

ALIGNED = 0.6
"""Share of a run over which the supervision by known places of characters fades out."""

SEEDS = (1, 2, 3)

SMALL: Mapping[str, object] = {
    "line_height": 24,
    "stem_channels": (12, 24),
    "lower_width": 32,
    "upper_width": 96,
    "upper_blocks": 2,
    "decoder_width": 32,
    "decoder_layers": 1,
}
"""The network, half as high and wide as the shipped one's, so that a run takes minutes."""

ALONE: Mapping[str, object] = {
    "group": "C1",
    "stem_channels": (28, 54),
    "lower_width": 64,
    "lower_heads": 8,
}
"""C1 with the operations of C4: one frame, but twice as wide. The upper part is the same."""


@dataclass(frozen=True)
class Arm:
    """One way of making a reader of lines."""

    name: str
    meaning: str
    architecture: Mapping[str, object] = field(default_factory=dict)
    """What differs from :data:`SMALL`."""
    frames_share: float = 0.0
    """Share of batches seen in all frames (all of them: no more cost for C1)."""
    without_fibres: bool = False
    upside_down: float = 0.0
    """Share of lines shown turned by 180 degrees."""
    share_of_lines: float = 1.0
    """Of :data:`LINES`."""

    @property
    def config(self) -> RecognizerConfig:
        """The network."""
        return replace(RecognizerConfig(), **{**SMALL, **self.architecture})  # type: ignore[arg-type]


ARMS = (
    Arm("C1", "one frame, twice as wide; upright lines alone", ALONE),
    # A quarter turn is undone by the long side, up to half a turn: lines in all four directions,
    # equally often, are for the network lines of which half stand on their head.
    Arm(
        "C1 turned",
        "the same, half of the lines upside down; the head learns which",
        ALONE,
        frames_share=1.0,
        upside_down=0.5,
    ),
    # The head needs the other frames now and then: an eighth of the batches.
    Arm(
        "C4 silent",
        "one frame trained, all of them in an eighth of the batches; no fibre attention",
        frames_share=0.125,
        without_fibres=True,
    ),
    Arm("C4", "all frames and fibre attention from the first line", frames_share=1.0),
)
"""Part 1."""

MORE_ARMS = (
    Arm(
        "C1 small",
        "one frame, as wide as C4: equal parameters instead of equal operations",
        {"group": "C1"},
    ),
    Arm("C2", "the two frames along the line; half of the lower part's cost", {"group": "C2"}, 1.0),
    Arm("D4", "flips as well: eight frames", {"group": "D4"}, 1.0),
    Arm("C4 own", "own frame, keys in all frames of a square", {"group_attention": "own"}, 1.0),
    Arm("C4 paper", "the paper's sum over frames", {"group_attention": "paper"}, 1.0),
    Arm("C4 rc", "Romero and Cordonnier's sum over frames", {"group_attention": "rc"}, 1.0),
    *(
        replace(arm, name=f"{arm.name}, 1/{part}", share_of_lines=1 / part)
        for part in (8, 4, 2)
        for arm in (ARMS[1], ARMS[3])
    ),
)
"""Part 3: one seed each."""


@dataclass(frozen=True)
class AdapterCase:
    """One way of fitting the shipped base to Fraktur."""

    name: str
    rank: int | None
    """Rank of the updates; None: full fine-tuning."""
    parts: tuple[str, ...] = ("encoder", "decoder")
    learning_rate: float = 8e-3


ADAPTER_CASES = (
    AdapterCase("rank 1", 1),
    AdapterCase("rank 4", 4),
    AdapterCase("rank 16", 16),
    AdapterCase("full", None, learning_rate=5e-4),
    AdapterCase("rank 4, encoder", 4, ("encoder",)),
    AdapterCase("rank 4, decoder", 4, ("decoder",)),
)
"""Part 2; the encoder is the group layers and the upper part."""

ADAPTER_SEEDS = (1, 2)
ADAPTER_LINES = 600
"""Lines of Fraktur that are trained on."""
ADAPTER_EPOCHS = 3.0
ADAPTER_FRAMES_SHARE = 0.25
"""Share of the batches that all frames see."""


def reading_flops(model: Recognizer, characters: int = BOOK_LINE) -> int:
    """Return the operations of a read line, without those that change nothing.

    With one frame the fibre attention's softmax is over one key: its queries and keys are idle, and
    would be counted against C1.
    """
    config = model.config
    idle = 0
    if model.encoder.group.order == 1:
        points = config.line_height // 8 * (-(-characters * 11 * config.line_height // 32 // 8))
        idle = config.lower_blocks * points * 4 * config.lower_width**2
    return encoder_flops(model, characters) - idle
