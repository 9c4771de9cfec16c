"""Names exchanged in one step, and whether anybody still writes to an opened file."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache

_EXCHANGE = 2
"""RENAME_EXCHANGE of Linux's renameat2(2), and RENAME_SWAP of macOS's renameatx_np(2)."""
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LINKS = _UNSUPPORTED | {errno.EPERM, errno.EMLINK}

TEMPORARY_NAMES = f".*.{'[0-9a-f]' * 12}.tmp"
"""All that `temporary_name` gives, as .gitignore writes it: they belong in no snapshot."""


def temporary_name(name: str) -> str:
    """A name beside `name` that nobody else uses."""
    return f"{_stem(name)}{secrets.token_hex(6)}.tmp"


def is_temporary_name(found: str, name: str) -> bool:
    """Whether `found` is one of the names that `temporary_name(name)` gives."""
    stem = re.escape(_stem(name))
    return re.fullmatch(stem + "[0-9a-f]{12}[.]tmp", found) is not None


def _stem(name: str) -> str:
    short = name.encode("utf-8", "surrogateescape")[:200]  # a name has 255 bytes at most
    return f".{short.decode('utf-8', 'ignore')}."


def swap(folder: int, one: str, other: str) -> None:
    """Exchanges two names in an opened folder, in one step where the file system can.

    Elsewhere the names change one after the other, `other` never being missing.

    Raises:
        OSError: a name is missing, or the system refused.
    """
    call = _system_call()
    if call is not None:
        if call(folder, os.fsencode(one), folder, os.fsencode(other), _EXCHANGE) == 0:
            return
        code = ctypes.get_errno()
        if code not in _UNSUPPORTED:
            raise OSError(code, os.strerror(code), other)
    third = temporary_name(other)
    os.link(other, third, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.rename(one, other, src_dir_fd=folder, dst_dir_fd=folder)
    os.rename(third, one, src_dir_fd=folder, dst_dir_fd=folder)


def move_to_free_name(folder: int, source: str, target: str) -> None:
    """Renames without ever replacing anything.

    Raises:
        FileExistsError: `target` is taken; nothing was done.
        OSError: the system refused.
    """
    try:
        os.link(source, target, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(target, dir_fd=folder, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
        os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(source, dir_fd=folder)


def is_being_written(fd: int) -> bool:
    """True when another descriptor is open for writing on the file that `fd` reads.

    Linux grants a read lease only on a file that nobody has open for writing (fcntl(2)). Where
    there are no leases the answer is False.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        # A lease that is broken sends a signal: SIGURG does nothing, the default one would kill.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


@cache
def _system_call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    name = "renameatx_np" if sys.platform == "darwin" else "renameat2"
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if call is None:
        return None
    number, text = ctypes.c_int, ctypes.c_char_p
    call.argtypes, call.restype = (number, text, number, text, ctypes.c_uint), number
    function: Callable[[int, bytes, int, bytes, int], int] = call
    return function
