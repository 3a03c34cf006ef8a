"""Colours of grounds, ink and what is drawn, told apart by brightness or by hue alone."""

from __future__ import annotations

import numpy as np

from gsaocr.synthesis.draws import chance, pick, span

Rng = np.random.Generator
Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

_TRIES = 40


def brightness(colour: Colour) -> float:
    """Return the luma of a colour (ITU-R BT.601), 0 to 255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def grey(level: float) -> Colour:
    """Return a grey."""
    value = int(min(255, max(0, level)))
    return value, value, value


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """Return a colour between two: ``share`` of b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def tinted(rng: Rng, level: float, tint: float) -> Colour:
    """Return a colour near a grey level, off by up to about ``tint`` in each channel."""
    return _clipped(*(level + tint * (2 * rng.random() - 1) for _ in range(3)))


def vivid(rng: Rng) -> Colour:
    """Return any colour."""
    return int(rng.random() * 256), int(rng.random() * 256), int(rng.random() * 256)


def paper(rng: Rng) -> Colour:
    """Return the colour of a sheet: white, yellowed, grey, sometimes coloured."""
    at = rng.random()
    if at < 0.35:
        return WHITE
    if at < 0.6:
        return tinted(rng, span(rng, 225, 255), 6)
    if at < 0.85:
        level = span(rng, 190, 250)
        return _clipped(level, level - span(rng, 0, 16), level - span(rng, 4, 50))
    if at < 0.95:
        return tinted(rng, span(rng, 150, 225), 12)
    return tinted(rng, 200, 55)


def dark(rng: Rng) -> Colour:
    """Return a dark ground."""
    return tinted(rng, span(rng, 0, 60), 8) if chance(rng, 0.6) else tinted(rng, 60, 60)


def any_ground(rng: Rng) -> Colour:
    """Return the ground of a card, a bar or a button."""
    at = rng.random()
    if at < 0.4:
        return vivid(rng)
    return dark(rng) if at < 0.65 else paper(rng)


def told_from(rng: Rng, ground: Colour, least: float = 70, hue: float = 0.08) -> Colour:
    """Return a colour for letters on a ground: ``least`` brighter or darker.

    A share of ``hue`` is of about the ground's brightness and told by its hue alone.
    """
    by_hue = chance(rng, hue)
    for _ in range(_TRIES):
        colour = vivid(rng)
        off = abs(brightness(colour) - brightness(ground))
        if by_hue and off < 25:
            if max(abs(x - y) for x, y in zip(colour, ground, strict=True)) > 120:
                return colour
        elif not by_hue and off > least:
            return colour
    return BLACK if brightness(ground) > 127 else WHITE


def ink(rng: Rng, ground: Colour) -> Colour:
    """Return the ink of running text: mostly as far from the ground as it can be."""
    light = brightness(ground) < 120
    at = rng.random()
    if at < 0.3:
        return WHITE if light else BLACK
    if at < 0.75:
        level = span(rng, 185, 250) if light else span(rng, 10, 85)
        return tinted(rng, level, 12)
    if at < 0.85:  # faint
        off = span(rng, 45, 80)
        return tinted(rng, brightness(ground) + (off if light else -off), 8)
    return told_from(rng, ground)


def faint(rng: Rng, ground: Colour, low: float, high: float) -> Colour:
    """Return a colour between the ground and one told from it; low and high are shares of it."""
    far = told_from(rng, ground) if chance(rng, 0.4) else ink(rng, ground)
    return mixed(ground, far, span(rng, low, high))


def scheme(rng: Rng) -> tuple[Colour, Colour]:
    """Return a ground and an ink of a screen or a slide, light or dark."""
    ground = dark(rng) if chance(rng, 0.4) else pick(rng, (WHITE, paper(rng), any_ground(rng)))
    return ground, ink(rng, ground)


def _clipped(red: float, green: float, blue: float) -> Colour:
    return (
        int(min(255, max(0, red))),
        int(min(255, max(0, green))),
        int(min(255, max(0, blue))),
    )
