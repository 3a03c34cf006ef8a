"""``gsaocr adapters``: which adapters there are, and what one of them is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsaocr.cli import completing
from gsaocr.cli.options import INPUT, OUTPUT
from gsaocr.cli.streams import tell, write_text
from gsaocr.errors import AdapterError
from gsaocr.printable import SHORT, printable, short

_LONGEST_CARD = 2**16  # bytes of an adapter's README.md that are shown

if TYPE_CHECKING:
    from gsaocr.adapters.peft_format import AdapterSummary


EXAMPLES = """
gsaocr adapters
    List the adapters that --adapter knows by name.
gsaocr adapters fraktur
    Show what an adapter is for, and what it was trained on.
gsaocr adapters --install my-adapter/
    Copy an adapter into your own folder, for --adapter my-adapter.
"""


def adapters(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|DIR]...",
            help="Adapters to show.",
            autocompletion=completing.adapter,
            rich_help_panel=INPUT,
        ),
    ] = None,
    install: Annotated[
        list[Path] | None,
        typer.Option(
            "--install",
            metavar="DIR",
            help="Copy this adapter into your own folder; may be repeated.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Install in the place of an adapter of the same name.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Print JSON.", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """List the adapters that have a name, show some of them, or install one.

    Names are looked up in your own folder, which is named at the end of the list, and among the
    shipped adapters.
    """
    from gsaocr.adapters.catalogue import adapters_by_name, find_adapter, user_adapters
    from gsaocr.adapters.installing import install_adapter
    from gsaocr.adapters.peft_format import read_summary

    for folder in install or ():
        place = install_adapter(folder, overwrite)
        tell(f"{place.name} is installed in {place.parent}; read with --adapter {place.name}")
    if install and not names:
        return
    if names:
        shown = [read_summary(find_adapter(name)) for name in names]
    else:
        shown = []
        for folder in adapters_by_name().values():
            try:
                shown.append(read_summary(folder))
            except AdapterError as error:
                tell(str(error))
    if json_:
        facts = [_facts(summary) for summary in shown]
        write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
    elif names:
        write_text("\n".join(_card(summary) for summary in shown))
    else:
        write_text("".join(_row(summary) for summary in shown))
        own = user_adapters()
        count = sum(summary.folder.parent == own for summary in shown)
        tell(f"your own adapters ({count}) lie in {own}; add one with --install DIR")


def _facts(summary: AdapterSummary) -> dict[str, Any]:
    return {
        "name": summary.name,
        "folder": str(summary.folder),
        "base": printable(summary.fingerprint, SHORT),
        "group": printable(summary.header.get("group", ""), SHORT),
        "rank": _number(summary.config.get("r")),
        "alpha": _number(summary.config.get("lora_alpha")),
        "maps": _maps(summary),
        "parameters": summary.parameters,
        "bytes": summary.size,
        "decode": printable(summary.decode, SHORT),
    }


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else short(value)


def _maps(summary: AdapterSummary) -> int:
    targets = summary.config.get("target_modules")
    return len(targets) if isinstance(targets, list) else 1


def _row(summary: AdapterSummary) -> str:
    decode = f", {printable(summary.decode, SHORT)}" if summary.decode else ""
    row = (
        f"{summary.name:<16} rank {short(summary.config.get('r'))}, "
        f"{summary.parameters:,} parameters, "
        f"{summary.size / 1000:,.0f} kB, base {summary.fingerprint[:12]}{decode}"
    )
    return printable(row) + "\n"


def _card(summary: AdapterSummary) -> str:
    facts = "".join(f"{key:<11}{printable(str(v))}\n" for key, v in _facts(summary).items())
    try:
        with (Path(summary.folder) / "README.md").open("rb") as stream:
            text = stream.read(_LONGEST_CARD).decode("utf-8", "replace")
    except OSError:
        return facts
    # The front matter is for programs.
    lines = text.split("---\n", 2)[-1].strip().split("\n")
    return facts + "\n" + "".join(printable(line) + "\n" for line in lines)
