"""Changes that are being made: what a transaction has done so far, seen over what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

from sessions.documents import (
    Changes,
    Document,
    TableChanges,
    Tables,
    decode_object,
    encode,
)
from sessions.errors import InvalidDocument, StoreError
from sessions.snapshot import META_TABLE


class Draft(MutableMapping[int, Document]):
    """One table as a transaction sees it, by document id. The kept documents are not touched.

    TinyDB changes documents in place; so each one that is asked for is copied first, and counts
    as changed only if it is different afterwards. Cost: the documents touched, not the table.

    Attributes:
        highest: the highest id that was given a document.
    """

    def __init__(self, kept: Mapping[str, Document]) -> None:
        self._kept = kept
        self._touched: dict[str, Document | None] = {}
        self._before: dict[str, bytes] = {}
        self.highest = 0

    def __getitem__(self, doc_id: int) -> Document:
        key = str(doc_id)
        if key not in self._touched:
            self._touch(key, self._kept[key])
        document = self._touched[key]
        if document is None:
            raise KeyError(doc_id)
        return document

    def __setitem__(self, doc_id: int, document: Document) -> None:
        self._touched[str(doc_id)] = document
        self._before.pop(str(doc_id), None)
        self.highest = max(self.highest, doc_id)

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        self._touched[str(doc_id)] = None

    def __contains__(self, doc_id: object) -> bool:
        key = str(doc_id)
        if key in self._touched:
            return self._touched[key] is not None
        return key in self._kept

    def __iter__(self) -> Iterator[int]:
        for key in (*self._kept, *(key for key in self._touched if key not in self._kept)):
            if self._touched.get(key, True) is not None:
                yield int(key)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Removes every document."""
        self._touched = dict.fromkeys(self._kept)
        self._before.clear()

    def changes(self) -> TableChanges:
        """What is different from what is kept."""
        return {
            key: document
            for key, document in self._touched.items()
            if self._is_changed(key, document)
        }

    def _touch(self, key: str, kept: Document) -> None:
        written = encode(kept)
        self._touched[key] = decode_object(written)
        self._before[key] = written

    def _is_changed(self, key: str, document: Document | None) -> bool:
        if document is None:
            return key in self._kept
        return key not in self._before or encode(document) != self._before[key]


class Transaction:
    """Changes to any number of tables that become durable together or not at all."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._drafts: dict[str, Draft] = {}

    def draft(self, name: str) -> Draft:
        """The table as this transaction sees it, to be changed in place.

        Raises:
            StoreError: the name is reserved.
        """
        if name == META_TABLE:
            raise StoreError(f"The table {name} belongs to the store.")
        if name not in self._drafts:
            self._drafts[name] = Draft(self._tables.get(name, {}))
        return self._drafts[name]

    def changes(self) -> Changes:
        """All that is different from what is kept, empty when nothing is.

        Raises:
            InvalidDocument: a document is not a JSON object.
        """
        found: Changes = {}
        for name, draft in self._drafts.items():
            changed = draft.changes()
            for document in changed.values():
                if document is not None and not isinstance(document, dict):
                    raise InvalidDocument("A document must be a JSON object.")
            if changed:
                found[name] = changed
        return found
