"""-l deu, as other OCR programs want it."""

from __future__ import annotations

import pytest

from gsaocr.cli.ocr_languages import note_on
from gsaocr.errors import UsageError


@pytest.mark.parametrize("languages", ["deu", "eng+deu", "lat", "script/Latin", "hat,vie"])
def test_latin_script_needs_no_language(languages: str) -> None:
    note = note_on(languages, ())
    assert note == f"-l {languages} is not needed: one model reads every language in Latin script"


@pytest.mark.parametrize("languages", ["frk", "deu_latf", "script/Fraktur", "eng+deu_frak"])
def test_fraktur_has_an_adapter(languages: str) -> None:
    assert "--adapter fraktur" in note_on(languages, ())
    assert "--adapter" not in note_on(languages, ("fraktur",))


@pytest.mark.parametrize("languages", ["rus", "eng+rus", "chi_sim", "el", "script/Arabic"])
def test_other_scripts_are_refused(languages: str) -> None:
    with pytest.raises(UsageError, match="no Latin script"):
        note_on(languages, ())
