"""Secrets at rest: what is stored encrypted under `SECRET_KEY`."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "secret.key"


class TokenCipher:
    """Encrypts short texts (interaction tokens) with a key derived from the owner's `SECRET_KEY`.

    What was encrypted under one of the older keys can still be read. The library is loaded by the first text: it takes
    7 MB and 10 ms, and a bot that nobody has asked for anything has no use for it.
    """

    def __init__(self, secret_key: str, older: Sequence[str] = ()) -> None:
        self._keys = [_sealing_key(key) for key in (secret_key, *older)]

    def encrypt(self, text: str) -> str:
        """Encrypt a text."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, sealed: str) -> str | None:
        """Decrypt a text; None when it was sealed under another key, which reads as "token lost"."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - loaded by the first text

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    @cached_property
    def _fernet(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - as above

        return MultiFernet([Fernet(key) for key in self._keys])


class Pseudonyms:
    """Numbers that stand in for members in rows that outlive what is known of them.

    The same member has the same one as long as `SECRET_KEY` stays. All are below 0, where Discord has no ids.
    """

    def __init__(self, secret_key: str) -> None:
        self._key = hashlib.sha256(b"easel-pseudonym:" + secret_key.encode()).digest()

    def of(self, user_id: int) -> int:
        """Return what stands in for a member."""
        digest = hmac.digest(self._key, str(user_id).encode(), "sha256")
        return -1 - int.from_bytes(digest[:8]) % 2**62


def _sealing_key(secret_key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"easel-seal:" + secret_key.encode()).digest())


def secret_key(configured: str, data_dir: Path) -> str:
    """The owner's key, else one made once and kept in the data folder, readable by the owner alone."""
    if configured:
        return configured
    path = data_dir / KEY_FILE
    if not path.exists() or not path.read_text():  # empty: a crash came between making and writing it
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text()


def older_keys(configured: str, data_dir: Path) -> list[str]:
    """Return the key that was made before the owner configured one, as long as its file is kept."""
    path = data_dir / KEY_FILE
    made = path.read_text() if configured and path.is_file() else ""
    return [made] if made else []
