"""A second look at a line that was read with doubt: its letters made narrower, and wider.

Print, typewriters and printers set letters at widths that the network has seen seldom, and where
letters touch or fall apart another width parts or joins them. Each look is read for itself; the
surest reading stands. Of lines wider than those trained on only the doubtful stretches are looked
at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gsaocr.recognizer.reading import Letter, Reading

WIDTHS = (0.9, 1.12)
"""How wide the letters are made, relative to the first look."""

DOUBT = 0.4
"""Confidence below which a line is looked at again."""


def wants_second_look(reading: Reading) -> bool:
    """Return whether a reading is doubtful: one word of it is; nothing read is no doubt."""
    return reading.confidence < DOUBT


def surest(first: Reading, others: Sequence[Reading]) -> Reading:
    """Return the reading with most evidence; frame and margin stay those of the first look."""
    best = max([first, *others], key=lambda reading: reading.evidence)
    return replace(best, quarter=first.quarter, margin=first.margin)


@dataclass(frozen=True)
class Stretch:
    """A part of a line from space to space, or all of it."""

    reading: Reading
    """Its letters stand where they do on the whole line's image."""
    start: float
    """Where it begins on that image as it reads upright, in pixels."""
    end: float
    space: Letter | None = None
    """What parts it from the stretch before."""

    def read_again(self, reading: Reading) -> Reading:
        """Return a reading of the stretch's own image in the places of the whole line's."""
        return replace(
            reading,
            letters=tuple(
                replace(letter, start=letter.start + self.start, end=letter.end + self.start)
                for letter in reading.letters
            ),
        )


def stretches(reading: Reading, width: float, count: int) -> list[Stretch]:
    """Cut the reading of an image of this width at spaces into ``count`` parts of like width.

    They are fewer where there are fewer spaces.
    """
    letters = reading.letters
    spaces = [n for n, letter in enumerate(letters) if letter.text == " "]
    if count < 2 or not spaces:
        return [Stretch(reading, 0.0, width)]
    even = [width * part / count for part in range(1, count)]
    cuts = sorted({min(spaces, key=lambda n: abs(letters[n].start - x)) for x in even})
    return list(_between(reading, width, cuts))


def _between(reading: Reading, width: float, cuts: Sequence[int]) -> Iterator[Stretch]:
    letters = reading.letters
    for before, after in pairwise([-1, *cuts, len(letters)]):
        own = letters[before + 1 : after]
        space = letters[before] if before >= 0 else None
        start = _middle(space) if space else 0.0
        end = _middle(letters[after]) if after < len(letters) else width
        evidence = sum(letter.evidence for letter in own)
        yield Stretch(replace(reading, letters=own, evidence=evidence), start, end, space)


def _middle(letter: Letter) -> float:
    return (letter.start + letter.end) / 2


def together(first: Reading, parts: Sequence[Stretch], readings: Sequence[Reading]) -> Reading:
    """Return the reading of a line from those of its stretches."""
    if len(parts) == 1:
        return readings[0]
    letters: list[Letter] = []
    evidence = first.evidence
    for part, reading in zip(parts, readings, strict=True):
        if part.space and reading.letters and letters:
            letters.append(part.space)
        letters += reading.letters
        evidence += reading.evidence - part.reading.evidence
    told = [reading.confirmed for reading in readings]
    confirmed = None if None in told else all(told)
    return replace(first, letters=tuple(letters), evidence=evidence, confirmed=confirmed)
