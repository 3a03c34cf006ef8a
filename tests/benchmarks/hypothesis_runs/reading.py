"""How a trained reader is judged: lines in all four quarter turns, both of their directions read.

A line that lies on its side is turned by its long side first, which leaves two directions. So a
line turned by 90 degrees is, for every network, the same canvas as the upright one, and one turned
by 270 degrees the same as one turned by 180: two canvases stand for four turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gsaocr.evaluation.metrics import count
from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.ctc import best_path
from gsaocr.recognizer.line_image import PreparedLine, prepare_line, width_batches
from gsaocr.recognizer.model import Encoded, Recognizer

Grey = NDArray[np.uint8]
TURNS = (0, 90, 180, 270)
"""Degrees clockwise by which a line is turned before it is read."""

LONGISH = 2.0
"""Lines whose image is less than this many times as wide as high don't show their direction by
their long side; they are left out."""


@dataclass(frozen=True)
class TestLines:
    """Lines to be read, and how their readings are compared with the truth."""

    __test__ = False  # no test class, whatever its name

    name: str
    images: tuple[Grey, ...]
    truths: tuple[str, ...]
    scoring: Callable[[str], str]

    @classmethod
    def of(
        cls,
        name: str,
        lines: Sequence[tuple[Grey, str]],
        scoring: Callable[[str], str],
    ) -> TestLines:
        """Keep the lines that are long enough to show how they lie."""
        kept = [(i, t) for i, t in lines if i.shape[1] >= LONGISH * i.shape[0]]
        return cls(name, tuple(i for i, _ in kept), tuple(t for _, t in kept), scoring)


@dataclass(frozen=True)
class Look:
    """A canvas as read along its two directions: as it is, and turned by 180 degrees."""

    texts: tuple[str, str]
    evidence: tuple[float, float]
    """Log-probability of each best path."""
    head: float
    """Score of the first direction minus that of the second, by the orientation head."""


def canvas(image: Grey, config_height: int, stride: int) -> PreparedLine:
    """Return a line brought to the height of the network, its long side along the line."""
    rows, columns = image.shape
    wide = image if columns >= rows else np.ascontiguousarray(np.rot90(image))
    return prepare_line(wide, config_height, stride)


@torch.no_grad()
def look(model: Recognizer, images: Sequence[Grey], reverses: bool = False) -> list[Look]:
    """Read images along both directions of their long side, best path of the CTC head.

    ``reverses``: a C1 network that was shown lines upside down reads in the image's order: the
    second direction is the first one's text from its end, and its head tells which is right.
    A C1 network without that looks at the canvas twice, once turned, and has no head.
    """
    model.eval()
    config = model.config
    lines = [canvas(image, config.line_height, config.stride) for image in images]
    looks: dict[int, Look] = {}
    for numbers in width_batches([line.width for line in lines], 8192):
        batch = [lines[n] for n in numbers]
        looks |= dict(zip(numbers, _look_at(model, batch, reverses), strict=True))
    return [looks[n] for n in range(len(lines))]


def _look_at(model: Recognizer, lines: Sequence[PreparedLine], reverses: bool) -> list[Look]:
    group, charset = model.encoder.group, model.config.charset
    field = model.look(*_padded(lines))
    scores = model.orientation(field)
    # Readers who see the canvas as a line: the identity, and the turn by 180 degrees if there.
    along = [h for h in range(group.order) if group.quarter_turns(h) in ((0, False), (2, False))]
    ways = [model.read(field, torch.full((len(lines),), h)) for h in along]
    if len(along) == 2:
        head = (scores[:, along[0]] - scores[:, along[1]]).tolist()
    elif reverses:
        head = scores[:, 0].tolist()
    else:
        head = [float("inf")] * len(lines)  # it takes every canvas as upright
        ways.append(
            model.read(
                model.look(*_padded(lines, turned=True)), torch.zeros(len(lines), dtype=torch.long)
            )
        )
    first = _decoded(ways[0], charset)
    second = [(ids[::-1], e) for ids, e in first] if reverses else _decoded(ways[1], charset)
    return [
        Look((_text(a, charset), _text(b, charset)), (ea, eb), h)
        for (a, ea), (b, eb), h in zip(first, second, head, strict=True)
    ]


def _padded(lines: Sequence[PreparedLine], turned: bool = False) -> tuple[Tensor, Tensor]:
    height, width = lines[0].pixels.shape[0], max(line.width for line in lines)
    images = torch.zeros(len(lines), height, width)
    valid = torch.zeros(len(lines), height, width, dtype=torch.bool)
    for row, line in enumerate(lines):
        pixels = torch.from_numpy(line.pixels)
        images[row, :, : line.width] = pixels.flip(0, 1) if turned else pixels
        valid[row, :, : line.width] = True
    return images, valid


def _decoded(encoded: Encoded, charset: Charset) -> list[tuple[list[int], float]]:
    log_probs = torch.log_softmax(encoded.ctc_logits.float(), -1).numpy()
    found = []
    for own, frames in zip(log_probs, encoded.frame_counts.tolist(), strict=True):
        found.append((list(best_path(own[:frames]).ids), float(own[:frames].max(-1).sum())))
    return found


def _text(ids: Sequence[int], charset: Charset) -> str:
    return " ".join(charset.decode(list(ids)).split())


def judge(model: Recognizer, lines: TestLines, reverses: bool = False) -> dict[str, object]:
    """Return the figures of one set: rates are shares, 1 for 100 %.

    ``known``: CER with the direction given; ``head``: with the direction that the head chooses (a
    C1 network without one takes lines as they come); ``surer``: with the more probable of both
    readings, None where there is one reading only. ``right``: share of right directions by each.
    """
    result: dict[str, object] = {"lines": len(lines.images)}
    seen = {
        0: look(model, lines.images, reverses),
        180: look(model, [np.ascontiguousarray(i[::-1, ::-1]) for i in lines.images], reverses),
    }
    for turn in TURNS:
        right = 0 if turn < 180 else 1
        looks = seen[0 if turn < 180 else 180]
        chosen = {
            "known": [right] * len(looks),
            "head": [0 if each.head >= 0 else 1 for each in looks],
            "surer": [0 if each.evidence[0] >= each.evidence[1] else 1 for each in looks],
        }
        figures: dict[str, object] = {}
        for way, choices in chosen.items():
            if way == "surer" and reverses:
                figures[way], figures[f"{way} right"] = None, None
                continue
            texts = [each.texts[c] for each, c in zip(looks, choices, strict=True)]
            figures[way] = round(error_rate(lines, texts), 5)
            figures[f"{way} right"] = round(float(np.mean([c == right for c in choices])), 5)
        result[str(turn)] = figures
    return result


def error_rate(lines: TestLines, texts: Sequence[str]) -> float:
    """Return character errors per character of the truth."""
    rule = lines.scoring
    counts = [count(rule(t), rule(r)) for t, r in zip(lines.truths, texts, strict=True)]
    errors = sum(each.character_errors for each in counts)
    return errors / max(1, sum(each.characters for each in counts))
