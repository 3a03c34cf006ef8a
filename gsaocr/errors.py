"""What can go wrong, said in one line; every exception class owns its exit code.

| code | meaning |
|---|---|
| 0 | everything asked for was done |
| 2 | the command line is wrong |
| 3 | an input can't be read |
| 4 | an output can't be written |
| 5 | a model file can't be used |
| 6 | an adapter can't be used |
| 7 | the device asked for isn't there |
| 8 | training can't start or go on |
| 9 | equivariance doesn't hold, or its control doesn't fail |
| 10 | some inputs of several failed; the rest was done |
| 70 | a fault of the program itself |
| 71 | a fault of the program itself: at the end of a run inputs are left without an outcome |
| 130 | interrupted |
"""

from __future__ import annotations

from typing import ClassVar

from gsaocr.printable import printable

_MOST = 400
"""Characters of each part of a message; names of files and values of others may be endless."""


class GsaocrError(Exception):
    """Base of all errors that reach a user: what, why and the repair, in one line."""

    exit_code: ClassVar[int] = 70

    def __init__(self, subject: str, cause: str, repair: str = "") -> None:
        self.subject = subject
        self.cause = cause
        self.repair = repair
        # A file name may hold line breaks and escape codes; the message is one harmless line.
        message = f"{printable(subject, _MOST)}: {printable(cause, _MOST)}"
        super().__init__(message + (f"; {printable(repair, _MOST)}" if repair else ""))

    def __reduce__(self) -> tuple[type[GsaocrError], tuple[str, str, str]]:
        return type(self), (self.subject, self.cause, self.repair)  # to other processes and back


class UsageError(GsaocrError):
    """The command line or an argument makes no sense."""

    exit_code = 2


class InputError(GsaocrError):
    """A file that should be read is missing, empty, broken or not what it says."""

    exit_code = 3


class OutputError(GsaocrError):
    """A file can't be written, or writing it would overwrite an input."""

    exit_code = 4


class WouldOverwrite(OutputError):
    """In an output's place stands a file that gsaocr did not write, or one that the run needs."""


class StreamEnded(OutputError):
    """Standard output takes no more: it is closed, full, or its reader has gone."""


class ModelError(GsaocrError):
    """A model file is missing, broken or of another format."""

    exit_code = 5


class AdapterError(GsaocrError):
    """An adapter is missing, broken, or made for another base model."""

    exit_code = 6


class DeviceError(GsaocrError):
    """The device asked for isn't there."""

    exit_code = 7


class TrainingError(GsaocrError):
    """Training can't start or go on: no data, no fonts, a broken checkpoint."""

    exit_code = 8


class VerificationError(GsaocrError):
    """A statement of ``verify-equivariance`` doesn't hold."""

    exit_code = 9


class SomeInputsFailed(GsaocrError):
    """Several inputs were given and at least one of them failed."""

    exit_code = 10


class InputsUnaccounted(GsaocrError):
    """A run has come to its end, and an input was neither read nor skipped nor reported."""

    exit_code = 71


INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM."""
