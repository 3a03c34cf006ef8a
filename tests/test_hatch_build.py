"""What an index page shows of the project: a README whose links lead somewhere, and licences."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

URL = "https://example.org/gsaocr"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    path = ROOT / "hatch_build.py"
    if not path.is_file():
        pytest.skip("not in a checkout")
    spec = importlib.util.spec_from_file_location("hatch_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_links_lead_into_the_repository(hook: ModuleType) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = hook.for_index(readme, URL)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert len(targets) > 10
    for target in targets:
        assert target.startswith(("https://", "#")), target
        if target.startswith(f"{URL}/blob/main/"):
            file = target.removeprefix(f"{URL}/blob/main/").partition("#")[0]
            assert (ROOT / file).exists(), file


def test_without_an_address_no_link_is_dead(hook: ModuleType) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = hook.for_index(readme, "")
    assert re.findall(r"\]\((?!https?:|#)", text) == []
    assert hook.for_index("see [the docs](docs/a.md#b) and [it](https://x)", "") == (
        "see the docs and [it](https://x)"
    )
    assert hook.urls("") == {}


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("https://example.org/a/b.git", "https://example.org/a/b"),
        ("git@example.org:a/b.git", "https://example.org/a/b"),
        ("https://name:secret@example.org/a/b", ""),
        ("/home/somebody/gsaocr", ""),
        ("", ""),
    ],
)
def test_where_the_address_comes_from(
    hook: ModuleType, told: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 0, stdout=told + "\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert hook.origin(Path()) == url


def test_the_metadata(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    from hatchling.metadata.core import ProjectMetadata
    from hatchling.plugin.manager import PluginManager

    monkeypatch.setenv("GSAOCR_URL", URL)
    core: Any = ProjectMetadata(str(ROOT), PluginManager()).core
    assert core.license_expression == "Apache-2.0 AND CC-BY-SA-4.0"
    assert set(core.license_files) == {"LICENSE", "models/LICENSE"}
    assert core.urls["Source"] == URL
    assert core.readme_content_type == "text/markdown"
    assert f"{URL}/blob/main/docs/" in core.readme
