"""An option that isn't given means what the setting behind it says for itself."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping

import pytest

from gsaocr.batch.pages import PageSettings
from gsaocr.cli.train_adapter import train_adapter
from gsaocr.cli.train_base import train_base
from gsaocr.cli.transcribe import transcribe
from gsaocr.formats.settings import WriterSettings
from gsaocr.page.load import LoadSettings
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.config import TrainingConfig

CALLED_OTHERWISE = {"augmentation": "augment"}  # options by the setting that they are for


def _plain(value: object) -> object:
    """Return a default as the command line has it: lists as text, nothing given as None."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or None
    return None if value == "" else value


def _settings(kind: type) -> Mapping[str, object]:
    assert dataclasses.is_dataclass(kind)
    found = {}
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


@pytest.mark.parametrize(
    ("command", "kind", "shared"),
    [
        (train_base, TrainingConfig, 19),
        (train_adapter, AdapterTraining, 28),
        (transcribe, LoadSettings, 4),
        (transcribe, WriterSettings, 5),
        (transcribe, PageSettings, 4),
    ],
)
def test_options_and_settings_have_the_same_defaults(
    command: Callable[..., object], kind: type, shared: int
) -> None:
    options = {
        name: parameter.default for name, parameter in inspect.signature(command).parameters.items()
    }
    compared = 0
    for name, default in _settings(kind).items():
        option = CALLED_OTHERWISE.get(name, name)
        if option in options:
            assert _plain(options[option]) == _plain(default), name
            compared += 1
    assert compared >= shared
