"""The upper part: one chosen reader's patches become steps along the line, ready to be read."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.encoder import MLP


class StepConvolution(nn.Module):
    """Depthwise convolution along the steps; padding is zero before it."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Map (batch, steps, width) to the same; ``valid`` (batch, steps)."""
        masked = (x * valid.unsqueeze(-1)).transpose(1, 2)
        convolved: Tensor = self.convolution(masked)
        return convolved.transpose(1, 2)


class SelfAttention(nn.Module):
    """Attention of all steps to all steps; place comes from the convolutions around it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.phi_qry = nn.Linear(width, width)
        self.phi_key = nn.Linear(width, width, bias=False)
        self.phi_val = nn.Linear(width, width)
        self.phi_out = nn.Linear(width, width)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Map (batch, steps, width) to the same; padded steps are no keys."""
        q, k, v = (
            phi(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for phi in (self.phi_qry, self.phi_key, self.phi_val)
        )
        mask = valid[:, None, None, :]
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        out: Tensor = self.phi_out(attended.transpose(1, 2).flatten(-2))
        return out


class UpperBlock(nn.Module):
    """Attention, depthwise convolution and MLP, each normed first and added to its input."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        width = config.upper_width
        self.norm_attention = nn.LayerNorm(width)
        self.attention = SelfAttention(width, config.upper_heads)
        self.norm_convolution = nn.LayerNorm(width)
        self.convolution = StepConvolution(width, config.upper_kernel)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, config.upper_mlp)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Map (batch, steps, width) to the same."""
        x = x + self.attention(self.norm_attention(x), valid)
        x = x + F.silu(self.convolution(self.norm_convolution(x), valid))
        out: Tensor = x + self.mlp(self.norm_mlp(x))
        return out


class UpperPart(nn.Module):
    """From the chosen reader's columns to the steps that the CTC head and the decoder read."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        self.rows = config.line_height // config.stride
        self.steps_per_column = config.steps_per_column
        width = config.upper_width
        self.columns = nn.Linear(self.rows * config.lower_width, self.steps_per_column * width)
        self.place = StepConvolution(width, config.upper_kernel)
        self.blocks = nn.ModuleList(UpperBlock(config) for _ in range(config.upper_blocks))
        self.norm = nn.LayerNorm(width)

    def forward(self, view: Tensor, valid_columns: Tensor) -> tuple[Tensor, Tensor]:
        """Map a view (batch, rows, columns, channels) to steps (batch, steps, width).

        Also returns which steps are valid, (batch, steps).
        """
        columns = view.transpose(1, 2).flatten(2)
        steps = self.columns(columns).unflatten(-1, (self.steps_per_column, -1)).flatten(1, 2)
        valid = torch.repeat_interleave(valid_columns, self.steps_per_column, dim=1)
        steps = steps + self.place(steps, valid)
        for block in self.blocks:
            steps = block(steps, valid)
        return self.norm(steps), valid
