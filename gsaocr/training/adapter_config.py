"""What the training of an adapter is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AdapterTraining:
    """One run of ``train-adapter``."""

    data: tuple[Path, ...]
    """Folders or zips of pairs, PAGE or ALTO files or folders of them, CSV or JSONL manifests."""
    out: Path
    """The adapter's folder; its name is the adapter's name."""
    base: Path
    """File of the base model."""
    parts: tuple[str, ...] = ("upper", "decoder")
    """Parts of the network that are changed; without ``lower`` the group layers run once a line."""
    targets: tuple[str, ...] = ("q", "k", "v", "out", "mlp", "columns", "head")
    """Kinds of maps that are changed."""
    start: Path | None = None
    """Folder of an adapter of the same base whose values the updates begin with; None: no update
    at first."""
    rank: int | None = None
    """Rank of the updates; None: that of ``start``, or else the largest that keeps the trainable
    share within 5 per cent."""
    alpha: float | None = None
    """Numerator of the scaling; None: twice the rank."""
    dropout: float = 0.05
    """Dropout on the inputs of the updates."""
    rslora: bool = False
    """Whether the scaling is alpha / sqrt(rank)."""
    full: bool = False
    """Train all weights of the parts instead of updates: to compare with, gives a model file."""
    learning_rate: float = 8e-3
    """Peak learning rate."""
    schedule: str = "cosine"
    """``cosine``, ``linear`` (both fall to zero) or ``constant``, after the warm-up."""
    warmup: float = 0.05
    """Share of the training over which the learning rate rises."""
    weight_decay: float = 0.01
    """Decoupled weight decay of the updates."""
    epochs: float = 20.0
    """Passes over the lines; the training ends with them or with the minutes."""
    minutes: float = 18.0
    """Time budget; the learning rate has fallen when it ends."""
    patience: int = 5
    """Validations without a better result after which the training stops."""
    keep: str = "best"
    """``best``: the state with the lowest CER on the validation lines; ``last``: where the base has
    seen those lines, which it then reads better than any adapter that learns something."""
    validations: int = 12
    """Validations over the whole training."""
    validation: tuple[Path, ...] = ()
    """Lines to validate on; empty: a part of the data is set apart."""
    validation_share: float = 0.1
    """Share of the documents (or lines) that is set apart."""
    check: tuple[Path, ...] = ()
    """Lines of the base's own domain, read before and after."""
    truth: tuple[str, ...] = ()
    """Conventions of the transcriptions, by name (:mod:`gsaocr.training.truth`)."""
    extend_charset: bool = False
    """Give characters outside the charset rows of their own instead of leaving their lines out."""
    decode: str = ""
    """``attention``: the decoder writes freely, for targets that are not letter by letter."""
    augmentation: float = 0.5
    """Strength of the changes made to training images, 0 (none) to 1."""
    render_fonts: tuple[Path, ...] = ()
    """Fonts (files or folders) with which lines are rendered and mixed in."""
    render_texts: tuple[Path, ...] = ()
    """Texts (.txt, .txt.xz) of the rendered lines."""
    render_as: str = "book"
    """Kind of document that the rendered lines are printed and scanned as."""
    render_share: float = 0.3
    """Share of rendered lines, where there are any."""
    frames_share: float = 1.0
    """Share of batches seen by all readers; the others are seen by the first reader alone."""
    batch_pixels: int = 4096
    """Summed width of a batch's prepared lines, padding included."""
    limit: int | None = None
    """Train on this many lines at most, drawn by name."""
    seed: int = 1
    """Seed of the split, of the order, of the augmentation and of the first values."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    precision: str = "auto"
    """float32, bfloat16, or auto: bfloat16 on CUDA, float32 on the CPU."""
    threads: int = 0
    """Threads of torch on the CPU; 0 leaves torch's choice."""
    licence: str = ""
    """Licence and credit of the data, for the card."""
