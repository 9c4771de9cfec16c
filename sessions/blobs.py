"""Big texts beside the documents, each in a file that is named by its SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sessions.errors import StoreDamaged, StoreError, told_as_store_error
from sessions.files import Files, make_private_folders, write_file
from sessions.identity import checked_blob_id


class Blobs:
    """A folder of contents. The same content is kept once. One thread only."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files

    def put(self, content: bytes) -> str:
        """Keeps the content, durably, and returns its SHA-256 in hexadecimal.

        Raises:
            StoreError: the system refused; nothing is kept.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._folder / sha256
        with told_as_store_error("keep a text"):
            if path.is_file() and self._files.read(path) == content:
                return sha256
            make_private_folders(self._files, self._folder)
            fresh = path.with_suffix(".new")
            write_file(self._files, fresh, [content])
            self._files.replace(fresh, path)
            self._files.sync_folder(self._folder)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content with this hash.

        Raises:
            InvalidName: this is no hash.
            StoreDamaged: the file does not have that content.
            StoreError: there is none, or it can't be read.
        """
        path = self._folder / checked_blob_id(sha256)
        if not path.is_file():
            raise StoreError(f"The kept text {sha256[:12]} is not there.")
        with told_as_store_error(f"read {path}"):
            content = self._files.read(path)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreDamaged(f"The kept text {sha256[:12]} is damaged.", path=path)
        return content
