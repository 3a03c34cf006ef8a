"""Parts of the network in other runtimes, as graphs: what they take on batches as reading has them.

    python -m tests.benchmarks.runtimes [--parts lower1,lower4,upper,decoder] [--graphs DIR]

wants ``pip install onnxscript onnxruntime openvino``, of which what is missing is left out, aloud.
Graphs that DIR holds are not made anew; making all takes minutes. Printed are for each runtime the
processor milliseconds of one thread for a line of 896 pixels, over the first pass through the
shapes and the best of five more, what importing and building take, and the largest difference
from what PyTorch computes. Each runtime runs in a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

PARTS = ("lower1", "lower4", "upper", "decoder")
RUNTIMES = ("torch", "torch-bfloat16", "onnxruntime", "openvino", "openvino-bfloat16")
NEEDS = {"torch": "torch", "onnxruntime": "onnxruntime", "openvino": "openvino"}
SHAPES = [(3, w) for w in range(840, 897, 8)]
SHAPES += [(2, 904), (2, 920), (5, 480), (8, 304), (4, 640), (12, 128)]
"""(lines, pixels) of batches."""
PIXELS = 896  # of the line that times are told for
PIXELS_PER_CHARACTER = 11

Arrays = dict[str, np.ndarray[Any, Any]]


def inputs(part: str, lines: int, width: int) -> Arrays:
    """Return a batch without padding, of the part's inputs by name."""
    rng = np.random.default_rng(width)

    def drawn(*shape: int) -> np.ndarray[Any, Any]:
        return rng.random((lines, *shape), dtype=np.float32)

    if part.startswith("lower"):
        return {"images": drawn(32, width), "valid": np.ones((lines, 32, width), bool)}
    if part == "upper":
        return {"view": drawn(4, width // 8, 64), "valid": np.ones((lines, width // 8), bool)}
    return {
        "ids": np.ones((lines, width // PIXELS_PER_CHARACTER), np.int64),
        "steps": drawn(width // 4, 160),
        "valid": np.ones((lines, width // 4), bool),
    }


def modules() -> dict[str, Any]:
    """Return the parts of the shipped network as modules."""
    from torch import Tensor, log_softmax, nn

    from gsaocr.model_files import default_model
    from gsaocr.recognizer.weights import load_model

    model = load_model(default_model()).model

    class Lower(nn.Module):
        def __init__(self, readers: tuple[int, ...] | None) -> None:
            super().__init__()
            self.model = model
            self.readers = readers

        def forward(self, images: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
            field = self.model.look(images, valid, self.readers)
            return log_softmax(self.model.orientation(field), -1), field.upright

    class Upper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.upper = model.upper

        def forward(self, view: Tensor, valid: Tensor) -> Tensor:
            steps: Tensor = self.upper(view, valid)[0]
            return steps

    parts = {"lower1": Lower((0,)), "lower4": Lower(None), "upper": Upper()}
    return {name: module.eval() for name, module in parts.items()} | {"decoder": model.decoder}


def export(part: str, path: Path) -> None:
    """Write a part's graph; numbers of lines and columns stay open."""
    import torch
    from torch.export import Dim

    from tests.benchmarks import graph_layers

    lines, columns, letters = (
        Dim("lines", min=1, max=256),
        Dim("columns", min=2, max=2048),
        Dim("letters", min=2, max=512),
    )
    shapes: Any
    if part.startswith("lower"):
        shapes = ({0: lines, 2: 8 * columns}, {0: lines, 2: 8 * columns})
    elif part == "upper":
        shapes = ({0: lines, 2: columns}, {0: lines, 1: columns})
    else:
        along = {0: lines, 1: 2 * columns}
        shapes = ({0: lines, 1: letters}, along, along)
    given = inputs(part, 3, 320)
    with torch.no_grad(), graph_layers.exportable():
        torch.onnx.export(
            modules()[part],
            tuple(torch.from_numpy(array) for array in given.values()),
            path,
            input_names=list(given),
            dynamic_shapes=shapes,
            opset_version=20,
            external_data=False,
            verbose=False,
        )


def runner(runtime: str, parts: list[str], graphs: Path) -> Callable[[str, Arrays], Any]:
    """Return what runs a part on a batch."""
    name, _, precision = runtime.partition("-")
    if name == "torch":
        import torch

        torch.set_num_threads(1)
        kind = torch.bfloat16 if precision else torch.float32
        own = {part: module.to(kind) for part, module in modules().items()}

        def with_torch(part: str, batch: Arrays) -> Any:
            tensors = (torch.from_numpy(array) for array in batch.values())
            with torch.inference_mode():
                out = own[part](*(t.to(kind) if t.is_floating_point() else t for t in tensors))
            return [t.float().numpy() for t in (out if isinstance(out, tuple) else (out,))]

        return with_torch
    if name == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        sessions = {
            part: onnxruntime.InferenceSession(graphs / f"{part}.onnx", options) for part in parts
        }
        return lambda part, batch: sessions[part].run(None, batch)
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "bf16" if precision else "f32",
    }
    core = openvino.Core()
    requests = {
        part: core.compile_model(graphs / f"{part}.onnx", "CPU", settings).create_infer_request()
        for part in parts
    }
    return lambda part, batch: list(requests[part].infer(batch).values())


def measure(runtime: str, parts: list[str], graphs: Path) -> None:
    """Print a line for a runtime."""
    begun = time.process_time()
    run = runner(runtime, parts, graphs)
    told = [f"import and build {1000 * (time.process_time() - begun):.0f}"]
    lines = sum(count * width for count, width in SHAPES) / PIXELS
    for part in parts:
        passes = []
        for _ in range(6):
            begun = time.process_time()
            for count, width in SHAPES:
                run(part, inputs(part, count, width))
            passes.append(1000 * (time.process_time() - begun) / lines)
        told.append(f"{part} {passes[0]:.1f}, {min(passes[1:]):.1f}")
        if not runtime.startswith("torch"):
            batch = inputs(part, 3, 856)
            pairs = zip(run(part, batch), runner("torch", parts, graphs)(part, batch), strict=True)
            told.append(f"(differs by {max(float(abs(a - b).max()) for a, b in pairs):.1g})")
    print(f"{runtime}: {'; '.join(told)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--graphs", type=Path)
    parser.add_argument("--runtime", choices=RUNTIMES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    parts = given.parts.split(",")
    if given.runtime:
        measure(given.runtime, parts, given.graphs)
        return
    with tempfile.TemporaryDirectory() as folder:
        graphs = given.graphs or Path(folder)
        graphs.mkdir(exist_ok=True)
        for part in parts:
            if not (graphs / f"{part}.onnx").exists():
                export(part, graphs / f"{part}.onnx")
        again = [sys.executable, "-m", "tests.benchmarks.runtimes", "--parts", given.parts]
        for runtime in RUNTIMES:
            if importlib.util.find_spec(NEEDS[runtime.partition("-")[0]]) is None:
                print(f"{runtime} is not installed", file=sys.stderr)
                continue
            command = [*again, "--graphs", str(graphs), "--runtime", runtime]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
