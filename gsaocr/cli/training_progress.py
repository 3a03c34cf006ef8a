"""How an adapter's training is watched: a bar for each phase on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gsaocr.cli.streams import tell

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from gsaocr.training.adapter_loop import AdapterReport

TRAINING = "training"


class TrainingProgress:
    """Tells of phases one after the other; each keeps its line when the next begins."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._phase = ""
        self._task: TaskID | None = None
        self._cer: float | None = None

    def phase(self, name: str, share: float) -> None:
        """Tell that a phase goes on, and which share of it is done, 0 to 1."""
        if name != self._phase:
            self.end()
            self._phase = name
            if self._bars is None:
                tell(name)
            else:
                self._task = self._bars.add_task(name, total=1.0, detail="")
        self._update(share)

    def report(self, report: AdapterReport) -> None:
        """Tell of the training itself; of each validation a line stays."""
        self.phase(TRAINING, report.done)
        if self._cer != report.cer:
            self._cer = report.cer
            if self._bars is None:
                print(_full(report), file=sys.stderr)
            else:
                self._bars.console.print(_short(report), highlight=False)
        self._update(report.done, f"CER {100 * report.cer:.2f} %")

    def end(self) -> None:
        """Tell that the phase under way is over."""
        self._update(1.0)
        self._task = None

    def _update(self, share: float, detail: str | None = None) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=share)
            if detail is not None:
                self._bars.update(self._task, detail=detail)


@contextmanager
def training_progress() -> Iterator[TrainingProgress]:
    """Yield what shows the phases of a training on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    console = Console(stderr=True)
    with contextlib.ExitStack() as stack:
        bars = None
        if console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                TaskProgressColumn(),
                TimeLeft(compact=True),
                TextColumn("{task.fields[detail]}"),
            )
            bars = stack.enter_context(Progress(*columns, console=console, expand=True))
        progress = TrainingProgress(bars)
        yield progress
        progress.end()


def _short(report: AdapterReport) -> str:
    best = f" (best {100 * report.best:.2f} %)" if report.best < report.cer else ""
    return f"epoch {report.epoch:.1f}: CER {100 * report.cer:.2f} %{best}"


def _full(report: AdapterReport) -> str:
    losses = ", ".join(f"{name} {value:.3f}" for name, value in sorted(report.losses.items()))
    return (
        f"epoch {report.epoch:.1f}, {report.lines_per_second:.0f} lines/s, {losses}, "
        f"CER {100 * report.cer:.2f} % (best {100 * report.best:.2f} %)"
    )
