"""The bones of a new PDF file, written front to back without ever being held in memory."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping

Matrix = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f): x' = a x + c y + e, y' = b x + d y + f (ISO 32000-1, 8.3.3)."""


class PdfFile:
    """Numbers objects and remembers where each begins; what it returns is written in that order."""

    def __init__(self) -> None:
        self._length = 0
        self._offsets: list[int] = []
        self._digest = hashlib.sha256()

    def head(self) -> bytes:
        """Return the first bytes of the file."""
        return self._placed(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """Return the number of an object that will be written later."""
        self._offsets.append(-1)
        return len(self._offsets)

    def object(self, number: int, body: str) -> bytes:
        """Return an object with a number got from :meth:`reserve`."""
        self._offsets[number - 1] = self._length
        return self._placed(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))

    def stream(self, number: int, entries: str, data: bytes) -> bytes:
        """Return a stream object; ``entries`` stand in its dictionary beside the length."""
        self._offsets[number - 1] = self._length
        start = f"{number} 0 obj\n<< {entries} /Length {len(data)} >>\nstream\n".encode("latin-1")
        return self._placed(start + data + b"\nendstream\nendobj\n")

    def deflated(self, number: int, entries: str, data: bytes) -> bytes:
        """Return a stream object compressed by deflate."""
        return self.stream(number, f"{entries} /Filter /FlateDecode", zlib.compress(data, 6))

    def tail(self, root: int, information: int) -> bytes:
        """Return the table of objects and the trailer; every reserved object must be written."""
        table = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        if -1 in self._offsets:
            raise ValueError(f"object {self._offsets.index(-1) + 1} was reserved and not written")
        count = len(self._offsets) + 1
        name = self._digest.hexdigest()[:32]  # follows from the content: the same every time
        return self._placed(
            f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {count} /Root {root} 0 R /Info {information} 0 R "
            f"/ID [<{name}> <{name}>] >>\n"
            f"startxref\n{self._length}\n%%EOF\n".encode()
        )

    def _placed(self, data: bytes) -> bytes:
        self._length += len(data)
        self._digest.update(data)
        return data


def text_string(text: str) -> str:
    """A string object holding any text (UTF-16, in hexadecimal)."""
    return "<FEFF" + text.encode("utf-16-be", "replace").hex().upper() + ">"


def dictionary(entries: Mapping[str, str]) -> str:
    """A dictionary object; values are PDF already, names without their slash."""
    return "<< " + " ".join(f"/{name} {value}" for name, value in entries.items()) + " >>"
