"""Print the errors of each image of this folder, beside those recorded.

    python -m tests.accuracy [--texts] [--only PART]

The last part of the output is what ``recorded.json`` would say of the images that are read today.
"""

from __future__ import annotations

import argparse
import json

import torch

from gsaocr.pipeline import load
from tests.accuracy.gate import Recorded, items


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--texts", action="store_true", help="show what was misread")
    parser.add_argument("--only", default="", help="images whose name has this in it")
    given = parser.parse_args()
    torch.set_num_threads(1)
    recorded, reader = Recorded.load(), load(device="cpu")
    today: dict[str, int] = {}
    for item in items():
        if given.only not in item.name:
            continue
        reading = item.read(reader)
        wrong = item.errors(reading, item.name in recorded.any_order)
        today[item.name] = wrong
        bound = recorded.bound(item)
        told = "not read yet" if item.name in recorded.failures else "read"
        verdict = "" if (wrong <= bound) == (told == "read") else "  <-- look at it"
        print(f"{item.name:32} {wrong:4} of {item.letters:4}, bound {bound:5.1f}, {told}{verdict}")
        if given.texts and wrong:
            print(
                f"  truth   {' '.join(item.truth.split())}\n  reading {' '.join(reading.split())}"
            )
    errors = {name: wrong for name, wrong in today.items() if name not in recorded.failures}
    print(json.dumps({"errors": errors}, indent=1))


if __name__ == "__main__":
    main()
