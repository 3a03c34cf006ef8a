"""The text decoder: characters one after another, looking at the steps of the line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gsaocr.recognizer.config import RecognizerConfig
from gsaocr.recognizer.encoder import MLP


@dataclass
class Cache:
    """What stays the same while lines are being written.

    Each list has an entry for each layer; keys and values are (batch, heads, places, head width).
    """

    line: list[tuple[Tensor, Tensor]]
    """Keys and values of the lines' steps, of :meth:`TextDecoder.line_keys`."""

    lengths: Tensor
    """(batch,): characters of each line that were seen before, start symbol included."""
    self_keys: list[Tensor] = field(default_factory=list)
    """Of these characters, the longest line's number of places; what lies beyond ``lengths`` is not
    looked at. A pass adds the places of its own characters behind."""
    self_values: list[Tensor] = field(default_factory=list)

    @property
    def longest(self) -> int:
        """Places of the characters seen before."""
        return self.self_keys[0].shape[2] if self.self_keys else 0


class DecoderAttention(nn.Module):
    """Attention from characters to characters or to the steps of the line."""

    def __init__(self, width: int, heads: int, source: int) -> None:
        super().__init__()
        self.heads = heads
        self.phi_qry = nn.Linear(width, width)
        self.phi_key = nn.Linear(source, width, bias=False)
        self.phi_val = nn.Linear(source, width)
        self.phi_out = nn.Linear(width, width)

    def keys_values(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values (batch, heads, length, head width) of (batch, length, source)."""
        key = self.phi_key(source).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        value = self.phi_val(source).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return key, value

    def first_head_scores(self, x: Tensor, key: Tensor) -> Tensor:
        """Return the scaled scores (batch, length, keys) of the first head."""
        query = self.phi_qry(x).unflatten(-1, (self.heads, -1))[:, :, 0]
        scores: Tensor = query @ key[:, 0].transpose(1, 2) * query.shape[-1] ** -0.5
        return scores

    def forward(self, x: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        """Map (batch, length, width); ``mask`` (batch or 1, 1, length, keys), True = may look."""
        query = self.phi_qry(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        out: Tensor = self.phi_out(attended.transpose(1, 2).flatten(-2))
        return out


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention and MLP, each normed first."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        width = config.decoder_width
        self.norm_self = nn.LayerNorm(width)
        self.self_attention = DecoderAttention(width, config.decoder_heads, width)
        self.norm_cross = nn.LayerNorm(width)
        self.cross_attention = DecoderAttention(width, config.decoder_heads, config.upper_width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, config.decoder_mlp)


class TextDecoder(nn.Module):
    """A causal transformer over characters; the output map is the embedding, transposed."""

    def __init__(self, config: RecognizerConfig) -> None:
        super().__init__()
        width = config.decoder_width
        self.width = width
        self.embedding = nn.Embedding(config.charset.decoder_size, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.norm = nn.LayerNorm(width)

    def forward(
        self,
        ids: Tensor,
        steps: Tensor,
        valid: Tensor,
        cache: Cache | None = None,
        looks: list[Tensor] | None = None,
    ) -> Tensor:
        """Return logits (batch, length, classes) of the character after each of ``ids``.

        Args:
            ids: (batch, length), beginning with the start symbol (or going on after ``cache``).
            steps: (batch, steps, upper width), the lines.
            valid: (batch, steps), False in the padding.
            cache: what was computed before; it is extended in place.
            looks: gets, for each layer, the scores (batch, length, steps) by which the first head
                chooses where to look; training teaches it with known character places.
        """
        longest = cache.longest if cache else 0
        number = torch.arange(ids.shape[1], device=ids.device)
        place = number if cache is None else cache.lengths[:, None] + number
        x = self.embedding(ids) * self.width**0.5 + _places(place, self.width, steps)
        line = self.line_keys(steps) if cache is None else cache.line
        causal = (number <= number[:, None])[None, None]
        if cache is not None and longest:
            before = torch.arange(longest, device=ids.device) < cache.lengths[:, None]
            before = before[:, None, None].expand(-1, -1, len(number), -1)
            causal = torch.cat([before, causal.expand(len(ids), -1, -1, -1)], dim=-1)
        seen = valid[:, None, None, :]
        for depth, layer in enumerate(self.layers):
            assert isinstance(layer, DecoderLayer)
            normed = layer.norm_self(x)
            key, value = layer.self_attention.keys_values(normed)
            if cache is not None:
                key, value = self._remember(cache, depth, key, value)
            x = x + layer.self_attention(normed, key, value, causal)
            cross_key, cross_value = line[depth]
            normed = layer.norm_cross(x)
            if looks is not None:
                looks.append(layer.cross_attention.first_head_scores(normed, cross_key))
            x = x + layer.cross_attention(normed, cross_key, cross_value, seen)
            x = x + layer.mlp(layer.norm_mlp(x))
        logits: Tensor = F.linear(self.norm(x), self.embedding.weight)
        return logits

    def line_keys(self, steps: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the keys and values of steps (batch, steps, width) for each layer."""
        # The steps of the upper part know their neighbours but not their number; a writer who goes
        # along the line has to.
        number = torch.arange(steps.shape[1], device=steps.device)
        steps = steps + _places(number, steps.shape[2], steps)
        return [cast(DecoderLayer, own).cross_attention.keys_values(steps) for own in self.layers]

    @staticmethod
    def _remember(cache: Cache, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        if len(cache.self_keys) > layer:
            key = torch.cat([cache.self_keys[layer], key], dim=2)
            value = torch.cat([cache.self_values[layer], value], dim=2)
            cache.self_keys[layer], cache.self_values[layer] = key, value
        else:
            cache.self_keys.append(key)
            cache.self_values.append(value)
        return key, value


def _places(number: Tensor, width: int, like: Tensor) -> Tensor:
    """Return sines and cosines (..., width) of numbers: any length, nothing learned."""
    half = width // 2
    rates = 10000.0 ** (-torch.arange(half, device=like.device, dtype=torch.float32) / half)
    phase = number[..., None].float() * rates
    return torch.cat([torch.sin(phase), torch.cos(phase)], dim=-1).to(like.dtype)
