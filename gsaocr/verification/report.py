"""The outcome of a verification, as JSON, as a page of HTML and as Markdown with pictures."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gsaocr.errors import OutputError
from gsaocr.verification.claims import Expectation, Row, condense
from gsaocr.verification.pictures import Picture
from gsaocr.whole_file import write_whole

_REPAIR = "choose another file"

SUFFIXES = (".html", ".htm", ".md")
"""What a report file may end in."""

HEADS = ("check", "layer", "group", "LoRA", "weights", "precision", "element")
_NUMBERS = ("max abs error", "relative error", "limit", "verdict")


@dataclass(frozen=True)
class Report:
    """All rows of a run, and what was run."""

    version: str
    model: str
    fingerprint: str
    group: str
    adapters: tuple[str, ...]
    seed: int
    quick: bool
    seconds: float
    rows: tuple[Row, ...]

    @property
    def broken(self) -> list[Row]:
        """The rows that are not as they must be."""
        return [row for row in self.rows if not row.as_it_must]

    @property
    def trustworthy(self) -> bool:
        """Whether everything that must hold holds and every control fails, at least one of each."""
        held = any(row.expectation is Expectation.HOLDS for row in self.rows)
        return held and self.has_control and not self.broken

    @property
    def has_control(self) -> bool:
        """Whether anything was measured that must fail."""
        return any(row.expectation is Expectation.FAILS for row in self.rows)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        counts = {e: sum(row.expectation is e for row in self.rows) for e in Expectation}
        said = (
            f"{counts[Expectation.HOLDS]} statements hold, {counts[Expectation.FAILS]} controls "
            f"fail as they must, {counts[Expectation.APPROXIMATE]} are approximate"
        )
        if self.broken:
            said = f"{len(self.broken)} of {len(self.rows)} rows are not as they must be"
        return f"{said}; {self.seconds:.0f} s"

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, every row included."""
        return {
            "version": self.version,
            "model": self.model,
            "hash": self.fingerprint,
            "group": self.group,
            "adapters": list(self.adapters),
            "seed": self.seed,
            "quick": self.quick,
            "seconds": round(self.seconds, 1),
            "trustworthy": self.trustworthy,
            "rows": [row.to_json() for row in self.rows],
        }


def cells(row: Row, count: int) -> tuple[str, ...]:
    """Return a table line: the heads' fields, the errors, the limit and the verdict.

    ``count`` says how many rows the line stands for; the element is the decisive one of them.
    """
    element = row.element if count == 1 else f"{row.element} ({_chosen(row)} of {count})"
    names = (row.check, row.layer, row.group, row.lora, row.weights, row.precision, element)
    verdict = f"{row.verdict} ({row.note})" if row.note else row.verdict
    return (
        *names,
        _number(row.error.absolute),
        _number(row.error.relative),
        _number(row.limit),
        verdict,
    )


def check_path(path: Path) -> None:
    """Raise ``OutputError`` where a report can't be written to that path."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(str(path), "unknown kind of report", "end it in .html or .md")
    if not os.path.isdir(path.parent):
        raise OutputError(str(path), "its folder is not there", "create it first")
    if os.path.isdir(path):
        raise OutputError(str(path), "is a folder", "name a file")


def write_report(report: Report, pictures: Sequence[Picture], path: Path) -> list[Path]:
    """Write a report as its suffix says and return all files written.

    An HTML page holds its pictures; a Markdown file has them beside it as NAME-PICTURE.png.

    Raises:
        OutputError: the file can't be written.
    """
    check_path(path)
    written: list[Path] = []
    if path.suffix.lower() == ".md":
        for picture in pictures:
            target = path.with_name(f"{path.stem}-{picture.name}.png")
            write_whole(target, _png(picture), _REPAIR)
            written.append(target)
        write_whole(path, _markdown(report, pictures, path.stem).encode(), _REPAIR)
    else:
        write_whole(path, _html(report, pictures).encode(), _REPAIR)
    return [*written, path]


def _facts(report: Report) -> list[tuple[str, str]]:
    return [
        ("outcome", report.summary),
        ("gsaocr", report.version),
        ("model", report.model),
        ("hash", report.fingerprint),
        ("group", report.group),
        ("adapters", ", ".join(report.adapters) or "none"),
        ("seed", str(report.seed) + (", quick" if report.quick else "")),
    ]


def _markdown(report: Report, pictures: Sequence[Picture], stem: str) -> str:
    lines = ["# Equivariance", ""]
    lines += [f"- {name}: {_cell(value)}" for name, value in _facts(report)]
    for picture in pictures:
        lines += ["", picture.caption, "", f"![{picture.name}]({stem}-{picture.name}.png)"]
    heads = [*HEADS, *_NUMBERS]
    lines += ["", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row, count in condense(report.rows):
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells(row, count))} |")
    return "\n".join(lines) + "\n"


def _html(report: Report, pictures: Sequence[Picture]) -> str:
    def element(tag: str, content: str, marks: str = "") -> str:
        return f"<{tag}{marks}>{html.escape(content)}</{tag}>"

    facts = "".join(
        f"<tr>{element('th', name)}{element('td', value)}</tr>" for name, value in _facts(report)
    )
    shown = "".join(
        f'<figure><img alt="{html.escape(picture.caption, quote=True)}" '
        f'src="data:image/png;base64,{base64.b64encode(_png(picture)).decode()}">'
        f"{element('figcaption', picture.caption)}</figure>"
        for picture in pictures
    )
    heads = "".join(element("th", head) for head in (*HEADS, *_NUMBERS))
    body = "".join(
        f'<tr class="{_class(row)}">'
        + "".join(element("td", cell) for cell in cells(row, count))
        + "</tr>\n"
        for row, count in condense(report.rows)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Equivariance of {html.escape(report.model)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>Equivariance</h1><table>{facts}</table>{shown}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}</tbody></table></body></html>\n"
    )


_STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}"
    "th,td{text-align:left;padding:.2em .7em;border-bottom:1px solid #ddd;vertical-align:top}"
    "thead th{position:sticky;top:0;background:#fff}"
    ".broken td{background:#fbd5d5}.control td{background:#f2f2f2}.approximate td{color:#777}"
    "figure{margin:1.5em 0}img{max-width:100%}figcaption{max-width:50em}"
)


def _class(row: Row) -> str:
    if not row.as_it_must:
        return "broken"
    return "control" if row.expectation is Expectation.FAILS else str(row.expectation)


def _png(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    picture.image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _chosen(row: Row) -> str:
    return "smallest" if row.expectation is Expectation.FAILS else "worst"


def _number(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"
