"""A reliability diagram as SVG: confidence across, share of right words upwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from gsaocr.evaluation.calibration import Bin

_SIDE = 320  # of the unit square, in user units
_LEFT, _TOP, _LEGEND = 50, 20, 20  # margins, and the height of a line of the legend
_COLOURS = ("#1b6ca8", "#c8553d", "#3d8b5f", "#8a5aa8", "#b58900", "#586e75", "#d33682", "#2aa198")


def diagram(curves: Mapping[str, Sequence[Bin]]) -> str:
    """Return the SVG text; a dot's area shows how many words its bin holds.

    Args:
        curves: bins by the name that the legend gives.
    """
    height = _TOP + _SIDE + 50 + _LEGEND * len(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + 2 * _LEFT} {height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<path d="M{_x(0)} {_y(0)} L{_x(1)} {_y(1)}" stroke="#999" stroke-dasharray="4"/>',
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{_SIDE}" height="{_SIDE}" fill="none" '
        'stroke="#333"/>',
    ]
    for tick in (0.0, 0.5, 1.0):
        parts.append(_text(_x(tick), _y(0) + 16, f"{tick:g}", "middle"))
        parts.append(_text(_x(0) - 8, _y(tick) + 4, f"{tick:g}", "end"))
    parts.append(_text(_x(0.5), _y(0) + 34, "confidence; upwards: share of right words", "middle"))
    for number, (name, bins) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        parts += _curve(bins, colour)
        legend = _y(0) + 52 + _LEGEND * number
        parts.append(f'<circle cx="{_x(0) + 5}" cy="{legend - 4}" r="5" fill="{colour}"/>')
        parts.append(_text(_x(0) + 18, legend, name, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _curve(bins: Sequence[Bin], colour: str) -> list[str]:
    filled = [part for part in bins if part.items]
    whole = sum(part.items for part in filled)
    points = [(_x(part.confidence), _y(part.right)) for part in filled]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 10 * (part.items / whole) ** 0.5:.1f}" '
        f'fill="{colour}" fill-opacity="0.5"/>'
        for part, (x, y) in zip(filled, points, strict=True)
    ]
    return [f'<path d="M{path}" fill="none" stroke="{colour}"/>', *dots] if points else []


def _x(share: float) -> float:
    return _LEFT + _SIDE * share


def _y(share: float) -> float:
    return _TOP + _SIDE * (1 - share)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
