"""What a training may touch in the folder that it is given: its own files and no other."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.optim import AdamW

from gsaocr.adapters.peft_format import check_replaceable
from gsaocr.cli.app import run
from gsaocr.errors import OutputError, TrainingError
from gsaocr.model_files import models_folder
from gsaocr.training.adapter_state import (
    EARLIER_FOLDER,
    FOLDER,
    AdapterProgress,
    held,
    load_adapter_state,
    remove_adapter_state,
    save_adapter_state,
)
from tests.conftest import ROOT

Capture = pytest.CaptureFixture[str]
VALUES = {"a": torch.arange(6.0).reshape(2, 3)}
SHAPES = {name: value.shape for name, value in VALUES.items()}


def save(out: Path, steps: int = 3) -> None:
    parameter = torch.nn.Parameter(VALUES["a"].clone())
    optimizer = AdamW([parameter])
    parameter.sum().backward()
    optimizer.step()
    progress = AdapterProgress(steps=steps, lines=7, best=0.25)
    best = {name: value.clone() for name, value in VALUES.items()}
    save_adapter_state(out, "settings", progress, VALUES, best, optimizer)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_round_trip_and_removal(tmp_path: Path) -> None:
    with held(tmp_path / "a"):
        save(tmp_path / "a", 3)
        save(tmp_path / "a", 4)
        names = {path.name for path in (tmp_path / "a" / FOLDER).iterdir()}
        assert names == {"lock", "state.json", "state-4.safetensors"}
    progress, tensors = load_adapter_state(tmp_path / "a", "settings", SHAPES)
    assert (progress.steps, progress.lines, progress.best) == (4, 7, 0.25)
    assert torch.equal(tensors["value/a"], VALUES["a"])
    assert torch.equal(tensors["optimizer/0/step"], torch.tensor(1.0))
    remove_adapter_state(tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


def test_what_is_not_of_the_state_stays(tmp_path: Path) -> None:
    save(tmp_path)
    others = ("notes.txt", "state-1.safetensors.bak", "state-final.safetensors", "state.json.part")
    for name in others:
        (tmp_path / FOLDER / name).write_text("mine")
    save(tmp_path, 9)
    remove_adapter_state(tmp_path)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == sorted(others)


def test_a_folder_called_training_is_the_users(tmp_path: Path) -> None:
    mine = tmp_path / EARLIER_FOLDER
    mine.mkdir()
    for name in ("a.png", "a.gt.txt", "state-3.safetensors"):
        (mine / name).write_text("mine")
    for state in (None, "{", "[]", '{"settings": "", "progress": {}, "file": "../a.png"}'):
        if state is not None:
            (mine / "state.json").write_text(state)
        before = files(tmp_path)
        remove_adapter_state(tmp_path)
        assert files(tmp_path) == before


def test_a_state_of_an_earlier_version_is_resumed_and_removed(tmp_path: Path) -> None:
    old = tmp_path / EARLIER_FOLDER
    old.mkdir()
    tensors = {f"{kind}/a": VALUES["a"].clone() for kind in ("value", "best")}
    save_file(tensors, old / "state-5.safetensors")
    summary = {"settings": "settings", "progress": asdict(AdapterProgress(5))}
    (old / "state.json").write_text(json.dumps(summary | {"file": "state-5.safetensors"}))
    (old / "notes.txt").write_text("mine")
    assert load_adapter_state(tmp_path, "settings", SHAPES)[0].steps == 5
    remove_adapter_state(tmp_path)
    assert [path.name for path in old.iterdir()] == ["notes.txt"]


def test_nothing_is_removed_behind_a_link(tmp_path: Path) -> None:
    save(tmp_path / "elsewhere")
    state = tmp_path / "elsewhere" / FOLDER
    out = tmp_path / "out"
    out.mkdir()
    (out / FOLDER).symlink_to(state)
    before = files(state)
    remove_adapter_state(out)
    assert files(state) == before
    with pytest.raises(OutputError, match="is a link"), held(out):
        pass


@pytest.mark.parametrize(
    "change",
    [
        {"progress": {"steps": "x"}},
        {"progress": {"unknown": 1}},
        {"progress": [1]},
        {"file": "../state-3.safetensors"},
        {"file": 5},
        {"more": 1},
        {"settings": "others"},
    ],
)
def test_a_broken_state_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    save(tmp_path)
    path = tmp_path / FOLDER / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(TrainingError) as caught:
        load_adapter_state(tmp_path, "settings", SHAPES)
    assert caught.value.exit_code == 8


@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 1), ()])
def test_a_state_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    save(tmp_path)
    with pytest.raises(TrainingError, match="another shape"):
        load_adapter_state(tmp_path, "settings", {"a": torch.Size(shape)})


def test_two_runs_never_share_a_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from gsaocr.training.adapter_state import held\n"
        "with held(Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a")]
    with held(tmp_path / "a"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert "another run is training into it" in done.stderr
        assert (tmp_path / "a" / FOLDER / "lock").exists()
    assert not (tmp_path / "a").exists()  # nothing came of it
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "proj"
    (folder / "training").mkdir(parents=True)
    for number in range(6):
        shutil.copy(ROOT / "docs/sample/seat-weaving.png", folder / f"training/{number}.png")
        (folder / f"training/{number}.gt.txt").write_text("text")
    (folder / "README.md").write_text("# My notes\n")
    return folder


@pytest.mark.parametrize("data", ["training", ".", "training/0.png", "other/../training"])
def test_an_output_that_holds_the_data_is_refused(
    project: Path, capsys: Capture, data: str
) -> None:
    before = files(project)
    for options in ([], ["--overwrite"], ["--resume"]):
        assert run(["train-adapter", str(project / data), "-o", str(project), *options]) == 4
        assert "is or holds the data" in capsys.readouterr().err
        assert files(project) == before
    (project.parent / "linked").symlink_to(project)
    assert run(["train-adapter", str(project / data), "-o", str(project.parent / "linked")]) == 4
    assert files(project) == before


def test_a_file_that_gsaocr_did_not_write_is_never_replaced(
    project: Path, tmp_path: Path, capsys: Capture
) -> None:
    data, out = project / "training", tmp_path / "out"
    out.mkdir()
    for name in ("README.md", "adapter_config.json", "adapter_model.safetensors"):
        (out / name).write_text('{"peft_type": "LORA"}')
        before = files(out)
        assert run(["train-adapter", str(data), "-o", str(out), "--overwrite"]) == 4
        assert "was not written by gsaocr" in capsys.readouterr().err
        assert files(out) == before
        (out / name).unlink()
    (out / "README.md").mkdir()
    assert run(["train-adapter", str(data), "-o", str(out), "--overwrite"]) == 4


@pytest.mark.parametrize("name", ["fraktur", "receipts"])
def test_gsaocr_knows_its_own(tmp_path: Path, name: str) -> None:
    shutil.copytree(models_folder() / "adapters" / name, tmp_path / "a")
    check_replaceable(tmp_path / "a")
    check_replaceable(tmp_path / "none")


def test_a_file_called_part_stays(tmp_path: Path) -> None:
    """merge-adapter's output is written beside its place under a name that nobody has."""
    from gsaocr.recognizer.weights import save_model
    from tests.recognizer.conftest import tiny

    part = tmp_path / "x.safetensors.part"
    part.write_text("mine")
    save_model(tiny(), tmp_path / "x.safetensors")
    assert part.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2
