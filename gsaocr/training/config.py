"""What a training run is told, and the curriculum from short lines to whole book lines."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

from gsaocr.system import usable_cores


@dataclass(frozen=True)
class Stage:
    """Lengths of lines up to a point of the training.

    CTC stays on the blank for long when lines are long from the start (docs/training.md).
    """

    until_lines: int
    """The stage ends when this many lines have been seen."""
    min_chars: int
    """Shortest line rendered."""
    max_chars: int
    """Longest line rendered."""


DEFAULT_CURRICULUM = (
    Stage(12_000, 2, 10),
    Stage(30_000, 2, 22),
    Stage(60_000, 1, 44),
    Stage(1_000_000_000, 1, 110),
)


def falls_due(step: int, share: float) -> bool:
    """Return whether a step is one of a share of all steps, spread evenly over them."""
    return math.floor((step + 1) * share) > math.floor(step * share)


@dataclass(frozen=True)
class TrainingConfig:
    """One run of ``train-base``."""

    out: Path
    """Folder of the run: resume state, weights, log."""
    fonts: tuple[Path, ...] = ()
    """Folders of fonts to render with."""
    corpora: tuple[Path, ...] = ()
    """Text files (.txt, .txt.xz), one paragraph per line."""
    recorded: Path | None = None
    """Folder of lines rendered before (:mod:`gsaocr.training.recorded`), which are then all that is
    seen: for experiments that are compared. A run that is resumed begins with the first again."""
    lines: tuple[Path, ...] = ()
    """Real lines (zips or folders) mixed in."""
    folded_lines: tuple[Path, ...] = ()
    """Real lines whose truth is in capitals throughout: the loss ignores case on them."""
    real_share: float = 0.15
    """Share of batches that are real lines, where there are any."""
    real_strength: float = 0.6
    """How much real lines are changed (``augment``), since they come again and again."""
    minutes: float = 60.0
    """Time budget of this run; the learning rate falls towards its end."""
    budget_lines: int = 0
    """Lines to be seen in this run instead, whatever time they take: for experiments that are
    compared. 0: the time counts."""
    cooldown: float = 0.35
    """Share of the budget over which the learning rate falls."""
    warmup_steps: int = 100
    """Steps over which the learning rate rises, after a resume too."""
    learning_rate: float = 2e-3
    """Peak learning rate of AdamW; Muon's updates are scaled to the same size."""
    weight_decay: float = 0.02
    """Decoupled weight decay of matrices."""
    batch_pixels: int = 0
    """Summed width of a batch's prepared lines, padding included; 0: what suits the device."""
    curriculum: tuple[Stage, ...] = DEFAULT_CURRICULUM
    """Stages by lines seen."""
    aligned_lines: int = 30_000
    """Lines over which the supervision by known character places fades out."""
    frames_share: float = 0.0
    """Share of batches seen by all readers: fibre attention and orientation head are trained."""
    upside_down: float = 0.0
    """Share of the lines that are shown turned by 180 degrees, with their text in the image's order
    from left to right; the orientation head learns which they are. For the group C1 alone, which
    doesn't know turned lines from upright ones."""
    without_fibres: bool = False
    """Whether the fibre attention is set to zero and stays so: the twin that shows what it does."""
    decoder: bool = False
    """Whether the text decoder is trained."""
    decoder_gradient: float = 0.0
    """Share of the decoder's gradient that reaches the encoder."""
    looking_weight: float = 0.3
    """Weight of teaching the decoder where the next character stands."""
    orientation_weight: float = 0.3
    """Weight of the orientation head's cross-entropy."""
    ema: float = 0.999
    """Decay of the averaged weights, which are the ones saved as the model."""
    seed: int = 1
    """Seed of rendering and of the initial weights."""
    workers: int | None = None
    """Processes that render; None: what suits the device."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:n."""
    precision: str = "auto"
    """float32, bfloat16, or auto: bfloat16 on CUDA, float32 on CPU."""
    threads: int = 0
    """Threads of torch on the CPU; 0 leaves torch's choice."""
    save_minutes: float = 5.0
    """Minutes between two writings of the resume state."""
    log_steps: int = 25
    """Steps between two lines of the log."""
    architecture: dict[str, object] = field(default_factory=dict)
    """Fields of the recognizer's configuration that differ from its defaults, for a new run;
    ``upper_blocks`` makes a start's weights grow, too."""

    def suited_to(self, device: str) -> TrainingConfig:
        """Return this with what was left open chosen for a device, ``cpu`` or ``cuda``.

        A GPU takes as long for the operations of a small batch as for those of a large one, and
        every core but the one that drives it has to render.
        """
        cuda = device == "cuda"
        workers, pixels = self.workers, self.batch_pixels
        if workers is None:
            workers = max(1, usable_cores() - 1) if cuda else 1
        return replace(self, workers=workers, batch_pixels=pixels or (98_304 if cuda else 6_144))
