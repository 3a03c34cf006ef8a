"""The finder's network: exactly equivariant, within its bounds, whole in its file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from gsaocr.errors import ModelError
from gsaocr.finder.config import FinderConfig
from gsaocr.finder.network import CELL_CHANNELS, PART_CHANNELS, Finder, unpacked
from gsaocr.finder.weights import load_finder, save_finder
from gsaocr.groups import group

SMALL = FinderConfig(width=16, coarse_width=24, stem_channels=(4, 8), heads=2, coarse_blocks=2)


def random_finder(config: FinderConfig, seed: int = 0) -> Finder:
    """A finder in float64 whose readers talk."""
    torch.manual_seed(seed)
    finder = Finder(config).double().eval()
    with torch.no_grad():
        for parameter in finder.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return finder


def pages(height: int = 48, width: int = 112) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    page = torch.rand(2, 3, height, width, generator=generator, dtype=torch.float64) * 2 - 1
    return page, torch.ones(2, height, width, dtype=torch.bool)


@torch.no_grad()
@pytest.mark.parametrize("name", ["C1", "C2", "C4", "D4"])
def test_turning_the_page_permutes_the_readers(name: str) -> None:
    of = group(name)
    finder = random_finder(replace(SMALL, group=name))
    page, valid = pages()
    said = finder(page, valid).to_common().movedim(-1, 2)
    for h in range(of.order):
        turned = finder(of.act_on_image(page, h), of.act_on_image(valid, h))
        expected = of.act_on_lifted(said, h)
        found = turned.to_common().movedim(-1, 2)
        assert found.shape == expected.shape
        assert float((found - expected).abs().max() / expected.abs().max()) <= 1e-12


@torch.no_grad()
def test_without_the_turn_of_the_readers_it_fails() -> None:
    of = group("C4")
    finder = random_finder(SMALL)
    page, valid = pages(64, 64)
    said = finder(page, valid).to_common().movedim(-1, 2)
    turned = finder(of.act_on_image(page, 1), valid).to_common().movedim(-1, 2)
    wrong = of.act_on_lifted(said, 2)
    assert float((turned - wrong).abs().max() / wrong.abs().max()) > 1e-2


@torch.no_grad()
def test_padding_of_a_batch_changes_nothing() -> None:
    finder = random_finder(SMALL)
    page, valid = pages()
    alone = finder(page[:1], valid[:1])
    wide = torch.randn(1, 3, 48, 160, dtype=torch.float64)
    wide[..., :112] = page[:1]
    where = torch.zeros(1, 48, 160, dtype=torch.bool)
    where[..., :112] = True
    padded = finder(wide, where)
    for h in range(4):
        cut = padded.group.act_on_image(padded.frame(h)[0], h, (1, 2))[:, :, :14]
        own = alone.group.act_on_image(alone.frame(h)[0], h, (1, 2))
        torch.testing.assert_close(cut, own, rtol=1e-10, atol=1e-10)


@torch.no_grad()
def test_readers_who_do_not_talk_can_be_run_one_by_one() -> None:
    torch.manual_seed(0)
    finder = Finder(SMALL).double().eval()
    assert finder.fibres_are_silent
    page, valid = pages()
    field = finder(page, valid)
    for h in range(4):
        alone = finder.one_reader(page, valid, h)
        torch.testing.assert_close(alone, field.frame(h)[0], rtol=1e-10, atol=1e-10)
    assert not random_finder(SMALL).fibres_are_silent


def test_channels_are_unpacked_where_they_belong() -> None:
    count = 4 * len(PART_CHANNELS) + len(CELL_CHANNELS)
    values = torch.arange(float(count)).expand(1, 2, 3, count)
    said = unpacked(values)
    for number, name in enumerate(PART_CHANNELS):
        assert said.parts[name].shape == (1, 4, 6)
        assert said.parts[name][0, :2, :2].flatten().tolist() == [4 * number + n for n in range(4)]
    for number, name in enumerate(CELL_CHANNELS):
        assert said.cells[name].shape == (1, 2, 3)
        assert float(said.cells[name][0, 1, 2]) == 4 * len(PART_CHANNELS) + number


def test_the_shipped_size_is_within_its_bounds() -> None:
    finder = Finder(FinderConfig())
    assert sum(p.numel() for p in finder.parameters()) <= 600_000
    page = torch.zeros(1, 3, 992, 704)  # A4 at 85 dpi: 10 pt print has x-heights of 5 px
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        finder(page, torch.ones(1, 992, 704, dtype=torch.bool))
    assert counter.get_total_flops() <= 12e9


def test_a_file_rebuilds_its_finder(tmp_path: Path) -> None:
    finder = random_finder(SMALL).float()
    saved = save_finder(finder, tmp_path / "f.safetensors", {"crops": "3"})
    file = load_finder(tmp_path / "f.safetensors")
    assert (file.fingerprint, file.origin) == (saved, {"crops": "3"})
    assert file.finder.config == SMALL
    for name, tensor in finder.state_dict().items():
        assert torch.equal(tensor, file.finder.state_dict()[name])


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"width": 0}, "width"),
        ({"coarse_blocks": 10**6}, "more blocks"),
        ({"heads": 5}, "divide"),
        ({"smallest": 20.0}, "x-heights"),
        ({"colour": 1}, "unknown"),
        ({"group": 4}, "group"),
    ],
)
def test_configurations_that_make_no_sense_are_refused(
    change: dict[str, object], cause: str
) -> None:
    text = json.dumps(json.loads(FinderConfig().to_json()) | change)
    with pytest.raises(ValueError, match=cause):
        FinderConfig.from_json(text)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.safetensors"
    with pytest.raises(ModelError, match="no such model file"):
        load_finder(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="safetensors"):
        load_finder(path)
    save_finder(random_finder(SMALL).float(), path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'\\"width\\": 16', b'\\"width\\": 20'))
    with pytest.raises(ModelError, match="wrong shape"):
        load_finder(path)
