"""The learning curve of an adapter's training, kept as a table and drawn into its card."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from gsaocr.adapters.card import CURVE_PICTURE, CURVE_TABLE
from gsaocr.errors import OutputError
from gsaocr.whole_file import write_whole

_WIDTH, _HEIGHT = 640, 300  # of the picture, pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 30, 40  # margins
_TICKS = 5  # at most, of an axis
_SIGN = "<!-- learning curve of an adapter, drawn by gsaocr -->"


@dataclass(frozen=True)
class CurvePoint:
    """What a validation found."""

    lines: float
    """Lines trained on so far."""
    epochs: float
    """Times that every line was seen."""
    minutes: float
    """Time of training so far."""
    loss: float
    """CTC loss since the validation before, mean over batches; NaN before the first batch."""
    cer: float
    """Character error rate on the validation lines, 0 to 1."""


_HEAD = ",".join(field.name for field in fields(CurvePoint))


def curve_table(points: Sequence[CurvePoint]) -> str:
    """Return the curve as CSV, a row for each validation; a loss that is unknown is empty."""
    rows = (
        ",".join("" if math.isnan(value) else f"{value:.6g}" for value in astuple(point))
        for point in points
    )
    return "\n".join([_HEAD, *rows]) + "\n"


def curve_picture(points: Sequence[CurvePoint]) -> str:
    """Return the CER over the lines seen, as SVG."""
    across = _axis(max(point.lines for point in points))
    up = _axis(100 * max(point.cer for point in points))
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(lines: float, percent: float) -> tuple[float, float]:
        x = _LEFT + width * lines / across[-1]
        return round(x, 1), round(_TOP + height * (1 - percent / up[-1]), 1)

    def text(x: float, y: float, said: str, anchor: str = "middle") -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{said}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12">',
        _SIGN,
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        '<g stroke="#ddd">',
    ]
    for percent in up:
        _, y = place(0, percent)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
    parts += ["</g>", '<g fill="#333">']
    parts += [text(_LEFT - 6, place(0, each)[1] + 4, f"{each:g} %", "end") for each in up]
    parts += [text(place(each, 0)[0], _HEIGHT - _BOTTOM + 18, f"{each:,.0f}") for each in across]
    parts.append(text(_LEFT + width / 2, _HEIGHT - 6, "lines seen"))
    parts.append(text(_LEFT, _TOP - 12, "CER on the validation lines", "start"))
    parts.append("</g>")
    places = [place(point.lines, 100 * point.cer) for point in points]
    drawn = " ".join(f"{x},{y}" for x, y in places)
    parts.append(f'<polyline points="{drawn}" fill="none" stroke="#06c" stroke-width="2"/>')
    best = min(range(len(points)), key=lambda each: points[each].cer)
    for number, (x, y) in enumerate(places):
        radius = 5 if number == best else 3
        parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#06c"/>')
    x, y = places[best]
    anchor = "end" if x > _WIDTH / 2 else "start"
    parts.append(text(x, max(y - 10, _TOP - 2), f"best: {100 * points[best].cer:.2f} %", anchor))
    return "\n".join([*parts, "</svg>"]) + "\n"


def write_curve(points: Sequence[CurvePoint], folder: Path) -> None:
    """Write table and picture into an adapter's folder; OutputError if they can't be."""
    check_curve_replaceable(folder)
    write_whole(folder / CURVE_TABLE, curve_table(points).encode())
    write_whole(folder / CURVE_PICTURE, curve_picture(points).encode())


def check_curve_replaceable(folder: Path) -> None:
    """Raise OutputError if a file of the curve's names was not written by gsaocr."""
    for name, sign in ((CURVE_TABLE, _HEAD), (CURVE_PICTURE, _SIGN)):
        path = folder / name
        if os.path.lexists(path) and not _holds(path, sign):
            repair = "move it away, or choose another folder with -o"
            raise OutputError(str(path), "is there, and was not written by gsaocr", repair)


def _holds(path: Path, sign: str) -> bool:
    try:
        with path.open("rb") as stream:
            return sign.encode() in stream.read(4096)
    except OSError:
        return False


def _axis(most: float) -> list[float]:
    """Round numbers from 0 to ``most`` or just beyond it."""
    most = most if most > 0 and math.isfinite(most) else 1.0
    step = next(step for step in _steps(most) if most / step <= _TICKS)
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


def _steps(most: float) -> Iterator[float]:
    power = 10.0 ** math.floor(math.log10(most) - 2)
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10
