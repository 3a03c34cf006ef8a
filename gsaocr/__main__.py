"""``python -m gsaocr``: the command line from a plain checkout, without installation."""

from __future__ import annotations

from gsaocr.cli.app import main

if __name__ == "__main__":
    main()
