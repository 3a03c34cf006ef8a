"""Fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Examples of property tests are the same in every run, so that a failure is the change's own;
# `make fuzz` draws others each time.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("fuzz", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real scans; tests that ask for it skip where GSAOCR_DATA does not name it."""
    named = os.environ.get("GSAOCR_DATA")
    if not named:
        pytest.skip("GSAOCR_DATA is not set: tests on real scans need the data folder")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"GSAOCR_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def sample_scan() -> Path:
    """The page that ships with the repository, with its text in .gt.txt beside it."""
    return ROOT / "docs" / "sample" / "seat-weaving.png"
