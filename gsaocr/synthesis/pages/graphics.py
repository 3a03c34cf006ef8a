"""What stands on pages and is no text: pictures, ornaments, stamps, codes, handwriting, dirt."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gsaocr.synthesis.draws import chance, log_span, pick, span, whole
from gsaocr.synthesis.pages import colours
from gsaocr.synthesis.pages.canvas import Canvas, Rect
from gsaocr.synthesis.pages.colours import Colour
from gsaocr.synthesis.pages.look import Look

Rng = np.random.Generator
Pixels = NDArray[np.uint8]  # (height, width, 3)

_SMOOTH = (3, 9, 31)  # grains of photographs in pixels


def photograph(rng: Rng, height: int, width: int, base: Colour) -> Pixels:
    """Return a made-up photograph: clouds of several grains, light, and some shapes."""
    field = np.empty((height, width, 3), np.float32)
    field[:] = base
    for grain in _SMOOTH:
        size = max(2, width // grain + 1), max(2, height // grain + 1)
        coarse = rng.standard_normal((size[1], size[0], 3), dtype=np.float32)
        if chance(rng, 0.5):
            coarse[:] = coarse[:, :, :1]
        strength = np.float32(span(rng, 1, 9) * grain**0.5)
        field += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * strength
    if chance(rng, 0.6):
        ramp = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(span(rng, -70, 70))
        down = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(span(rng, -70, 70))
        field += ramp[None, :, None] + down[:, None, None]
    image = np.clip(field, 0, 255).astype(np.uint8)
    for _ in range(whole(rng, 0, 14) if chance(rng, 0.7) else 0):
        _shape(rng, image)
    if chance(rng, 0.5):
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), span(rng, 0.5, 2.5)), np.uint8)
    return image


def _shape(rng: Rng, image: Pixels) -> None:
    """Draw a disc, a stroke, a polygon or a row of them into a photograph."""
    height, width = image.shape[:2]
    colour = colours.vivid(rng)
    x, y = int(rng.random() * width), int(rng.random() * height)
    reach = log_span(rng, 3, max(4.0, 0.4 * min(height, width)))
    at = rng.random()
    if at < 0.3:
        axes = max(1, int(reach)), max(1, int(reach * span(rng, 0.3, 1)))
        thick = -1 if chance(rng, 0.7) else whole(rng, 1, 4)
        cv2.ellipse(image, (x, y), axes, span(rng, 0, 180), 0, 360, colour, thick, cv2.LINE_AA)
    elif at < 0.6:
        end = int(rng.random() * width), int(rng.random() * height)
        cv2.line(image, (x, y), end, colour, whole(rng, 1, 6), cv2.LINE_AA)
    elif at < 0.8:
        points = rng.normal(0, reach, (whole(rng, 3, 6), 2)) + np.array([x, y])
        cv2.fillPoly(image, [points.astype(np.int32)], colour, cv2.LINE_AA)
    else:  # a row of alike things, as windows, fences and books are
        step, count = max(2, int(reach / 2)), whole(rng, 3, 12)
        high = whole(rng, 2, max(3, int(reach)))
        for i in range(count):
            corner = x + i * step, y
            cv2.rectangle(image, corner, (corner[0] + step // 2, y + high), colour, -1)


def halftone(rng: Rng, image: Pixels, pitch: float, ground: Colour) -> Pixels:
    """Return a picture as print shows it: dots or lines of one ink, larger where it is dark."""
    height, width = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    angle = span(rng, 0, np.pi / 2)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn = np.float32(2 * np.pi / pitch)
    u = (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))) * turn
    v = (y * np.float32(np.cos(angle)) - x * np.float32(np.sin(angle))) * turn
    screen = np.cos(u) * np.cos(v) if chance(rng, 0.75) else np.cos(u)
    dark = np.clip((screen * 0.5 + 0.5 - grey) * np.float32(pitch) + 0.5, 0, 1)[..., None]
    ink = np.array(colours.ink(rng, ground), np.float32)
    made = np.array(ground, np.float32) * (1 - dark) + ink * dark
    return np.asarray(np.clip(made, 0, 255), np.uint8)


def picture(rng: Rng, canvas: Canvas, rect: Rect, look: Look) -> None:
    """Put a photograph, a halftone, an engraving or a drawing into a rectangle."""
    pixels = canvas.pixels(rect) if rect.width > 4 and rect.height > 4 else None
    if pixels is None:
        return
    height, width = pixels.shape[:2]
    at = rng.random()
    if at < 0.75:
        made = photograph(rng, height, width, colours.vivid(rng))
        if chance(rng, 0.4) or look.era in ("old", "typed"):
            made[:] = cv2.cvtColor(made, cv2.COLOR_RGB2GRAY)[..., None]
        if at < 0.3:
            made = halftone(rng, made, canvas.scale * log_span(rng, 1.8, 6), look.ground)
        canvas.put(rect, made)
    elif at < 0.9:
        canvas.put(rect, engraving(rng, pixels, look.ink))
    else:
        drawing(rng, canvas, rect, look)
    if chance(rng, 0.25):
        canvas.frame(rect, look.line_color(rng), span(rng, 0.5, 2))
    canvas.object("picture", rect)


def engraving(rng: Rng, ground: Pixels, ink: Colour) -> Pixels:
    """Return a ground with strokes side by side whose thickness makes the picture."""
    height, width = ground.shape[:2]
    tone = cv2.cvtColor(photograph(rng, height, width, (128, 128, 128)), cv2.COLOR_RGB2GRAY)
    tone = tone.astype(np.float32) / 255
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pitch = log_span(rng, 3, 9)
    covered = np.zeros((height, width), np.float32)
    for _ in range(whole(rng, 1, 2)):
        angle = span(rng, 0, np.pi)
        bend = np.float32(span(rng, 0, 5)) * np.sin(x / np.float32(span(rng, 15, 60)))
        along = (x * np.float32(np.sin(angle)) + (y + bend) * np.float32(np.cos(angle))) % pitch
        edge = np.float32(0.5 * pitch) * (1 - tone) * np.float32(span(rng, 0.7, 1.3))
        covered = np.maximum(covered, np.clip(edge - np.abs(along - pitch / 2) + 0.5, 0, 1))
    covered = covered[..., None]
    made = ground * (1 - covered) + np.array(ink, np.float32) * covered
    return np.clip(made, 0, 255).astype(np.uint8)


def drawing(rng: Rng, canvas: Canvas, rect: Rect, look: Look) -> None:
    """Draw lines, circles and polygons, as plans and icons are made of."""
    for _ in range(whole(rng, 3, 16)):
        x, y = rect.x0 + rng.random() * rect.width, rect.y0 + rng.random() * rect.height
        reach = log_span(rng, 2, max(3.0, 0.4 * min(rect.width, rect.height)))
        box = Rect(x, y, x + reach, y + reach * span(rng, 0.3, 1.5)).within(rect)
        colour = look.ink if chance(rng, 0.6) else colours.vivid(rng)
        at = rng.random()
        if at < 0.3:
            canvas.ellipse(box, None, colour, span(rng, 0.5, 2))
        elif at < 0.5:
            canvas.frame(box, colour, span(rng, 0.5, 2))
        elif at < 0.65:
            canvas.ellipse(box, colour)
        else:
            end = rect.x0 + rng.random() * rect.width, rect.y0 + rng.random() * rect.height
            canvas.rule((x, y), end, colour, span(rng, 0.5, 2), known=False)


def ornament(rng: Rng, canvas: Canvas, rect: Rect, look: Look) -> None:
    """Set a printer's ornament: signs in a row, a flourish, a star of strokes."""
    u = look.x_height
    middle, y = (rect.x0 + rect.x1) / 2, rect.y0 + 2.5 * u
    reach = min(rect.width / 2, u * span(rng, 1, 14))
    place = Rect(middle - reach, y - u * 1.2, middle + reach, y + u * 1.2)
    at = rng.random()
    if at < 0.35:
        step = u * span(rng, 0.8, 2.5)
        for x in np.arange(place.x0, place.x1, step):
            box = Rect(x, y - 0.35 * step, x + 0.7 * step, y + 0.35 * step)
            canvas.ellipse(box, look.ink if chance(rng, 0.5) else None, look.ink)
    elif at < 0.7:
        for side in (-1, 1):
            turn = np.linspace(0, 1, 24)
            wave = np.sin(turn * np.pi * span(rng, 1, 4)) * u * (1 - turn)
            points = [
                (middle + side * reach * float(t), y + float(v))
                for t, v in zip(turn, wave, strict=True)
            ]
            canvas.polyline(points, look.ink, u * span(rng, 0.08, 0.3))
    else:
        for angle in np.arange(0, np.pi, np.pi / whole(rng, 3, 6)):
            dx, dy = u * float(np.cos(angle)), u * float(np.sin(angle))
            canvas.rule(
                (middle - dx, y - dy), (middle + dx, y + dy), look.ink, 0.15 * u, known=False
            )
        place = Rect(middle - u, y - u, middle + u, y + u)
    canvas.object("ornament", place)


def code(rng: Rng, canvas: Canvas, rect: Rect, look: Look) -> None:
    """Put a QR code or a bar code into a rectangle."""
    ink, light = (colours.BLACK, colours.WHITE) if chance(rng, 0.85) else (look.ink, look.ground)
    if chance(rng, 0.55):
        side = min(rect.width, rect.height)
        rect = Rect(rect.x0, rect.y0, rect.x0 + side, rect.y0 + side)
        count = pick(rng, (21, 25, 29, 33, 41))
        cells = rng.random((count, count)) < 0.5
        for row, column in ((0, 0), (0, count - 7), (count - 7, 0)):
            cells[row : row + 7, column : column + 7] = True
            cells[row + 1 : row + 6, column + 1 : column + 6] = False
            cells[row + 2 : row + 5, column + 2 : column + 5] = True
    else:
        bars = rng.random(whole(rng, 30, 95)) < 0.5
        bars[0] = bars[-1] = True
        cells = bars[None, :]
    pixels = canvas.pixels(rect)
    if pixels is None:
        return
    size = max(1, round(rect.width * canvas.scale)), max(1, round(rect.height * canvas.scale))
    large = cv2.resize(cells.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    left = max(0, round((canvas.window.x0 - rect.x0) * canvas.scale))
    top = max(0, round((canvas.window.y0 - rect.y0) * canvas.scale))
    part = large[top : top + pixels.shape[0], left : left + pixels.shape[1]].astype(bool)
    pixels[: part.shape[0], : part.shape[1]][part] = ink
    pixels[: part.shape[0], : part.shape[1]][~part] = light
    canvas.put(rect, pixels)
    canvas.object("code", rect)


def handwriting(rng: Rng, canvas: Canvas, rect: Rect, ink: Colour) -> None:
    """Draw a signature, a tick or scrawled lines."""
    u = max(2.0, min(rect.height, rect.width / 4))
    count = whole(rng, 12, 50)
    slope = np.linspace(0, rect.width - u, count)
    wave = np.cumsum(rng.normal(0, 0.25 * u, count))
    wave -= np.linspace(0, wave[-1], count)
    loops = 0.35 * u * np.sin(np.linspace(0, count * span(rng, 0.5, 2.2), count))
    x = rect.x0 + slope + 0.3 * u * np.cos(np.linspace(0, count * span(rng, 0.5, 2.2), count))
    y = (rect.y0 + rect.y1) / 2 + 0.4 * wave + loops
    fine = np.linspace(0, count - 1, 4 * count)
    points = np.stack([np.interp(fine, np.arange(count), v) for v in (x, y)], axis=1)
    kernel = np.ones(5) / 5
    smooth = np.stack([np.convolve(points[:, i], kernel, "valid") for i in (0, 1)], axis=1)
    canvas.polyline([(float(a), float(b)) for a, b in smooth], ink, span(rng, 0.6, 2.0))
    canvas.object("handwriting", rect)


def stamp(rng: Rng, canvas: Canvas, rect: Rect, look: Look) -> None:
    """Draw the outline of a stamp or a seal with strokes inside, too worn to be read."""
    side = min(rect.width, rect.height)
    colour = colours.mixed(look.ground, colours.vivid(rng), span(rng, 0.4, 0.9))
    thick = side * span(rng, 0.01, 0.05)
    if chance(rng, 0.6):
        rect = Rect(rect.x0, rect.y0, rect.x0 + side, rect.y0 + side)
        canvas.ellipse(rect, None, colour, thick)
        canvas.ellipse(rect.inset(side * span(rng, 0.08, 0.2)), None, colour, thick / 2)
        for angle in np.arange(0, 6.28, span(rng, 0.1, 0.35)):
            way = np.array([np.cos(angle), np.sin(angle)])
            middle = np.array([rect.x0 + side / 2, rect.y0 + side / 2])
            a, b = middle + way * side * 0.36, middle + way * side * 0.45
            canvas.rule(
                (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), colour, thick, known=False
            )
    else:
        canvas.frame(rect, colour, thick, thick * 2)
    inner = rect.inset(side * 0.25)
    if inner.width > 2 and inner.height > 2:
        drawing(rng, canvas, inner, look)
    canvas.object("stamp", rect)


def dirt(rng: Rng, canvas: Canvas, look: Look) -> None:
    """Scatter specks, hairs, holes and blots over the window."""
    w = canvas.window
    for _ in range(whole(rng, 1, 40)):
        x, y = w.x0 + rng.random() * w.width, w.y0 + rng.random() * w.height
        size = 0.4 + 2.5 * rng.random() ** 3
        colour = colours.faint(rng, look.ground, 0.3, 1.0)
        canvas.ellipse(Rect(x, y, x + size, y + size * span(rng, 0.5, 1.5)), colour)
    if chance(rng, 0.2):  # a punched hole
        x, y = w.x0 + rng.random() * w.width, w.y0 + rng.random() * w.height
        size = span(rng, 8, 28)
        tone = colours.dark(rng) if chance(rng, 0.6) else colours.WHITE
        canvas.ellipse(Rect(x, y, x + size, y + size), tone)
    if chance(rng, 0.25):  # a hair
        x, y = w.x0 + rng.random() * w.width, w.y0 + rng.random() * w.height
        steps = np.cumsum(np.cumsum(rng.normal(0, 0.4, (20, 2)), axis=0), axis=0)
        steps += [x, y]
        canvas.polyline([(float(a), float(b)) for a, b in steps], look.ink, 0.6)
