"""The decoder writes lines side by side: each asks for what follows a text, one pass answers all.

A pass over a line alone is mostly the calls of some hundred small operations; over a dozen lines it
costs little more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import count
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gsaocr.recognizer.charset import Charset

Text = tuple[int, ...]
"""Ids of characters."""

Scores = NDArray[np.float32]
"""(len(text) + 1, classes): log-probabilities of what follows each beginning of a text."""

Result = TypeVar("Result")

Asking = Generator[Text, Scores, Result]
"""Work on a line that now and then asks the decoder for its scores of a text."""

ASKED_EVERY = 4
"""Passes of the decoder between two questions whether its text can still become the likelier."""


def side_by_side_answered(
    works: Sequence[Asking[Result]],
    judge: Callable[[Sequence[int], Sequence[Text]], Sequence[Scores]],
) -> list[Result]:
    """Do works to their ends and return their results in order.

    Args:
        works: one for each line.
        judge: given the numbers of lines and a text for each, returns the scores of all.
    """
    results: dict[int, Result] = {}
    waiting: dict[int, Text] = {}

    def go_on(number: int, scores: Scores | None) -> None:
        waiting.pop(number, None)
        try:
            # A generator is begun with nothing.
            waiting[number] = works[number].send(scores)  # type: ignore[arg-type]
        except StopIteration as end:
            results[number] = end.value

    for number in range(len(works)):
        go_on(number, None)
    while waiting:
        numbers = list(waiting)
        answers = judge(numbers, list(waiting.values()))
        for number, scores in zip(numbers, answers, strict=True):
            go_on(number, scores)
    return [results[number] for number in range(len(works))]


class Writer:
    """The decoder in front of one line; what it said of a text is remembered.

    Args:
        charset: for the end symbol.
        longest: characters at which it stops.
    """

    def __init__(self, charset: Charset, longest: int) -> None:
        self._end = charset.end
        self._longest = longest
        self._judged: dict[Text, Scores] = {}

    def judge(self, ids: Text) -> Asking[tuple[tuple[float, ...], int]]:
        """Return the probability of each character, and how many symbols the decoder shares.

        The symbols are the characters and the end: len(ids) + 1 shared ones mean full agreement.
        """
        scores = yield from self._scores(ids)
        shared = (scores.argmax(-1) == [*ids, self._end]).cumprod().sum()
        picked = np.exp(scores[np.arange(len(ids)), list(ids)])
        return tuple(picked.tolist()), int(shared)

    def score(self, ids: Text) -> Asking[float]:
        """Return log p(ids, end) of the decoder."""
        scores = yield from self._scores(ids)
        return float(scores[np.arange(len(ids) + 1), [*ids, self._end]].sum())

    def write(self, draft: Text) -> Asking[Text]:
        """Write greedily; what the draft gets right is checked in one pass, not written.

        After a disagreement the draft's rest is checked in the same way, so that a line takes a
        pass for each disagreement and not for each character.
        """
        written = yield from self.write_unless(lambda ids, score: False, draft)
        assert written is not None
        return written

    def write_unless(
        self, is_hopeless: Callable[[Text, float], bool], draft: Text
    ) -> Asking[Text | None]:
        """Write as :meth:`write` does, or return None.

        ``is_hopeless`` is asked now and then with what is written and its log-probability; if it
        says so, None is returned.
        """
        place = _Place(draft)
        ids: list[int] = []
        scores = yield from self._scores(draft)
        for passes in count(1):
            for symbol in scores[len(ids) :].argmax(-1).tolist():
                if symbol == self._end:
                    self._judged[tuple(ids)] = scores[: len(ids) + 1]
                    return tuple(ids)
                if len(ids) >= self._longest:
                    return tuple(ids)
                ids.append(symbol)
                if not place.agrees(symbol):
                    break
            if passes % ASKED_EVERY == 0:
                score = float(scores[: len(ids)].max(-1).sum())
                if is_hopeless(tuple(ids), score):
                    return None
            scores = yield (*ids, *place.rest)
        raise AssertionError("unreachable")

    def _scores(self, ids: Text) -> Asking[Scores]:
        if ids not in self._judged:
            self._judged[ids] = yield ids
        return self._judged[ids]


class _Place:
    """Where in the draft a writer is who leaves characters of it out and puts others in."""

    def __init__(self, draft: Text) -> None:
        self._draft = draft
        self._next = 0

    @property
    def rest(self) -> Text:
        """What the draft has from here on."""
        return self._draft[self._next :]

    def agrees(self, symbol: int) -> bool:
        """Go on by what was written; return whether it is what the draft has here."""
        draft, here = self._draft, self._next
        self._next += 1
        if symbol in draft[here : here + 1]:
            return True
        if symbol in draft[here + 1 : here + 2]:  # the draft has one too many
            self._next += 1
        elif here and symbol in draft[here - 1 : here]:  # the draft has one too few
            self._next -= 1
        return False
