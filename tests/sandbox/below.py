"""Rows that hang below a row of another collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.spec import Child, Row


def keys_below(account: Account, child: Child, row_id: str) -> list[int]:
    """Return the keys of the rows that the list below one row shows."""
    collection = account.collection(child.collection)
    kind, colon, owner = child.key.partition(":")
    if colon:
        groups = collection.group(child.key, lambda row: _named(row.get(kind)))
        keys = groups.get(f"{owner} {row_id}", [])
    else:
        keys = collection.where(child.key, row_id)
    hides = child.hides
    if hides is None:
        return keys
    return [key for key in keys if not hides(account, collection.row(key) or {})]


def _named(owner: object) -> str:
    return f"{owner.get('type')} {owner.get('id')}" if isinstance(owner, dict) else ""


def rows_below(account: Account, child: Child, row_id: str) -> list[Row]:
    """Return the rows that the list below one row shows."""
    collection = account.collection(child.collection)
    return [collection.row(key) or {} for key in keys_below(account, child, row_id)]


def related(account: Account, collection: str, row_id: object) -> Row | None:
    """Return the row that another row points to, or None where it is gone."""
    target = account.collection(collection)
    key = target.key_of(row_id)
    return None if key is None else target.row(key)


def of_a_deleted_tag(account: Account, row: Row) -> bool:
    """Whether a row of `/contactTags` links to a tag that is no more."""
    return account.collection("tags").key_of(row["tag"]) is None
