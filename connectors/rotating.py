"""A refresh token that the system replaces when it is used: the new one goes into the file that the old one is from."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("siamhub.connectors")


class Rotating:
    """The token that counts now. Threads take turns by the lock of the login."""

    def __init__(self, token: str, file: Path | None, where: str) -> None:
        """`file`: where the operator keeps it, if in a file; `where` names the source in messages."""
        self._token, self._file, self._where = token, file, where
        self._warned = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time asks for a token and keeps it: two that send the same would void each other's.

        The lock is a file beside the token's, which itself is replaced. Where none can be made there, nobody waits: the
        token cannot be kept there either. It ends with the process that holds it, however that ends.
        """
        if self._file is None or self._warned:
            yield
            return
        path = self._file.resolve()
        try:
            handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def now(self) -> str:
        """The token to send: another process may have replaced the one in the file meanwhile."""
        if self._file is not None and not self._warned:
            with contextlib.suppress(OSError, UnicodeDecodeError):  # what was read at the start then still holds
                self._token = self._file.read_text(encoding="utf-8").strip() or self._token
        return self._token

    def replace(self, token: str) -> None:
        """The system gave this one in place of the one that was sent, which it may not take again."""
        if token == self._token:
            return
        self._token = token
        if self._warned:
            return
        if self._file is None:
            self._warn("it does not come from a file")
            return
        try:
            _written(self._file.resolve(), token + "\n")
        except OSError as error:
            self._warn(f"{self._file} cannot be written: {(error.strerror or type(error).__name__).lower()}")

    def _warn(self, why: str) -> None:
        self._warned = True
        log.warning(
            "%s: the system gave a new refresh token in place of the one in the configuration, and it cannot be kept: "
            "%s. It holds until siamhub stops; after that the login may fail until you give another one. Put the token "
            "into a file of its own, in a folder that siamhub may write to, and say refresh_token: "
            '"${file:/path}"',
            self._where,
            why,
        )


def _written(path: Path, text: str) -> None:
    """The file is the old one or the new one at any moment, and nobody else can read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
