"""What `include=` brings beside the contacts of a page, and how that may fail.

The rows stand under the collection's key beside `contacts`, and each contact names their ids
under the same key. Rows that the list below a contact hides, such as tags that were deleted, do
not come along.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.sandbox.below import related, rows_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.sandbox.account import Account
    from tests.sandbox.query import Query
    from tests.sandbox.settings import Behaviour
    from tests.sandbox.spec import Child, Row

SEEN_IN_USE = (
    "accountContacts", "contactAutomations", "contactDeals", "contactLists", "contactTags",
    "deals", "fieldValues", "geoIps",
)  # fmt: skip
"""What clients are known to include; nothing is documented."""

_INNER = {
    "contactLists.list": ("lists", "list"),
    "contactTags.tag": ("tags", "tag"),
    "fieldValues.field": ("fields", "field"),
    "geoIps.geoAddress": ("geoAddresses", "geoAddress"),
}
_RAW = {"contact": "subscriberid", "tag": "tagid", "list": "listid", "field": "field_id"}


class TooManyRowsError(Exception):
    """The server cannot gather the rows of a page in time."""


class Includes:
    """Brings along what hangs on contacts.

    Args:
        account: the account.
        behaviour: the sandbox's settings.
    """

    def __init__(self, account: Account, behaviour: Behaviour) -> None:
        self._account = account
        self._behaviour = behaviour
        self._children = account.collection("contacts").spec.children

    def beside(self, contacts: list[Row], query: Query) -> Row:
        """Return the arrays beside a page of contacts, and name their ids in each contact.

        Raises:
            TooManyRowsError: where the page is too heavy.
        """
        arrays: Row = {}
        paths = [path for path in query.params.get("include", "").split(",") if path]
        for path in paths:
            name = path.partition(".")[0]
            if self._counts(name) and name not in arrays:
                arrays[name] = self._gathered(contacts, name, self._children[name])
            if name in arrays and path in _INNER:
                target, column = _INNER[path]
                ids = {str(row[column]) for row in arrays[name]}
                found = (related(self._account, target, one) for one in sorted(ids, key=int))
                arrays[target] = [row for row in found if row is not None]
        most = self._behaviour.include_most_rows
        if most is not None and sum(map(len, arrays.values())) > most:
            raise TooManyRowsError
        for name in {path.partition(".")[0] for path in paths} & arrays.keys():
            self._shape(arrays, contacts, name)
        return arrays

    def _counts(self, name: str) -> bool:
        allowed: str | Sequence[str] = self._behaviour.includes
        if allowed == "all":
            return name in self._children
        return name in (SEEN_IN_USE if allowed == "documented" else allowed)

    def _gathered(self, contacts: list[Row], name: str, child: Child) -> list[Row]:
        found: list[Row] = []
        most = self._behaviour.include_cap_per_contact
        for contact in contacts:
            rows = rows_below(self._account, child, contact["id"])[:most]
            contact[name] = [row["id"] for row in rows]
            found += rows
        return found

    def _shape(self, arrays: Row, contacts: list[Row], name: str) -> None:
        """Cut and bend one array as the sandbox is told to."""
        rows = arrays[name][: self._behaviour.include_cap]
        shape = self._behaviour.include_shape
        if shape == "raw":
            rows = [_as_in_the_database(row) for row in rows]
        elif shape == "nested":
            by_id = {row["id"]: row for row in rows}
            for contact in contacts:
                contact[name] = [by_id[one] for one in contact[name] if one in by_id]
            del arrays[name]
            return
        elif shape == "unnamed":
            for contact in contacts:
                del contact[name]
        arrays[name] = rows


def _as_in_the_database(row: Row) -> Row:
    """Return a row under the names of database columns, as custom values of deals come."""
    columns = {_RAW.get(key, key): value for key, value in row.items() if key != "links"}
    return {re.sub(r"([A-Z])", r"_\1", key).lower(): value for key, value in columns.items()}
