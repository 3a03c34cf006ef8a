"""What a training run of the finder is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from gsaocr.system import usable_cores


@dataclass(frozen=True)
class FinderTraining:
    """One run of ``train-finder``."""

    out: Path
    """Folder of the run: resume state, weights, log."""
    fonts: tuple[Path, ...] = ()
    """Folders of fonts to render pages with."""
    corpora: tuple[Path, ...] = ()
    """Text files (.txt, .txt.xz), one paragraph per line."""
    pages: tuple[Path, ...] = ()
    """Real pages whose lines are known (zips or folders), mixed in."""
    real_share: float = 0.3
    """Share of the pages that are real, where there are any."""
    minutes: float = 60.0
    """Time budget of this run; the learning rate falls towards its end."""
    cooldown: float = 0.4
    """Share of the budget over which the learning rate falls."""
    all_frames: float = 0.12
    """Share of the budget, at its end, in which all readers look and their fibres are trained."""
    warmup_steps: int = 60
    """Steps over which the learning rate rises, after a resume too."""
    learning_rate: float = 3e-3
    """Peak learning rate."""
    weight_decay: float = 0.02
    """Decoupled weight decay of matrices."""
    side: int = 256
    """Pixels of a crop's side: a multiple of 16."""
    batch: int = 8
    """Crops of a batch that one reader looks at; all readers look at a quarter of that."""
    crops_per_page: int = 6
    """Crops cut from one page."""
    uses: int = 3
    """How often a crop is looked at, turned and coloured anew: rendering takes time as well."""
    pool: int = 256
    """Crops that a batch is drawn from: those of one page are alike."""
    ema: float = 0.998
    """Decay of the averaged weights, which are the ones saved as the model."""
    seed: int = 1
    """Seed of rendering, of crops and of the initial weights."""
    workers: int | None = None
    """Processes that render; 0: the training's own; None: what suits the device."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:n."""
    threads: int = 0
    """Threads of torch on the CPU; 0 leaves torch's choice."""
    save_minutes: float = 5.0
    """Minutes between two writings of the resume state."""
    log_steps: int = 25
    """Steps between two lines of the log."""
    architecture: dict[str, object] = field(default_factory=dict)
    """Fields of the finder's configuration that differ from its defaults, for a new run."""

    def suited_to(self, device: str) -> FinderTraining:
        """Return this with the workers chosen for a device, ``cpu`` or ``cuda``."""
        if self.workers is not None:
            return self
        spare = max(1, usable_cores() - 1)
        return replace(self, workers=spare if device == "cuda" else 0)
