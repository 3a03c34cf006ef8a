"""Several runs from one start, averaged: training on machines or cores that don't talk.

``python -m gsaocr.training.weight_average START RUN... -o FILE``

Runs that begin with the same weights and differ in their seed stay in one basin of the loss, so the
mean of their weights reads at least as well as each of them, as if more lines had been seen
(M. Wortsman et al., Model soups, 2022; local SGD, S. Stich, 2018).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from gsaocr.errors import GsaocrError, ModelError
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import load_model, save_model


def average(start: Path, runs: Sequence[Path], out: Path) -> str:
    """Write the mean of the runs' weights as a model file and return its fingerprint.

    Lines and minutes that the file speaks of are those of ``start`` and what each run added.

    Raises:
        ModelError: a file can't be read, or a run has another configuration than the start.
    """
    first = load_model(start)
    files = [load_model(path) for path in runs]
    for path, file in zip(runs, files, strict=True):
        if file.model.config != first.model.config:
            raise ModelError(str(path), f"another configuration than {start}", "average its kind")
    states = [file.model.state_dict() for file in files]
    mean = {n: torch.stack([s[n] for s in states]).mean(0) for n in states[0]}
    model = Recognizer(first.model.config)
    model.load_state_dict(mean)
    origin = {"averaged runs": str(len(runs))}
    for key in ("lines", "minutes"):
        before = float(first.origin.get(key, 0))
        total = before + sum(float(f.origin.get(key, before)) - before for f in files)
        origin[key] = f"{total:.0f}"
    return save_model(model, out, origin)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Average runs that began with the same weights.")
    parser.add_argument("start", type=Path, help="the model that all runs began with")
    parser.add_argument("runs", type=Path, nargs="+", help="their model files")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        print(average(options.start, options.runs, options.output))
    except GsaocrError as error:
        print(f"gsaocr: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
