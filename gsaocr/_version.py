"""The version, which every part may name."""

__version__ = "0.1.0"
