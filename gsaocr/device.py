"""Where the network runs."""

from __future__ import annotations

import torch

from gsaocr.errors import DeviceError, UsageError


def choose_device(name: str) -> torch.device:
    """Return the device called ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        UsageError: no such kind of device.
        DeviceError: CUDA was asked for and isn't there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        raise UsageError(f"--device {name}", "unknown device", "use auto, cpu, cuda or cuda:N")
    if kind == "cuda":
        if not torch.cuda.is_available():
            raise DeviceError(f"--device {name}", "no CUDA device is there", "use --device cpu")
        if number and int(number) >= torch.cuda.device_count():
            raise DeviceError(
                f"--device {name}",
                f"there are {torch.cuda.device_count()} CUDA devices",
                "choose a smaller number",
            )
    return torch.device(name)
