"""One file put in the place of another, in steps that can be taken back without losing a byte.

The old file and the new one change names in one step. Only then is it looked at what was there: if
it is not what was expected, an editor saved just now, and the names change back. What was there is
removed when everything else has succeeded; taking back needs no space on the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from orchestrator.errors import Conflict, WorkspaceError
from orchestrator.workspace.beneath import (
    digest,
    folder_of,
    name_in,
    plain_file,
    read_in,
    refused,
    write_new,
)
from orchestrator.workspace.paths import check_relative
from orchestrator.workspace.swap import is_being_written, move_to_free_name, swap, temporary_name

_PATIENCE = 0.25
"""Seconds a writer that has the file open is waited for."""
_LOOK_AGAIN = 0.005


class Replacement:
    """What `path` beneath `root` holds, replaced by `after`.

    Args:
        root: the workspace.
        path: relative to it.
        before: sha256 of what the file must hold; None when there must be no file.
        after: what it shall hold; None when there shall be no file.
        mode: permission bits of a new file, as the umask allows; those of a file that is there
            are kept.
        exactly: permission bits of a new file whatever the umask says, where they are known.

    `prepare`, `put`, then `take_back` or not; `close` at the end, which makes it final.
    """

    def __init__(
        self,
        root: Path,
        path: str,
        before: str | None,
        after: bytes | None,
        mode: int | None,
        exactly: int | None = None,
    ) -> None:
        check_relative(path)
        self._root, self._path, self._before = root, path, before
        self._after, self._mode, self._exactly = after, mode, exactly
        self._after_digest = digest(after)
        self._name, self._aside = name_in(path), temporary_name(name_in(path))
        self._is_put = False
        self._open = ExitStack()
        self._folder = -1

    def prepare(self) -> None:
        """Writes the new content beside the file, durably. The file itself is not touched.

        Raises:
            Conflict: the file is not as expected.
            PathRefused: a part of the path is a link, or it is no plain file.
            WorkspaceError: the system refused, or there is no space.
        """
        with self._told():
            make = self._after is not None
            self._folder = self._open.enter_context(folder_of(self._root, self._path, make=make))
            there = plain_file(self._folder, self._name, self._path)
            if self._holds(self._name) != self._before:
                raise self._edited()
            if self._after is not None:
                write_new(
                    *(self._folder, self._aside, self._after),
                    like=there,
                    mode=self._mode,
                    exactly=self._exactly,
                )

    def put(self) -> None:
        """Puts the new content in place.

        Raises:
            Conflict: somebody saved the file just now; it is as they saved it.
            WorkspaceError: the system refused; the file is as it was.
        """
        with self._told():
            if self._before is None:
                self._put_new()
            else:
                self._put_instead()
            self._is_put = True
            os.fsync(self._folder)

    def _put_new(self) -> None:
        if self._after is None:
            return
        try:
            move_to_free_name(self._folder, self._aside, self._name)
        except FileExistsError as error:
            raise self._edited() from error

    def _put_instead(self) -> None:
        if self._after is None:
            os.rename(self._name, self._aside, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        else:
            swap(self._folder, self._aside, self._name)
        if not self._surely_holds(self._before):
            self._return_old()
            raise self._edited()

    def _surely_holds(self, expected: str | None) -> bool:
        """Whether what lies aside is a plain file with these bytes that nobody is writing."""
        try:
            plain_file(self._folder, self._aside, self._path)
            fd = os.open(self._aside, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._folder)
        except (OSError, WorkspaceError):
            return False
        try:
            return not _is_written_for_long(fd) and self._holds(self._aside) == expected
        finally:
            os.close(fd)

    def _return_old(self) -> None:
        """What was there gets its name again, unless the user has saved since: that stays."""
        if self._after is None:
            with suppress(FileExistsError):
                move_to_free_name(self._folder, self._aside, self._name)
            return
        with suppress(FileNotFoundError):  # deleted by the user: so be it
            swap(self._folder, self._aside, self._name)
            if not self._surely_holds(self._after_digest):
                swap(self._folder, self._aside, self._name)

    def take_back(self) -> None:
        """Undoes `put`. What the user saved after it stays.

        Raises:
            WorkspaceError: the system refused; the file is as `put` left it.
        """
        if not self._is_put:
            return
        with self._told():
            if self._before is not None:
                self._return_old()
            elif self._after is not None:
                self._remove_new()
            os.fsync(self._folder)

    def _remove_new(self) -> None:
        with suppress(FileNotFoundError):
            os.rename(self._name, self._aside, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            if not self._surely_holds(self._after_digest):
                with suppress(FileExistsError):
                    move_to_free_name(self._folder, self._aside, self._name)

    def close(self) -> None:
        """Removes what lies aside."""
        if self._folder >= 0:
            with suppress(OSError):
                os.unlink(self._aside, dir_fd=self._folder)
        self._open.close()

    def _holds(self, name: str) -> str | None:
        return digest(read_in(self._folder, name, self._path))

    def _edited(self) -> Conflict:
        return Conflict(
            f"{self._path} was edited just now. Nothing was written.",
            "Approve again to merge your edit.",
            paths=(self._path,),
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:  # its folder, or the file itself, went meanwhile
            raise self._edited() from error
        except OSError as error:
            raise refused(self._path, error) from error


def _is_written_for_long(fd: int) -> bool:
    end = time.monotonic() + _PATIENCE
    while is_being_written(fd):
        if time.monotonic() > end:
            return True
        time.sleep(_LOOK_AGAIN)
    return False
