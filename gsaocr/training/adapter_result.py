"""What an adapter's training ends with: scores before and after, counts, the written folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gsaocr.adapters.adapter import Adapter
from gsaocr.adapters.card import CardFacts, card_text
from gsaocr.adapters.peft_format import TENSOR_FILE, save_adapter
from gsaocr.evaluation.metrics import Score, count, score
from gsaocr.evaluation.scoring import SCORINGS
from gsaocr.printable import printable
from gsaocr.recognizer.charset import to_reading_form
from gsaocr.recognizer.decoding import DEFAULT_DECODE
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.training.adapter_data import TruthLine, limited, load_lines
from gsaocr.training.adapter_loop import AdapterRun, Phase
from gsaocr.training.adapter_state import remove_adapter_state
from gsaocr.training.check_lines import check_lines
from gsaocr.training.learning_curve import CurvePoint, write_curve

_MOST_CHECKED = 300  # lines of a check set that was given
_LINES_TOGETHER = 16  # read at once, and then told of


@dataclass(frozen=True)
class Comparison:
    """One set of lines, read by the base and with the adapter."""

    what: str
    before: Score
    after: Score


@dataclass(frozen=True)
class AdapterResult:
    """A finished training."""

    adapter: Adapter
    frozen: int
    """Parameters of the base."""
    trainable: int
    """Parameters of the updates."""
    added_rows: int
    """Parameters of added characters' rows."""
    size: int
    """Bytes of the tensors' file."""
    comparisons: tuple[Comparison, ...]
    minutes: float

    @property
    def share(self) -> float:
        """Trainable share of all parameters, 0 to 1."""
        return self.trainable / (self.trainable + self.frozen)


def finish(
    run: AdapterRun, adapter: Adapter, phase: Phase = lambda name, share: None
) -> AdapterResult:
    """Measure a trained adapter, write its folder and remove the resume state.

    ``phase`` is told which lines are read with and without it.

    Raises:
        OutputError: the folder can't be written.
        InputError: the check set can't be read.
    """
    training = run.training
    sets = [
        ("validation", run.validation_lines, "upper" if run.folded else "raw"),
        ("base's domain", _check_set(run), "raw"),
    ]
    comparisons = [_compared(run, *each, phase) for each in sets]
    frozen = sum(p.numel() for p in run.base_weights())
    scores = tuple(
        (f"{c.what}, {c.before.items} lines, CER", percent(c.before), percent(c.after))
        for c in comparisons
    )
    facts = CardFacts(
        tuple(printable(path.name) for path in training.data),
        len(run.train_lines),
        len(run.validation_lines),
        training.licence,
        frozen,
        scores,
        _settings(run),
        curve=True,
    )
    write_curve([CurvePoint(*point) for point in run.progress.curve], training.out)
    save_adapter(adapter, training.out, card_text(adapter, facts))
    remove_adapter_state(training.out)
    return AdapterResult(
        adapter,
        frozen,
        adapter.low_rank_parameters,
        adapter.added_rows,
        (training.out / TENSOR_FILE).stat().st_size,
        tuple(comparisons),
        run.progress.minutes,
    )


def percent(measured: Score) -> str:
    """Return a character error rate with its interval."""
    rate = measured.cer
    return f"{100 * rate.value:.2f} % [{100 * rate.low:.2f}, {100 * rate.high:.2f}]"


def _compared(
    run: AdapterRun, what: str, lines: Sequence[TruthLine], rule: str, phase: Phase
) -> Comparison:
    def tell(read_with: str) -> Callable[[float], None]:
        return partial(phase, f"{what}, {len(lines)} lines, {read_with}")

    run.attachment.detach()
    base = LineReader(run.model, run.device, DEFAULT_DECODE)
    before = _score(base, lines, rule, tell("base"))
    run.attachment.attach()
    how = "attention" if run.free else DEFAULT_DECODE
    reader = LineReader(run.model, run.device, how, run.config.length)
    return Comparison(what, before, _score(reader, lines, rule, tell("adapter")))


def _score(
    reader: LineReader, lines: Sequence[TruthLine], rule: str, tell: Callable[[float], None]
) -> Score:
    scoring = SCORINGS[rule]
    counts = []
    for start in range(0, len(lines), _LINES_TOGETHER):
        tell(start / len(lines))
        part = lines[start : start + _LINES_TOGETHER]
        for line, reading in zip(part, reader.read_lines([x.image for x in part]), strict=True):
            counts.append(count(scoring(line.text), scoring(reading.text)))
    tell(1.0)
    return score(counts)


def _check_set(run: AdapterRun) -> list[TruthLine]:
    """Return what was given as a check set, or the lines that ship."""
    training = run.training
    if training.check:
        charset = run.model.config.charset
        found = load_lines(training.check, to_reading_form, charset, extend=True)
        return limited(found.lines, _MOST_CHECKED)
    return check_lines()


def _settings(run: AdapterRun) -> dict[str, str]:
    training = run.training
    told = {
        "parts": ", ".join(training.parts),
        "targets": ", ".join(training.targets),
        "learning rate": f"{training.learning_rate:g} ({training.schedule})",
        "dropout": f"{training.dropout:g}",
        "augmentation": f"{training.augmentation:g}",
        "truth": ", ".join(training.truth) or "as transcribed",
        "seed": str(training.seed),
    }
    if run.started_from:
        told["begun with"] = run.started_from
    if training.render_fonts:
        told["rendered lines"] = f"{100 * training.render_share:.0f} %, as {training.render_as}"
    return told
