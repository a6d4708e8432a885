"""Files that only the user of the installation can read: the keys that it generates for itself, and all it creates."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def keep_files_private() -> None:
    """Let nobody else read the files that this process creates, of which the database is one."""
    os.umask(0o077)


def read_or_create(path: Path) -> str:
    """The key in the file; the first call writes a new random one (384 bits, URL-safe) with mode 0600.

    Two processes that start at once agree: the file appears complete, by a hard link, and the second process reads it.
    Raises ImproperlyConfigured if the folder cannot be written or the file is empty.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, secrets.token_urlsafe(48))
        return _read(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written ({error.strerror}). Set DATA_DIR to a folder that this user may write."
        ) from error


def _read(path: Path) -> str:
    try:
        key = path.read_text(encoding="ascii").strip()
    except PermissionError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read by this user. Start Parley as the user who owns it."
        ) from error
    if not key:
        raise ImproperlyConfigured(f"{path} is empty. Restore it from your backup.")
    return key


def _write_once(path: Path, key: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
