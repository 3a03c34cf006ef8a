"""How a PDF that was encrypted stays so."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pikepdf


def protection(pdf: pikepdf.Pdf, path: Path, password: str | None) -> pikepdf.Encryption | None:
    """The encryption of what is written of an encrypted PDF: its permissions and its passwords.

    ``pdf`` was opened from ``path`` by ``password``, or by none. An owner's password that isn't
    known is replaced by one that nobody has: were it the user's own, whoever may read the file
    might change its permissions. A user's password that the owner's doesn't tell (AES-256) is
    replaced by the owner's. Always AES-256, whatever weaker method the file has. None for a PDF
    without encryption.
    """
    if not pdf.is_encrypted:
        return None
    user, owner = password or "", password or ""
    if not password or not pdf.owner_password_matched:
        owner = secrets.token_urlsafe(24)
    elif not pdf.user_password_matched:
        told: bytes = pdf.encryption.user_password or b""
        if told:
            user = told.decode("latin-1")
        elif _opens_without_password(path):
            user = ""
    return pikepdf.Encryption(owner=owner, user=user, R=6, allow=pdf.allow)


def _opens_without_password(path: Path) -> bool:
    try:
        pikepdf.open(os.fspath(path)).close()
    except pikepdf.PasswordError:
        return False
    return True
