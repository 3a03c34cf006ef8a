"""A self-contained HTML page of the worst readings: image, truth, reading, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from gsaocr.formats.markup import xml_text
from gsaocr.show.colours import hexadecimal
from gsaocr.show.page_html import image_address

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1em auto; max-width: 1100px; padding: 0 1em;
  background: #e8e8e6; color: #222; }
h1 { font-size: 1.1em; }
section { background: #fff; margin: 1em 0; padding: .7em 1em; box-shadow: 0 1px 5px #0004; }
h2 { font-size: .85em; font-weight: normal; margin: 0 0 .5em; color: #555;
  overflow-wrap: anywhere; }
img { max-width: 100%; max-height: 90vh; display: block; margin-bottom: .5em; }
p { margin: .1em 0; white-space: pre-wrap; font-family: serif; font-size: 1.15em;
  overflow-wrap: anywhere; }
p span { font: .7em system-ui, sans-serif; color: #777; display: inline-block; width: 4.5em; }
del { background: #cfe8d6; text-decoration: none; }
ins { background: #f6cccc; text-decoration: none; }
"""


@dataclass(frozen=True, slots=True)
class WorstReading:
    """One image with what it says and what was read."""

    label: str
    grey: NDArray[np.uint8]  # (height, width)
    truth: str
    reading: str
    cer: float  # character errors per character of the truth
    confidence: float  # 0 to 1


def worst_page(title: str, readings: Iterable[WorstReading]) -> Iterator[bytes]:
    """Yield the page in pieces, UTF-8; nothing in it is fetched and no script runs."""
    yield (
        '<!DOCTYPE html>\n<html lang="und"><head><meta charset="utf-8">\n'
        '<meta name="generator" content="gsaocr">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_escaped(title)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body><h1>{_escaped(title)}</h1>\n"
    ).encode()
    for each in readings:
        truth, reading = _marked(each.truth, each.reading)
        sure = f'<b style="color: {hexadecimal(each.confidence)}">{each.confidence:.2f}</b>'
        yield (
            f"<section><h2>{_escaped(each.label)}: CER {100 * each.cer:.1f} %, "
            f'confidence {sure}</h2><img alt="" src="'
        ).encode()
        yield image_address(each.grey)
        yield (
            f'"><p><span>truth</span>{truth}</p><p><span>reading</span>{reading}</p></section>\n'
        ).encode()
    yield b"</body></html>\n"


def _marked(truth: str, reading: str) -> tuple[str, str]:
    """Both texts as markup, with what only one of them has."""
    wanted, got = [], []
    for part in Levenshtein.opcodes(truth, reading):
        left = _escaped(truth[part.src_start : part.src_end])
        right = _escaped(reading[part.dest_start : part.dest_end])
        if part.tag == "equal":
            wanted.append(left)
            got.append(right)
        else:
            wanted.append(f"<del>{left}</del>" if left else "")
            got.append(f"<ins>{right}</ins>" if right else "<ins>\u200a</ins>")
    return "".join(wanted), "".join(got)


def _escaped(text: str) -> str:
    return escape(xml_text(text))
