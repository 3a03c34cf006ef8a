"""Help as pages: what a command is for, its options in groups, examples that can be copied.

An option's group is its ``rich_help_panel``, typer's name for it; the examples are a command's
``epilog``, two lines each: the command line, and what it does. Lines are as wide as the terminal.
"""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

from gsaocr.errors import UsageError

ANY_WIDTH = 10_000
"""Columns that help may have at most: no bound, so that it is as wide as the terminal."""

_LONGEST_NAME = 28  # columns of an option's name; a longer one has its text below it
_INDENT = "  "
_OTHER = "Help"  # the group of what names none: --help, --version


class Command(TyperCommand):
    """A command whose help is laid out here."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The parts of the usage line: optional options, required ones, arguments."""
        params = self.get_params(ctx)
        required = [p for p in params if _is_option(p) and p.required]
        pieces = ["[OPTIONS]", *(f"{_shortest(p)} {p.metavar}" for p in required)]
        return [*pieces, *(str(p.metavar) for p in params if not _is_option(p))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, group by group."""
        _write_options(self.get_params(ctx), formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples as they are."""
        _write_examples(self.epilog, formatter)


class Group(TyperGroup):
    """All commands, and what to say where a file or its options stand in the place of one."""

    reading = "transcribe"
    """The command that a file without a command is meant for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse options of the reading command before it with the order that they have."""
        known = {name for param in self.get_params(ctx) for name in param.opts}
        first = args[0].partition("=")[0] if args else ""
        if first.startswith("-") and first not in known and not ctx.resilient_parsing:
            reading = self.get_command(ctx, self.reading)
            if reading is not None and any(first in param.opts for param in reading.params):
                repair = f"gsaocr {self.reading} FILE {first} ..."
                raise UsageError(first, f"stands after the command {self.reading}", repair)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Say of a file in a command's place how it is read."""
        word = args[0]
        if self.get_command(ctx, word) is None and not ctx.resilient_parsing and _is_file(word):
            repair = f"to read it: gsaocr {self.reading} {shlex.join(args)}"
            raise UsageError(word, "is a file, not a command", repair)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, group by group, and then the options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                group = getattr(command, "rich_help_panel", None) or _OTHER
                # Half a line more than fits: it goes on below.
                row = (name, command.get_short_help_str(limit=2 * formatter.width))
                groups.setdefault(group, []).append(row)
        longest = max(len(name) for rows in groups.values() for name, _ in rows)
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(longest), text) for name, text in rows])
        _write_options(self.get_params(ctx), formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples as they are."""
        _write_examples(self.epilog, formatter)


def _write_options(params: Iterable[Any], formatter: Any) -> None:
    groups: dict[str, list[tuple[str, str]]] = {}
    for param in params:
        if not getattr(param, "hidden", False):
            group = getattr(param, "rich_help_panel", None) or _OTHER
            groups.setdefault(group, []).append((_names(param), _meaning(param)))
    if _OTHER in groups:
        groups[_OTHER] = groups.pop(_OTHER)  # last
    for group, rows in groups.items():
        with formatter.section(group):
            formatter.write_dl(rows, col_max=_LONGEST_NAME)


def _write_examples(examples: str | None, formatter: Any) -> None:
    if not examples:
        return
    with formatter.section("Examples"):
        for line in examples.strip("\n").splitlines():
            indent = " " * (len(line) - len(line.lstrip())) + _INDENT
            if line.startswith(" "):
                formatter.write(
                    textwrap.fill(
                        line.strip(),
                        formatter.width,
                        initial_indent=indent,
                        subsequent_indent=indent,
                    )
                    + "\n"
                )
            else:  # a command line is copied as a whole
                formatter.write(f"{indent}{line}\n")


def _is_file(word: str) -> bool:
    """Whether a word names something that is there, or that only an image or a PDF can be."""
    from gsaocr.batch.inputs import STDIN, SUFFIXES

    suffix = os.path.splitext(word)[1].lower()
    return word == STDIN or suffix in SUFFIXES or os.path.lexists(word)


def _is_option(param: Any) -> bool:
    return bool(param.param_type_name == "option")


def _shortest(param: Any) -> str:
    return str(min(param.opts, key=len))


def _names(param: Any) -> str:
    """``-o, --output DIR`` of an option, ``FILE...`` of an argument."""
    if not _is_option(param):
        return str(param.metavar)
    names = ", ".join(sorted(param.opts, key=lambda name: not _is_short(name)))
    return names if param.is_flag or not param.metavar else f"{names} {param.metavar}"


def _is_short(name: str) -> bool:
    return not name.startswith("--")


def _meaning(param: Any) -> str:
    """The help, and the value that holds where none is given, unless the help says it."""
    text, default = param.help or "", param.default
    is_flag = getattr(param, "is_flag", False)
    if is_flag or default is None or default == "" or isinstance(default, list | tuple):
        return text
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    return f"{text}  [{shown}]"
