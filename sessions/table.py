"""A TinyDB table whose cost per operation does not grow with the number of documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from sessions.documents import Document, own_copy
from sessions.storage import JournalStorage


class JournalTable(Table):
    """Works like TinyDB's own table; writes only what changed and hands out copies only.

    `insert`, and `get`, `update` and `remove` by document id, cost the same in a table of any
    size. Conditions look at every document, as in TinyDB, each time: results are not cached, since
    a transaction may be taken back. Ids are not given out twice while the database is open.
    """

    def __init__(self, storage: JournalStorage, name: str, **options: Any) -> None:
        self._journal = storage
        self._highest: int | None = None
        super().__init__(storage, name, **options | {"cache_size": 0})

    def get(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the base has six signatures
        """The document with this id or the first that fits a condition, else None; a copy."""
        doc_id = kwargs.get("doc_id", args[1] if len(args) > 1 else None)
        if doc_id is not None:
            document = self._journal.document(self.name, doc_id)
            return None if document is None else TinyDocument(own_copy(document), doc_id)
        found = super().get(*args, **kwargs)
        if isinstance(found, list):
            return [_copied(document) for document in found]
        return None if found is None else _copied(found)

    def search(self, cond: Any) -> list[TinyDocument]:  # noqa: ANN401 - any query of TinyDB's
        """Copies of the documents that fit the condition."""
        return [_copied(document) for document in super().search(cond)]

    def __iter__(self) -> Iterator[TinyDocument]:
        return map(_copied, super().__iter__())

    def last_id(self) -> int:
        """The id of the document that was inserted last, 0 when there is none."""
        return int(next(reversed(self._journal.documents(self.name)), 0))

    def after(self, doc_id: int, limit: int | None = None) -> list[TinyDocument]:
        """Copies of the documents with a higher id, in the order of their ids.

        Only for a table into which documents are inserted by increasing id. The documents up to
        the given id cost nothing.

        Args:
            doc_id: the last id that is not wanted.
            limit: at most so many, the lowest ids first.
        """
        documents = self._journal.documents(self.name)
        keys: list[str] = []
        for key in reversed(documents):
            if int(key) <= doc_id:
                break
            keys.append(key)
        keys.reverse()
        return [TinyDocument(own_copy(documents[key]), int(key)) for key in keys[:limit]]

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", self._journal.documents(self.name))

    def _get_next_id(self) -> int:
        if self._highest is None:
            self._highest = max(map(int, self._journal.documents(self.name)), default=0)
        self._highest += 1
        return self._highest

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._journal.transaction() as transaction:
            draft = transaction.draft(self.name)
            updater(cast("dict[int, Mapping[str, Any]]", draft))
            if self._highest is not None:
                self._highest = max(self._highest, draft.highest)


def _copied(document: TinyDocument) -> TinyDocument:
    copied: Document = own_copy(document)
    return TinyDocument(copied, document.doc_id)
