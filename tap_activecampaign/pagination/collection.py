"""A collection of the API: what its rows are, and how they lie in a response. Free of the SDK."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from tap_activecampaign.api.wire import total_of, wire_id
from tap_activecampaign.pagination.page import Page, UnkeyedRow, listed, rows_of
from tap_activecampaign.records.columns import AS_SENT, snake_case

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from datetime import datetime

    from tap_activecampaign.pagination.page import Row
    from tap_activecampaign.records.columns import Column

# What administrators are permitted, and nobody else.
ADMINISTRATOR = "an administrator's key"


class Collection:
    """What a stream says about the collection that it reads.

    Attributes:
        path: Path below ``/api/3/``.
        envelope: Key of the body that holds the rows; by default the path. A body may use one of
            several.
        columns: What a record holds. Those marked as key are the primary key.
        ignored: Properties of the API that are left out on purpose, such as secrets.
        primary_keys: Names of the key columns, in their order.
        query: Query parameters that are the same in every run.
        created_key: Creation timestamp, which judges rows whose update timestamp is null.
        comes_with_contacts: Name under which contacts may bring the rows along, in the parameter
            ``include`` and in the response.
        permission: What the user of the token must be allowed: a line on ActiveCampaign's page of
            group permissions. What belongs to the account's settings, shop or apps has none there.
        keeps_rows_as_sent: Whether there is a column for the whole row, because ActiveCampaign does
            not publish the shape.
    """

    path: ClassVar[str]
    envelope: ClassVar[str | tuple[str, ...]] = ()
    columns: ClassVar[tuple[Column, ...]]
    ignored: ClassVar[tuple[str, ...]] = ()
    primary_keys: ClassVar[tuple[str, ...]] = ()
    query: ClassVar[Mapping[str, str]] = MappingProxyType({})
    created_key: ClassVar[str | None] = None
    comes_with_contacts: ClassVar[str] = ""
    permission: ClassVar[str] = ADMINISTRATOR
    keeps_rows_as_sent: ClassVar[bool] = False
    # Property that holds the id of the row's parent, which the row itself does not tell.
    parent_key: ClassVar[str] = ""
    _columns_of_row_key: ClassVar[tuple[Column, ...]] = ()
    _is_keyed_by_id: ClassVar[bool] = True

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "columns" in vars(cls):
            keys = [column for column in cls.columns if column.key]
            cls.primary_keys = tuple(column.name for column in keys)
            cls._columns_of_row_key = tuple(
                column for column in keys if column.name != cls.parent_key
            )
            cls._is_keyed_by_id = [one.name for one in cls._columns_of_row_key] == ["id"]
            cls.keeps_rows_as_sent = any(column.name == AS_SENT for column in cls.columns)

    @classmethod
    def description(cls) -> str:
        """Return what the collection holds, in one paragraph."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def envelopes(cls) -> tuple[str, ...]:
        """Return the keys under which a body may hold the rows."""
        return (cls.envelope,) if isinstance(cls.envelope, str) else cls.envelope or (cls.path,)

    def params(self, since: datetime | None) -> dict[str, str]:
        """Return the query parameters that are the same on each page.

        Args:
            since: Rows that did not change since then may be left out by the server.
        """
        del since
        return dict(self.query)

    def rows_in(self, body: Any) -> list[Any]:
        """Return what a body lists as rows, of whatever shape it is."""
        return self._list_in(body) or []

    def row_of(self, row: Row) -> Row:
        """Return a row as records are made of it, if it comes in another form."""
        return row

    def accepts(self, body: Any) -> bool:
        """Return whether a body holds rows at all."""
        return isinstance(body, dict) and self._list_in(body) is not None

    def _list_in(self, body: dict[str, Any]) -> list[Any] | None:
        """Return the list of rows in a body.

        Where the shape is not published, it may be the one array of the body under any key.
        """
        named = [listed(body.get(key)) for key in self.envelopes()]
        lists = [value for value in named if value is not None]
        if not lists and self.keeps_rows_as_sent:
            others = [value for value in body.values() if isinstance(value, list)]
            lists = others if len(others) == 1 else []
        return lists[0] if lists else None

    def row_key(self, row: Row) -> Hashable:
        """Return what identifies a row among those of its pages: the values of its primary key.

        Below a parent the parent's id is not in the row yet, and the same for all of them.
        """
        if self._is_keyed_by_id and row.__class__ is dict:
            return wire_id(row.get("id"))
        if isinstance(row, UnkeyedRow):
            return row.identity
        named = {snake_case(name): value for name, value in row.items()}
        return tuple(
            wire_id(named.get(column.name))
            if column.meaning == "integer"
            else str(named.get(column.name))
            for column in self._columns_of_row_key
        )

    def has_key(self, row: Row) -> bool:
        """Return whether a row holds a value for each part of its primary key."""
        if self._is_keyed_by_id:
            return _is_key(row.get("id"))
        named = {snake_case(name): value for name, value in row.items()}
        return all(_is_key(named.get(column.name)) for column in self._columns_of_row_key)

    def page_rows(self, body: Any) -> list[Row]:
        """Return the rows of a body, each of them an object."""
        shape = self._with_row_as_sent if self.keeps_rows_as_sent else self.row_of
        return rows_of(self.rows_in(body), shape, self.has_key)

    def _with_row_as_sent(self, row: Row) -> Row:
        return {**self.row_of(row), AS_SENT: row} if row else row

    def page_of(self, body: Any, asked: int) -> Page:
        """Return the page that a body holds."""
        return Page(self.page_rows(body), total_of(body), asked)


def _is_key(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
