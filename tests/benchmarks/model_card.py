"""Measures what a model's card states, and writes the card.

    python -m tests.benchmarks.model_card MODEL --data DATA [--fonts DIR] > models/base.md

DATA is a folder with lines/ and pages/. Needs about ten minutes of two cores.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from gsaocr.evaluation.datasets import Sample, load_samples
from gsaocr.evaluation.metrics import Counts, count, score
from gsaocr.evaluation.readers import turned
from gsaocr.evaluation.scoring import scoring_named
from gsaocr.recognizer.charset import to_reading_form
from gsaocr.recognizer.cost import encoder_flops, parameter_count
from gsaocr.recognizer.decoding import DEFAULT_DECODE, Decode
from gsaocr.recognizer.line_reader import LineReader
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import ModelFile, load_model

LINE_SETS = (
    ("receipts-val", "upper"),
    ("typewriter-val", "raw"),
    ("oldfrench-val", "normalised"),
    ("fraktur-val", "normalised-ij"),
)
LENGTHS = ((1, 2), (3, 4), (5, 9), (10, 19), (20, 200))
RARE = 200  # a character seen less often than this in the sets is a rare one

Grey = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--fonts", type=Path, help="fonts to render rare characters with")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    file = load_model(arguments.model)
    print("\n".join(card(file, arguments.data, arguments.limit, arguments.fonts)))


def card(file: ModelFile, data: Path, limit: int | None, fonts: Path | None) -> list[str]:
    model = file.model
    config = model.config
    lines = [
        f"# {config.group} recognizer, {file.fingerprint[:16]}",
        "",
        f"- parameters: {parameter_count(model):,}",
        f"- encoder, a line of 90 characters: {encoder_flops(model) / 1e9:.2f} GFLOP",
        f"- group {config.group}, {config.lower_blocks} blocks of fibre attention; "
        f"largest weight of their output maps: {_largest_fibre(model):.2f}",
        f"- characters: {len(config.characters)}",
        f"- trained: {', '.join(f'{k} {v}' for k, v in sorted(file.origin.items()))}",
        f"- measured: {datetime.date.today().isoformat()}, `--decode {DEFAULT_DECODE}`",
        "",
        "## Reading, and the part of the fibre attention in it",
        "",
        "CER in %, upright lines; in brackets the 95 % interval. *Fibres at zero*: the same "
        "weights with the output of every fibre attention set to zero.",
        "",
        "*Right frame of four*: by the orientation head alone on upright lines; and as "
        "`--line` chooses it, lines turned by 0, 90, 180 and 270 degrees in turn: doubtful frames "
        "are read and compared.",
        "",
        "| set | scoring | n | CER | fibres at zero | decoder confirms | right frame, head alone "
        "| fibres at zero | right frame, chosen |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    silent = without_fibres(model)
    by_length: dict[tuple[int, int], list[bool]] = {span: [] for span in LENGTHS}
    for name, rule in LINE_SETS:
        samples = load_samples([data / "lines" / f"{name}.zip"]).limited(limit).samples
        whole, confirmed = cer(model, samples, rule)
        zeroed, _ = cer(silent, samples, rule)
        frames = right_frames(model, samples)
        frames_zeroed = right_frames(silent, samples)
        chosen = chosen_frames(model, samples)
        if not name.startswith("fraktur"):
            for sample, right in zip(samples, chosen, strict=True):
                span = next(s for s in LENGTHS if s[0] <= len(sample.truth.strip()) <= s[1])
                by_length[span].append(right)
        lines.append(
            f"| {name} | {rule} | {len(samples)} | {whole} | {zeroed} | {confirmed:.0%} "
            f"| {np.mean(frames):.1%} | {np.mean(frames_zeroed):.1%} "
            f"| {np.mean(chosen):.1%} |"
        )
    lines += ["", "## The right frame as chosen, by length of the line (roman sets together)", ""]
    lines += ["| characters | n | right |", "|---|---|---|"]
    for (low, high), rights in by_length.items():
        if rights:
            lines.append(f"| {low} to {high} | {len(rights)} | {np.mean(rights):.1%} |")
    if fonts is not None:
        lines += ["", *rare_characters(model, fonts)]
    return lines


def without_fibres(model: Recognizer) -> Recognizer:
    """Return a copy whose readers don't talk."""
    silent = copy.deepcopy(model)
    silent.encoder.silence_fibres()
    return silent


def cer(
    model: Recognizer, samples: Sequence[Sample], rule: str, how: Decode = DEFAULT_DECODE
) -> tuple[str, float]:
    """Return the CER with its interval, and the share of lines that the decoder confirms."""
    mapped: Callable[[str], str] = scoring_named(rule)
    reader = LineReader(model, torch.device("cpu"), how)
    counts: list[Counts] = []
    confirmed: list[bool] = []
    for chunk in _chunks(samples):
        readings = reader.read_lines([_grey(s) for s in chunk])
        for sample, reading in zip(chunk, readings, strict=True):
            counts.append(count(mapped(sample.truth), mapped(reading.text)))
            confirmed.append(bool(reading.confirmed))
    rate = score(counts).cer
    text = f"{100 * rate.value:.2f} [{100 * rate.low:.2f}, {100 * rate.high:.2f}]"
    return text, float(np.mean(confirmed))


def right_frames(model: Recognizer, samples: Sequence[Sample]) -> list[bool]:
    """Return for each upright line whether the best of the four quarters is the upright one."""
    reader = LineReader(model, torch.device("cpu"), DEFAULT_DECODE)
    rights: list[bool] = []
    for chunk in _chunks(samples):
        for sights in reader.look([_grey(s) for s in chunk], any_turn=True):
            scores = [(v, quarter) for sight in sights for quarter, v in sight.scores.items()]
            rights.append(max(scores)[1] == 0)
    return rights


def chosen_frames(model: Recognizer, samples: Sequence[Sample]) -> list[bool]:
    """Return for each line, turned by quarters in turn, whether it is read in its own direction."""
    reader = LineReader(model, torch.device("cpu"), DEFAULT_DECODE)
    rights: list[bool] = []
    for chunk in _chunks(samples):
        turns = [(len(rights) + k) % 4 for k in range(len(chunk))]
        images = [turned(90 * turn)(_grey(s)) for s, turn in zip(chunk, turns, strict=True)]
        readings = reader.read_lines(images, any_turn=True)
        rights += [r.quarter == turn for r, turn in zip(readings, turns, strict=True)]
    return rights


def in_surroundings(character: str) -> str:
    """Return a short line with a character where such characters stand: a word, a number, alone."""
    kind = unicodedata.category(character)
    if kind == "Mn":
        return {"\u0364": "ma\u0364n na"}.get(character, f"dem{character} na")
    if kind in ("Lu", "Lt"):
        return f"AN{character} NA"
    if kind in ("Nd", "No"):
        return f"12{character} 34"
    if kind in ("Ps", "Pi"):
        return f"{character}an na"
    if kind in ("Pe", "Pf", "Po", "Lm") or kind.startswith("L"):
        return f"an{character} na"
    return f"an {character} na"


def rare_characters(model: Recognizer, fonts: Path, each: int = 12) -> list[str]:
    """Return the recall of each character, drawn clean in faces that have it.

    Surroundings are those of :func:`in_surroundings`: a digit among letters would be read as one.
    """
    from PIL import Image, ImageDraw, ImageFont

    from gsaocr.synthesis.fonts import find_fonts

    faces = [f for f in find_fonts([fonts]) if f.kind in ("serif", "sans", "typewriter")]
    rng = np.random.default_rng(0)
    reader = LineReader(model, torch.device("cpu"), DEFAULT_DECODE)
    recalls: list[tuple[float, str]] = []
    for letter in model.config.characters:
        text = in_surroundings(letter)
        able = [f for f in faces if set(text) <= f.characters | {" "}]
        if not able or letter == " ":
            continue
        images = []
        for number in rng.integers(0, len(able), each):
            face = able[int(number)]
            font = ImageFont.truetype(str(face.path), 36, index=face.index)
            # The ink's own box: faces tell no room for the marks on their capitals.
            left, top, right, bottom = font.getbbox(text)
            margin = round(0.1 * sum(font.getmetrics()))  # as line crops have it
            size = round(right - left) + 4 * margin, round(bottom - top) + 2 * margin
            image = Image.new("L", size, 255)
            ImageDraw.Draw(image).text((2 * margin - left, margin - top), text, fill=20, font=font)
            images.append(np.asarray(image))
        written = to_reading_form(letter)
        times = to_reading_form(text).count(written)
        found = sum(r.text.count(written) == times for r in reader.read_lines(images))
        recalls.append((found / each, letter))
    weak = sorted(r for r in recalls if r[0] < 0.5)
    average = np.mean([r for r, _ in recalls])
    return [
        "## Characters, drawn clean in a short line",
        "",
        f"{len(recalls)} of {len(model.config.characters)} characters could be drawn, {each} times "
        f"each; mean recall {average:.1%}. Found less than half of the time:",
        "",
        ", ".join(_grouped(weak)) or "none",
    ]


def _grouped(weak: Sequence[tuple[float, str]]) -> Iterator[str]:
    for recall, letters in groupby(weak, key=lambda each: each[0]):
        yield f"{recall:.0%} of the time: `{' '.join(letter for _, letter in letters)}`"


def _largest_fibre(model: Recognizer) -> float:
    return max(float(b.fibre.phi_out.weight.detach().abs().max()) for b in model.encoder.blocks)


def _chunks(samples: Sequence[Sample], size: int = 64) -> list[Sequence[Sample]]:
    return [samples[k : k + size] for k in range(0, len(samples), size)]


def _grey(sample: Sample) -> Grey:
    return np.asarray(cv2.imdecode(np.frombuffer(sample.read(), np.uint8), cv2.IMREAD_GRAYSCALE))


if __name__ == "__main__":
    main()
