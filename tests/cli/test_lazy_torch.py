"""Torch is whole, but for a part that comes when it is asked for."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
from gsaocr.cli.lazy_torch import FOR_COMPILING, lazy_torch

hooks = list(sys.meta_path)
with lazy_torch():
    import torch
assert sys.meta_path == hooks
part = sys.modules[FOR_COMPILING]
functions = len(vars(part))
assert float(torch.ones(3, 2) @ torch.ones(2, 1) @ torch.ones(1)[:1] @ torch.ones(3)) == 6
assert len(vars(part)) == functions, "somebody needed it"
assert callable(part.meta_bmm) and len(vars(part)) > functions + 100
import torch._meta_registrations as again
assert again is part and type(part).__name__ == "module"
empty = torch.empty(4, 5, device="meta")
assert torch.linalg.vector_norm(empty, dim=1).shape == (4,)
"""


def test_the_part_comes_with_the_first_look_at_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_torch_that_is_there_already_stays_as_it_is() -> None:
    script = (
        "import torch\nfrom gsaocr.cli.lazy_torch import *\nwith lazy_torch():\n import torch\n"
    )
    script += "import sys\nprint(type(sys.modules[FOR_COMPILING]).__name__)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "module"
