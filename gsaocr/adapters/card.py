"""An adapter's card: README.md with the front matter that PEFT's cards have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gsaocr.adapters.adapter import Adapter

CURVE_TABLE = "training.csv"
CURVE_PICTURE = "learning-curve.svg"
"""Files beside a card: the learning curve as a table, and drawn."""


@dataclass(frozen=True)
class CardFacts:
    """What a card tells beside what the adapter itself holds."""

    data: tuple[str, ...]
    """What it was trained on, one entry each."""
    lines: int
    """Lines trained on, and how many were set apart to validate."""
    validation_lines: int
    licence: str = ""
    """Licence and credit of the data."""
    frozen: int = 0
    """Parameters of the base."""
    scores: tuple[tuple[str, str, str], ...] = ()
    """(what was read, before, after)."""
    settings: dict[str, str] = field(default_factory=dict)
    """How it was trained."""
    curve: bool = False
    """Whether the learning curve lies beside the card."""


_SIGN = "A LoRA adapter for gsaocr's recognizer. Use it with"


def is_own_card(text: str) -> bool:
    """Return whether a README.md begins as :func:`card_text` writes it."""
    return text.startswith("---\nlibrary_name: peft\n") and f"\n{_SIGN}\n" in text


def card_text(adapter: Adapter, facts: CardFacts) -> str:
    """Return the card in Markdown."""
    config = adapter.config
    trained = adapter.low_rank_parameters
    share = 100 * trained / max(trained + facts.frozen, 1)
    lines = [
        "---",
        "library_name: peft",
        "tags:",
        *[f"- {tag}" for tag in ("lora", "ocr", "gsaocr")],
        "---",
        "",
        f"# {adapter.name}",
        "",
        _SIGN,
        f"`gsaocr transcribe --adapter {adapter.name} scan.png`.",
        "",
        "| | |",
        "|---|---|",
        f"| base | `{adapter.base.fingerprint}` |",
        f"| group | {adapter.base.group} |",
        f"| maps with an update | {len(config.paths)} |",
        f"| rank, alpha | {config.rank}, {config.alpha:g}{' (rsLoRA)' if config.rslora else ''} |",
        f"| trained parameters | {trained:,} of {trained + facts.frozen:,} ({share:.2f} %) |",
    ]
    if config.characters:
        listed = " ".join(f"`{c}` (U+{ord(c):04X})" for c in config.characters)
        lines.append(f"| added characters | {listed}: {adapter.added_rows:,} parameters |")
    if config.decode:
        rule = config.length
        length = f", at most {rule.per_frame:g} per CTC frame + {rule.extra}" if rule else ""
        lines.append(f"| decoding | {config.decode}{length} |")
    lines += ["", "## Training data", ""]
    lines += [f"- {entry}" for entry in facts.data]
    lines.append(f"\n{facts.lines:,} lines to train on, {facts.validation_lines:,} to validate on.")
    lines += ["", facts.licence or "The licence of the data is not stated.", ""]
    lines += _table("## Results", ("read", "base", "with the adapter"), facts.scores)
    if facts.curve:
        picture = f"![CER on the validation lines, by the lines seen]({CURVE_PICTURE})"
        lines += ["## Learning curve", "", picture, "", f"[As a table]({CURVE_TABLE})", ""]
    settings = [(k, v) for k, v in (*facts.settings.items(), *adapter.metadata.items())]
    lines += _table("## Settings", ("setting", "value"), settings)
    return "\n".join(lines).rstrip() + "\n"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [title, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body, ""]
