"""The command line: its commands, and the one place where errors become exit codes.

Nothing heavy is imported here: ``gsaocr --help`` answers at once. Each command's module imports
what it needs inside its function.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import signal
import sys
import traceback
import warnings
from types import FrameType
from typing import Annotated, NoReturn

import typer

from gsaocr._version import __version__
from gsaocr.cli import (
    adapters,
    evaluate,
    export_lines,
    info,
    merge_adapter,
    train_adapter,
    train_base,
    train_finder,
    transcribe,
    verify_equivariance,
)
from gsaocr.cli.help_pages import ANY_WIDTH, Command, Group
from gsaocr.cli.refusals import refusal
from gsaocr.cli.streams import tell
from gsaocr.errors import INTERRUPTED, GsaocrError, OutputError, UsageError
from gsaocr.memory import keep_few_plans
from gsaocr.printable import printable

FAULT = GsaocrError.exit_code
"""Exit code of a fault in the program itself."""

_MOST = 400  # characters of what an unforeseen error says

_READING = "Reading"
_ADAPTERS = "Fitting to your documents"
_MEASURING = "Measuring"
_TRAINING = "Making models"

app = typer.Typer(
    name="gsaocr",
    cls=Group,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help, for half the start-up time
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": ANY_WIDTH},
    epilog="""
gsaocr transcribe scan.png
    Print the text of a scan.
gsaocr transcribe scan.pdf -o searchable.pdf
    Put a text layer into a PDF, to be searched and copied from.
gsaocr transcribe fraktur.jpg --adapter fraktur -o fraktur.txt
    Read with an adapter and write a text file.
""",
)
for _module, _command, _group in (
    (transcribe, transcribe.transcribe, _READING),
    (info, info.info, _READING),
    (adapters, adapters.adapters, _ADAPTERS),
    (export_lines, export_lines.export_lines, _ADAPTERS),
    (train_adapter, train_adapter.train_adapter, _ADAPTERS),
    (merge_adapter, merge_adapter.merge_adapter, _ADAPTERS),
    (evaluate, evaluate.evaluate, _MEASURING),
    (verify_equivariance, verify_equivariance.verify_equivariance, _MEASURING),
    (train_base, train_base.train_base, _TRAINING),
    (train_finder, train_finder.train_finder, _TRAINING),
):
    app.command(
        _command.__name__.replace("_", "-"),
        cls=Command,
        epilog=_module.EXAMPLES,
        rich_help_panel=_group,
    )(_command)


@app.callback(invoke_without_command=True)
def gsaocr(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the program an error arose.")
    ] = False,
) -> None:
    """Read scanned pages in Latin script, whichever way up they lie.

    Text goes to standard output, messages go to standard error. `gsaocr COMMAND --help` explains
    a command.
    """
    if version:
        typer.echo(f"gsaocr {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    code = FAULT
    # Registered first and so called last, after all that tidies up at the exit.
    atexit.register(lambda: _end_at_once(code))
    signal.signal(signal.SIGTERM, _interrupt)
    keep_few_plans()
    code = run(sys.argv[1:])
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # Whoever read the output has gone and been told of; Python must not say it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _end_at_once(code: int) -> NoReturn:
    """End the process as it is: taking torch's modules apart one by one takes 0.3 seconds."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what went wrong is said on standard error."""
    debug = "--debug" in arguments
    if not debug:
        warnings.simplefilter("ignore")
    _tell_warnings()
    try:
        code = app(arguments, prog_name="gsaocr", standalone_mode=False)
        if code == INTERRUPTED:  # typer's own answer to Ctrl-C
            return _say("interrupted", INTERRUPTED, debug)
        return code if isinstance(code, int) else 0
    except SystemExit as end:  # typer's own end: of completion, or of help that nobody reads
        return OutputError.exit_code if end.code else 0
    except GsaocrError as error:
        return _say(str(error), error.exit_code, debug)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", INTERRUPTED, debug)
    except MemoryError:
        return _say("out of memory; read fewer or smaller images at once", FAULT, debug)
    except ImportError as error:
        repair = "install gsaocr and the system libraries it needs again"
        return _say(f"a part of the installation is missing ({error}); {repair}", FAULT, debug)
    except Exception as error:
        if hasattr(error, "format_message"):  # a command line that typer can't parse
            command = getattr(getattr(error, "ctx", None), "command_path", "gsaocr")
            return _say(
                f"{refusal(error).rstrip('?')}; see {command} --help", UsageError.exit_code, debug
            )
        what = printable(" ".join(f"{type(error).__name__}: {error}".split()), _MOST)
        return _say(f"a fault of gsaocr itself: {what}; `gsaocr --debug` shows where", FAULT, debug)


class _Teller(logging.Handler):
    """Says what the library logs as the command line says everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record's message."""
        tell(record.getMessage())


def _tell_warnings() -> None:
    logger = logging.getLogger("gsaocr")
    if not any(isinstance(handler, _Teller) for handler in logger.handlers):
        logger.addHandler(_Teller(logging.WARNING))
        logger.propagate = False


def _say(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    tell(message)  # with nowhere to say it, the exit code does
    return code


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let a request to end take the way of Ctrl-C: nothing half-written, exit 130."""
    raise KeyboardInterrupt
