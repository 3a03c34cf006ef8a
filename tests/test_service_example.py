"""docs/examples/service.py serves several threads and adapters with one Reader."""

from __future__ import annotations

import importlib.util
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from gsaocr.model_files import default_model
from tests.conftest import ROOT

PATH = ROOT / "docs" / "examples" / "service.py"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not default_model().is_file():
        pytest.skip("no shipped model here")
    spec = importlib.util.spec_from_file_location("service", PATH)
    assert spec is not None
    assert spec.loader is not None
    service = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(service)

    class Quiet(service.Handler):  # type: ignore[name-defined, misc]
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def scan() -> bytes:
    """The head of the sample page."""
    content = BytesIO()
    with Image.open(ROOT / "docs" / "sample" / "seat-weaving.png") as image:
        image.crop((0, 0, image.width, image.height // 6)).save(content, "PNG")
    return content.getvalue()


def post(url: str, content: bytes) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=content)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_threads_and_adapters_get_their_own_readings(address: str, scan: bytes) -> None:
    urls = [address, f"{address}?adapter=fraktur"] * 3
    with ThreadPoolExecutor(len(urls)) as pool:
        answers = list(pool.map(lambda url: post(url, scan), urls))
    assert [status for status, _ in answers] == [200] * len(urls)
    texts = [answer["pages"][0]["text"] for _, answer in answers]
    adapters = [answer["pages"][0].get("adapter", "") for _, answer in answers]
    assert adapters == ["", "fraktur"] * 3
    assert len({texts[0], texts[2], texts[4]}) == 1
    assert len({texts[1], texts[3], texts[5]}) == 1
    assert len(texts[0].split()) > 5
    assert texts[0] != texts[1]


@pytest.mark.parametrize(
    ("query", "content", "status", "said"),
    [
        ("", b"no image", 400, "is no image"),
        ("", b"", 400, "bytes"),
        ("?adapter=nothing", None, 400, "no adapter of this name"),
        ("?adapter=../../etc", b"x", 400, "an adapter's name"),
    ],
)
def test_what_is_wrong_is_told(
    address: str, scan: bytes, query: str, content: bytes | None, status: int, said: str
) -> None:
    got, answer = post(address + query, scan if content is None else content)
    assert got == status
    assert said in answer["error"]
