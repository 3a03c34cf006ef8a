"""Reads images of lines: prepares them, batches them by width, chooses frames, decodes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gsaocr.errors import ModelError
from gsaocr.recognizer import ctc
from gsaocr.recognizer.calibration import LetterCalibration
from gsaocr.recognizer.decoding import Decode, Decoded, LengthRule, decode_batch
from gsaocr.recognizer.line_image import (
    PreparedLine,
    part_of,
    prepare_line,
    widened,
    width_batches,
)
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.reading import Letter, Reading
from gsaocr.recognizer.second_look import (
    WIDTHS,
    Stretch,
    stretches,
    surest,
    together,
    wants_second_look,
)
from gsaocr.recognizer.side_by_side import batch_pixels, in_groups, side_by_side
from gsaocr.recognizer.windows import Seen, seen_in_windows, windows_of

LineImage = NDArray[np.uint8]
"""(height, width) grey."""

FRAME_MARGIN = 1.0
"""Log-probability below which a line alone can't tell its direction and is taken as upright."""

_DOUBT = 5.0  # log-probability: frames no further behind the best are read too, and compared
_AMBIGUOUS = 3.0  # a side ratio below this may be a short line on its side


@dataclass(frozen=True)
class View:
    """A line as one canvas: the image, or the image turned by a quarter, brought to line height."""

    line: int
    """Number of the line image."""
    turned: bool
    """Whether the image was turned counter-clockwise by a quarter first."""
    prepared: PreparedLine
    half_turned: bool = False
    """Whether ``prepared`` was turned by a half, so that the identity's reader sees its text
    upright."""

    def quarter(self, upright: int) -> int:
        """Return how text stands in the image that stands in the canvas in a quarter turn."""
        # The image turned counter-clockwise shows text a quarter less clockwise.
        return (upright + self.turned + 2 * self.half_turned) % 4


@dataclass(frozen=True)
class Sight:
    """What the group encoder saw of one canvas: everything needed to choose a frame and read it."""

    view: View
    scores: dict[int, float]
    """Log-probability by quarter (clockwise turn of the text in the image), among those looked
    at."""
    features: dict[int, Tensor]
    """(rows, columns, channels) of the reader who sees that quarter upright."""

    def only(self, quarter: int) -> Sight:
        """Return what is needed to read it in this quarter: a quarter of the memory."""
        return replace(self, features={quarter: self.features[quarter]})


Chosen = tuple[Sight, int, float]
"""A line as encoded, the quarter it is read in, and the margin to be recorded."""


class _Option(NamedTuple):
    """A frame that a line may stand in, as read."""

    score: float
    reading: Reading
    sight: Sight


class LineReader:
    """Reads line images with one model.

    Args:
        model: a recognizer in evaluation mode.
        device: where it runs.
        how: the way of decoding.
        length: bound of readings that are written without a draft (``attention`` only).
    """

    def __init__(
        self,
        model: Recognizer,
        device: torch.device,
        how: Decode,
        length: LengthRule | None = None,
    ) -> None:
        self.model = model.to(device).eval()
        self.device = device
        self.how = how
        self.length = length
        self.calibration = LetterCalibration(*model.config.calibration)
        group = model.encoder.group
        # Readers who see a wide canvas as a line of the right height; mirrored ones don't read.
        self._quarters: dict[int, int] = {}
        for element in range(group.order):
            turns, flipped = group.quarter_turns(element)
            if not flipped and turns % 2 == 0:
                self._quarters[element] = (4 - turns) % 4

    def read_lines(self, images: Sequence[LineImage], any_turn: bool = False) -> list[Reading]:
        """Read lines that each stand alone.

        Args:
            images: grey lines; upright, or in any quarter turn if ``any_turn``.
            any_turn: choose among all frames. Where the orientation head is in doubt, the upper
                part reads the contenders and the doubt about their letters decides with it; below
                :data:`FRAME_MARGIN` a line counts as upright.
        """
        sights = self.look(images, any_turn)
        if not any_turn:
            return self.read_carefully([(candidates[0], 0, 0.0) for candidates in sights])
        return [reading for reading, _ in self.read_any_turn(sights)]

    def read_any_turn(self, lines: Sequence[Sequence[Sight]]) -> list[tuple[Reading, Sight]]:
        """Read lines whose frame is open, each in the frame that fits it best; with its sight.

        ``lines`` are the canvases of each line as :meth:`look` returns them with ``any_turn``.
        """
        contenders = [
            (number, sight, quarter, score)
            for number, candidates in enumerate(lines)
            for sight, quarter, score in _contenders(candidates)
        ]
        read = self.read([(sight, quarter, 0.0) for _, sight, quarter, _ in contenders])
        by_line: list[list[_Option]] = [[] for _ in lines]
        for (number, sight, _, score), reading in zip(contenders, read, strict=True):
            by_line[number].append(_Option(score + reading.evidence, reading, sight))
        best = [_chosen(options) for options in by_line]
        readings = self._looked_again([o.sight for o in best], [o.reading for o in best])
        return list(zip(readings, (o.sight for o in best), strict=True))

    def look(self, images: Sequence[LineImage], any_turn: bool = False) -> list[list[Sight]]:
        """Run the group encoder; return the canvases of each line, one or (if unsure) two.

        A wide image is a line along its long side. One that is nearly as high as wide may be a
        short line or a turned one: each possibility is a canvas of its own, since the two bring
        the text to different sizes.

        Without ``any_turn`` an image is one canvas, and only the readers run who see text along it,
        one for each way up: a line on a page costs half as much as one of unknown direction.
        """

        def prepare(line: tuple[int, LineImage]) -> list[View]:
            return list(self._views(*line, any_turn))

        prepared = side_by_side(prepare, list(enumerate(images)), self.device)
        views = [view for own in prepared for view in own]
        sights: list[list[Sight]] = [[] for _ in images]
        along = None if any_turn else tuple(self._quarters)
        for sight in self._look_at_all(views, along):
            sights[sight.view.line].append(sight)
        return sights

    def look_again(self, sights: Sequence[Sight]) -> list[Sight]:
        """Run all of the group encoder on lines that were encoded before, or by another reader."""
        return self._look_at_all([sight.view for sight in sights])

    def _look_at_all(
        self, views: Sequence[View], readers: Sequence[int] | None = None
    ) -> list[Sight]:
        """Run the group encoder; return what all readers, or some, saw in the views' order."""
        batches = self._batches([view.prepared.width for view in views])

        def look_at(numbers: list[int]) -> list[Sight]:
            return list(self._look_at([views[n] for n in numbers], readers))

        sights: dict[int, Sight] = {}
        for numbers, seen in zip(batches, side_by_side(look_at, batches, self.device), strict=True):
            sights |= dict(zip(numbers, seen, strict=True))
        return [sights[number] for number in range(len(views))]

    def read_carefully(self, chosen: Sequence[Chosen]) -> list[Reading]:
        """Read as :meth:`read` does, and lines that are doubtful then from a second look as well.

        That belongs to ``joint`` decoding; other ways read once.
        """
        return self._looked_again([sight for sight, _, _ in chosen], self.read(chosen))

    def _looked_again(self, sights: Sequence[Sight], read: Sequence[Reading]) -> list[Reading]:
        if self.how != "joint":
            return list(read)
        parts = [
            stretches(reading, prepared.content / prepared.scale, len(windows_of(columns)))
            for reading, sight in zip(read, sights, strict=True)
            for prepared in [sight.view.prepared]
            for columns in [prepared.width // self.model.config.stride]
        ]
        best = [[part.reading for part in own] for own in parts]
        doubtful = [
            (n, k)
            for n, own in enumerate(best)
            for k, reading in enumerate(own)
            if wants_second_look(reading)
        ]
        views = [
            self._widened(sights[n].view, read[n].quarter, parts[n], k, factor)
            for n, k in doubtful
            for factor in WIDTHS
        ]
        looks = self._look_at_all(views, (0,))
        others = iter(self.read([(s, q, 0.0) for s in looks for q in s.features]))
        for n, k in doubtful:
            again = [parts[n][k].read_again(other) for other in islice(others, len(WIDTHS))]
            best[n][k] = surest(best[n][k], again)
        return [together(*line) for line in zip(read, parts, best, strict=True)]

    def _widened(
        self, view: View, quarter: int, parts: Sequence[Stretch], number: int, factor: float
    ) -> View:
        """A line, or one stretch of it, with its letters wider, as its text stands upright."""
        prepared, stride = view.prepared, self.model.config.stride
        half_turned = view.quarter(0) != quarter
        if half_turned:
            prepared = replace(prepared, pixels=prepared.pixels[::-1, ::-1])
        if len(parts) > 1:
            prepared = part_of(prepared, parts[number].start, parts[number].end, stride)
        return View(view.line, view.turned, widened(prepared, factor, stride), half_turned)

    def read(self, chosen: Sequence[Chosen]) -> list[Reading]:
        """Read sights in the given quarters; the third entry is the margin to be recorded."""
        batches = self._batches([sight.view.prepared.width for sight, _, _ in chosen])
        groups = in_groups(batches, self.device)

        def read_group(group: list[list[int]]) -> list[Reading]:
            return self._read_group([[chosen[n] for n in numbers] for numbers in group])

        readings: list[Reading | None] = [None] * len(chosen)
        for group, read in zip(groups, side_by_side(read_group, groups, self.device), strict=True):
            for number, reading in zip(chain.from_iterable(group), read, strict=True):
                readings[number] = reading
        return [r for r in readings if r is not None]

    def _batches(self, widths: Sequence[int]) -> list[list[int]]:
        return list(width_batches(widths, batch_pixels(self.device, sum(widths))))

    def _read_group(self, batches: Sequence[Sequence[Chosen]]) -> list[Reading]:
        """Read lines batch by batch, then decode all of them together."""
        log_probs: list[NDArray[np.float32]] = []
        steps: list[Tensor] = []
        for batch in batches:
            views = [sight.features[quarter] for sight, quarter, _ in batch]
            for seen in seen_in_windows(views, self._seen):
                if not bool(torch.isfinite(seen.logits).all()):  # or it would read as blank
                    cause = "its numbers overflow on a line"
                    repair = "read without adapters, or with another model"
                    raise ModelError("the model", cause, repair)
                log_probs.append(torch.log_softmax(seen.logits.float(), -1).cpu().numpy())
                steps.append(seen.steps)
        decoded = decode_batch(
            log_probs,
            steps,
            self.model.decoder,
            self.model.config.charset,
            self.how,
            self.length,
        )
        chosen = (entry for batch in batches for entry in batch)
        return [
            self._reading(text, *entry, len(own))
            for text, entry, own in zip(decoded, chosen, log_probs, strict=True)
        ]

    def _seen(self, views: Sequence[Tensor]) -> list[Seen]:
        """Run the upper part and the CTC head on a batch of (rows, columns, channels)."""
        columns = max(v.shape[1] for v in views)
        stacked = views[0].new_zeros(len(views), views[0].shape[0], columns, views[0].shape[2])
        valid = torch.zeros(len(views), columns, dtype=torch.bool, device=self.device)
        for row, view in enumerate(views):
            stacked[row, :, : view.shape[1]] = view
            valid[row, : view.shape[1]] = True
        steps, valid_steps = self.model.upper(stacked, valid)
        logits = self.model.ctc_logits(steps)
        counts = valid_steps.sum(1).tolist()
        per_step = self.model.config.frames_per_step
        return [
            Seen(steps[row, :count], logits[row, : count * per_step])
            for row, count in enumerate(counts)
        ]

    def _views(self, number: int, image: LineImage, any_turn: bool) -> Iterator[View]:
        height, stride = self.model.config.line_height, self.model.config.stride
        rows, columns = image.shape
        wide = not any_turn or columns * _AMBIGUOUS > rows
        tall = any_turn and rows * _AMBIGUOUS > columns
        if wide:
            yield View(number, False, prepare_line(image, height, stride))
        if tall:
            turned = np.ascontiguousarray(np.rot90(image))
            yield View(number, True, prepare_line(turned, height, stride))

    def _look_at(self, views: Sequence[View], readers: Sequence[int] | None) -> Iterator[Sight]:
        width = max(v.prepared.width for v in views)
        images = torch.zeros(len(views), self.model.config.line_height, width)
        valid = torch.zeros(images.shape, dtype=torch.bool)
        for row, view in enumerate(views):
            images[row, :, : view.prepared.width] = torch.from_numpy(view.prepared.pixels)
            valid[row, :, : view.prepared.width] = True
        field = self.model.look(images.to(self.device), valid.to(self.device), readers)
        scores = torch.log_softmax(self.model.orientation(field).float(), -1).cpu()
        elements = sorted(range(self.model.encoder.group.order) if readers is None else readers)
        for row, view in enumerate(views):
            by_quarter: dict[int, float] = {}
            features: dict[int, Tensor] = {}
            for column, element in enumerate(elements):
                if element in self._quarters:
                    quarter = view.quarter(self._quarters[element])
                    by_quarter[quarter] = float(scores[row, column])
                    own, where = field.frame(element)
                    features[quarter] = own[row][:, where[row].any(0)]
            yield Sight(view, by_quarter, features)

    def _reading(
        self, decoded: Decoded, sight: Sight, quarter: int, margin: float, frames: int
    ) -> Reading:
        placed = decoded.placed
        if not placed.ids:
            return Reading((), quarter, margin, decoded.confirmed)
        prepared = sight.view.prepared
        pixels = self.model.config.frame_pixels
        charset = self.model.config.charset
        letters = []
        evidence = 0.0
        for number, (start, end) in enumerate(ctc.boundaries(placed, frames)):
            ends = [prepared.to_image(x * pixels) for x in (start, end)]
            likely = placed.probabilities[number]
            decoder = decoded.decoder[number] if decoded.decoder is not None else None
            both = likely * (likely if decoder is None else decoder)
            own = math.log(max(both, 1e-12)) / 2
            evidence += own
            letters.append(
                Letter(
                    charset.decode([placed.ids[number]]),
                    ends[0],
                    ends[1],
                    self.calibration(likely, decoder),
                    own,
                )
            )
        return Reading(_stripped(letters), quarter, margin, decoded.confirmed, evidence)


def _contenders(candidates: Sequence[Sight]) -> list[tuple[Sight, int, float]]:
    """Return the frames of a line that may be the right one, the likeliest first."""
    options = [
        (sight, quarter, score) for sight in candidates for quarter, score in sight.scores.items()
    ]
    options.sort(key=lambda option: -option[2])
    return [o for o in options if options[0][2] - o[2] < _DOUBT]


def _chosen(options: list[_Option]) -> _Option:
    """Return the best of a line's readings with its margin; in doubt the upright one."""
    ranked = sorted(options, key=lambda option: -option.score)
    best = ranked[0]
    margin = ranked[0].score - ranked[1].score if len(ranked) > 1 else _DOUBT
    if margin < FRAME_MARGIN:
        best = next((option for option in ranked if option.reading.quarter == 0), best)
    return best._replace(reading=replace(best.reading, margin=margin))


def _stripped(letters: list[Letter]) -> tuple[Letter, ...]:
    """Drop spaces at the ends and repeated ones: readings are in the reading form."""
    kept: list[Letter] = []
    for letter in letters:
        if letter.text == " " and (not kept or kept[-1].text == " "):
            continue
        kept.append(letter)
    while kept and kept[-1].text == " ":
        kept.pop()
    return tuple(kept)
