"""Which pages of a file are wanted: "1-3,7,10-"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gsaocr.errors import UsageError

_SPAN = re.compile(r"\s*(\d{1,9})\s*(-\s*(\d{1,9})?)?\s*")


@dataclass(frozen=True, slots=True)
class PageSelection:
    """Spans of page numbers, counted from 1, ends included; an open span has no end."""

    spans: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> PageSelection:
        """Read "1-3,7,10-"; UsageError for anything else, also for page 0 and spans backwards."""
        spans = []
        for part in text.split(","):
            match = _SPAN.fullmatch(part)
            if match is None:
                raise UsageError(
                    f"--pages {text}", f"{part!r} is no page or span", "e.g. 1-3,7,10-"
                )
            first = int(match[1])
            last = first if match[2] is None else int(match[3]) if match[3] else None
            if first < 1 or (last is not None and last < first):
                raise UsageError(
                    f"--pages {text}", f"{part!r} holds no page", "pages count from 1 upwards"
                )
            spans.append((first, last))
        return cls(tuple(spans))

    def __contains__(self, number: int) -> bool:
        return any(
            first <= number and (last is None or number <= last) for first, last in self.spans
        )

    @property
    def first(self) -> int:
        """The smallest number that is wanted."""
        return min(first for first, _ in self.spans)

    def __str__(self) -> str:
        return ",".join(
            str(first) if first == last else f"{first}-{'' if last is None else last}"
            for first, last in self.spans
        )
