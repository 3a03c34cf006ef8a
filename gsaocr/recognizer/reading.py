"""What was read in one line, letter by letter, and how sure of it the recognizer is."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """One character of a reading."""

    text: str
    start: float
    """Left end, in pixels of the line image as it reads upright."""
    end: float
    """Right end."""
    confidence: float
    """Probability that the character is right, 0 to 1 (:mod:`gsaocr.recognizer.calibration`)."""
    evidence: float = 0.0
    """Its part of :attr:`Reading.evidence`."""


@dataclass(frozen=True)
class Reading:
    """One line as read."""

    letters: tuple[Letter, ...]
    quarter: int = 0
    """Quarter turns clockwise by which the text lies turned in the image."""
    margin: float = 0.0
    """Log-probability by which this frame beats the next one; small = the line can't tell."""
    confirmed: bool | None = None
    """Whether the decoder would have written the same; None if it was not asked."""
    evidence: float = 0.0
    """Sum over the letters of the log-probability that the CTC head and the decoder give them on
    average; text read upside down has little. It decides between readings of one line, for which
    calibrated confidences are too forgiving."""

    @property
    def text(self) -> str:
        """The characters in order."""
        return "".join(letter.text for letter in self.letters)

    @property
    def confidence(self) -> float:
        """The confidence of the least sure word; 1 for an empty reading."""
        words = self.words
        return min((word_confidence(w) for w in words), default=1.0)

    @property
    def words(self) -> list[tuple[Letter, ...]]:
        """The letters between spaces."""
        words: list[list[Letter]] = [[]]
        for letter in self.letters:
            if letter.text == " ":
                words.append([])
            else:
                words[-1].append(letter)
        return [tuple(w) for w in words if w]


def word_confidence(letters: tuple[Letter, ...]) -> float:
    """Return the product over the letters: the probability that all are right.

    One bad letter therefore shows, however long the word is.
    """
    return math.prod(letter.confidence for letter in letters)
