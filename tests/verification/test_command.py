"""``gsaocr verify-equivariance``: its table, its files, its exit codes."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

from gsaocr.cli.app import run
from gsaocr.layers import reference
from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import save_model
from gsaocr.verification import run as verification
from tests.recognizer.conftest import TINY, tiny

COMMAND = "verify-equivariance"


def test_one_kind_of_layer_passes(model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([COMMAND, "--model", str(model_file), "--layer", "spatial", "--quick"])
    out = capsys.readouterr().out
    assert code == 0
    assert "control: published encoding" in out
    assert re.search(r"block 0 spatial +C4 +none +model +float64 .* holds", out)
    assert "translation" not in out


@pytest.mark.usefixtures("decided")
def test_quick_run_measures_every_kind(
    model_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([COMMAND, "--model", str(model_file), "--quick", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["trustworthy"] is True
    assert told["group"] == "C4"
    rows = told["rows"]
    assert all(row["as_it_must"] for row in rows)
    assert {row["check"] for row in rows} == {
        "L_g[rho] = rho",
        "control: L_g[rho] = rho",
        "equivariance",
        "fast = reference",
        "alone = in a padded batch",
        "prepare(turned) = turned(prepare)",
        "levels(turned) = turned(levels)",
        "same text",
        "control: published encoding",
        "control: wrong action",
    }
    assert {row["precision"] for row in rows} >= {"float64", "float32"}
    assert {row["lora"] for row in rows} == {"none", "attached"}
    turns = {row["element"] for row in rows if row["layer"] == "encoder"}
    assert {"90°", "180°", "270°", "(1, 0)", "(0, 1)"} < turns
    assert any(element.startswith("90°, then") for element in turns)


def test_a_broken_layer_is_exit_code_9(
    model_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "turned", lambda of, element, offset: offset)
    code = run([COMMAND, "--model", str(model_file), "--layer", "own", "--quick"])
    captured = capsys.readouterr()
    assert code == 9
    assert "BROKEN" in captured.out
    assert len(captured.err.splitlines()) == 1


def test_a_control_that_holds_is_exit_code_9(
    model_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = verification.literal_group_attention
    monkeypatch.setattr(
        verification,
        "literal_group_attention",
        lambda of, module, form, encoding: honest(of, module, form, "corrected"),
    )
    code = run([COMMAND, "--model", str(model_file), "--layer", "encoding"])
    captured = capsys.readouterr()
    assert code == 9
    assert "CONTROL HOLDS" in captured.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--layer", "attention"], 2, "unknown layer; choose one of encoding, translation"),
        (["--report", "out.txt"], 4, "end it in .html or .md"),
        (["--report", "missing/out.html"], 4, "its folder is not there"),
        (["--seed", "-1"], 2, "--seed"),
        (["--adapter", "no-such-adapter"], 6, "no-such-adapter"),
    ],
)
def test_bad_arguments_are_told_in_one_line(
    model_file: Path,
    arguments: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([COMMAND, "--model", str(model_file), *arguments]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not captured.out


@pytest.mark.parametrize("content", [None, b"", b"no model at all" * 99])
def test_a_model_that_cannot_be_used_is_exit_code_5(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert run([COMMAND, "--model", str(path), "--quick"]) == 5
    assert len(capsys.readouterr().err.splitlines()) == 1


class _Page(HTMLParser):
    """Counts what a report has to hold."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")


def test_html_report_holds_pictures_and_rows(model_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    arguments = ["--quick", "--layer", "encoding", "--report", str(target)]
    assert run([COMMAND, "--model", str(model_file), *arguments]) == 0
    page = _Page()
    page.feed(target.read_text(encoding="utf-8"))
    assert len(page.pictures) == 3
    assert all(src.startswith("data:image/png;base64,") for src in page.pictures)
    assert page.tags.count("tr") >= 10
    assert [path.name for path in tmp_path.iterdir() if ".part" in path.name] == []


def test_markdown_report_has_its_pictures_beside_it(model_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    arguments = ["--quick", "--layer", "encoding", "--report", str(target)]
    assert run([COMMAND, "--model", str(model_file), *arguments]) == 0
    text = target.read_text(encoding="utf-8")
    for name in re.findall(r"!\[\w+\]\(([^)]+)\)", text):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert text.count("![") == 3
    assert "| control: published encoding |" in text


def test_two_seeds_measure_two_things(model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for seed in ("1", "1", "2"):
        arguments = ["--quick", "--layer", "encoding", "--json", "--seed", seed]
        assert run([COMMAND, "--model", str(model_file), *arguments]) == 0
        said.append([row["relative"] for row in json.loads(capsys.readouterr().out)["rows"]])
    assert said[0] == said[1] != said[2]


@pytest.mark.parametrize("name", ["C1", "D4"])
def test_models_of_other_groups_pass(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.safetensors"
    save_model(tiny(name), path)
    for kind in ("fibre", "encoder"):
        arguments = ["--quick", "--layer", kind]
        assert run([COMMAND, "--model", str(path), *arguments]) == 0, capsys.readouterr().out


def test_rotations_off_the_grid_are_never_passed(
    model_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--layer", "off-grid", "--json"]
    assert run([COMMAND, "--model", str(model_file), *arguments]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    off_grid = [row for row in rows if row["check"] == "equivariance off the grid"]
    assert {row["element"] for row in off_grid} == {"45°", "30°"}
    for row in off_grid:
        assert row["verdict"] == "approximate"
        assert 1e-6 < row["relative"] < 0.2
    exact = next(row for row in rows if row["check"] == "equivariance on the grid")
    assert exact["verdict"] == "holds"
    assert exact["relative"] <= 1e-12


def test_random_weights_are_normal(model_file: Path) -> None:
    rows = verification.stages(tiny(), kind="own")
    assert all(stage.label for stage in rows)
    generator = torch.Generator().manual_seed(0)
    layer = verification.draw(verification.LiteralLayer(8, 2, 4), generator)
    values = torch.cat([p.detach().flatten() for p in layer.parameters()])
    assert abs(float(values.mean())) < 0.1
    assert abs(float(values.std()) - 1) < 0.1


@pytest.mark.parametrize("form", ["own", "paper", "rc"])
def test_models_with_attention_over_all_of_the_group_pass(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{form}.safetensors"
    model = Recognizer(RecognizerConfig(group_attention=form, **TINY))
    model.load_state_dict(
        {
            n: torch.randn(t.shape, generator=torch.Generator().manual_seed(len(n))) * 0.4
            for n, t in model.state_dict().items()
        }
    )
    save_model(model, path)
    for kind in (form, "encoder"):
        arguments = ["--quick", "--layer", kind]
        assert run([COMMAND, "--model", str(path), *arguments]) == 0, capsys.readouterr().out
        told = capsys.readouterr().out
        assert kind == "encoder" or "block 0 fibre" in told
