"""Where :mod:`gsaocr.whole_file` was before."""

from gsaocr.whole_file import is_partial, write_whole

__all__ = ["is_partial", "write_whole"]
