"""What the table of collections says of each of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.sandbox.account import Account
    from tests.sandbox.clock import Stamps, StampStyle
    from tests.sandbox.draft import Draft
    from tests.sandbox.query import Query
    from tests.sandbox.sizes import Size

Row = dict[str, Any]

OF_ITS_PLACE = "-"
"""`parent_key` of rows that do not say whose they are."""
Maker = Callable[["Draft"], Row]
Total = Literal["string", "number", "absent"]
IdKind = Literal["string", "number", "uuid", "name"]
Test = Callable[[Row], bool]
Rule = Callable[[str, str, "Stamps"], Test]
"""(value, operator, stamps) -> test of a row."""


@dataclass(frozen=True)
class Child:
    """A list below one row, `/<path>/{id}/<name>`.

    Attributes:
        collection: where the rows come from.
        key: the property of a row that holds the parent's id; `owner:deal` compares `owner`.
        total: how `meta.total` is written; most such lists carry no meta.
        envelope: key of the rows where it is not the collection's own.
        single: key under which one object (or `{}`) is answered in place of a list.
        whole: whether all rows come at once, whatever `limit` and `offset` say.
        narrowed: whether the collection's own filters and orders hold here too.
        orders: honoured `orders[...]` that only this list has.
        hides: which rows this list leaves out though the collection's own list shows them.
    """

    collection: str
    key: str
    total: Total = "absent"
    envelope: str = ""
    single: str = ""
    whole: bool = False
    narrowed: bool = False
    orders: Mapping[str, str] = field(default_factory=dict)
    hides: Callable[[Account, Row], bool] | None = None


@dataclass(frozen=True)
class Spec:
    """One collection of the account.

    Attributes:
        name: how the account calls it.
        make: makes a row from an index and the seed.
        size: how many rows there are.
        path: where it is listed; empty means `name`, None means that no list is served.
        envelope: key of the rows in an answer; empty means `name`.
        singular: key of one row in an answer; empty means `name` without its last letter.
        entity: the internal name that errors leak (`Subscriber` for a contact).
        total: how `meta.total` is written.
        updated: properties that a change stamps, with their styles.
        created: properties that creation stamps, with their styles.
        filters: honoured `filters[...]`.
        params: honoured plain query parameters.
        orders: honoured `orders[...]`, with the property each sorts by.
        ignores_orders: whether the reference says that every order is ignored.
        order: order of a list where no order is honoured: that of "ids", a "scrambled" one that
            stays, or an "unsettled" one that differs from request to request.
        default_filters: filters that hold unless the request sends one of the same name.
        by_ids: whether `ids`, a comma list, picks rows; `limit` does not apply then.
        strict: which unknown names are answered 422: "filters", "all" (orders too) or none.
        default_limit: page size where none is asked for.
        list_status: status of a list's answer.
        children: lists below a row.
        related: single rows below a row: name -> (collection, property that holds its id).
        takes_along: collections that no longer show the rows of a deleted row of this one.
        derive: sets what a row says of other collections.
        sideload: what else an answer carries, from the rows of the page.
        meta: what else `meta` carries.
        id_kind: JSON kind of the id.
        id_property: which property is the id.
        appends: whether rows are never changed after creation.
        paging: how pages are asked for.
        forbidden_when_missing: whether a missing row is answered 403.
        parent_key: property that holds the id of the parent that `size` spreads over, or
            `OF_ITS_PLACE`.
        listed: which rows lists show; all of them where it is None.
        seeded: properties that always are the seed's moment: 0 of creation, 1 of change.
        own_children: whether every row made by the seed belongs to the parent it spreads over.
        lookup: property that finds a row at once, with what finds the index of an unchanged one.
    """

    name: str
    make: Maker
    size: Size
    path: str | None = ""
    envelope: str = ""
    singular: str = ""
    entity: str = ""
    total: Total = "string"
    updated: tuple[tuple[str, StampStyle], ...] = ()
    created: tuple[tuple[str, StampStyle], ...] = ()
    filters: Mapping[str, Rule] = field(default_factory=dict)
    params: Mapping[str, Rule] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    ignores_orders: bool = False
    order: Literal["ids", "scrambled", "unsettled"] = "ids"
    default_filters: Mapping[str, str] = field(default_factory=dict)
    by_ids: bool = False
    strict: Literal["", "filters", "all"] = ""
    default_limit: int = 20
    list_status: int = 200
    children: Mapping[str, Child] = field(default_factory=dict)
    related: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    takes_along: tuple[str, ...] = ()
    derive: Callable[[Account, Row], None] | None = None
    sideload: Callable[[Account, list[Row], Query], Row] | None = None
    meta: Callable[[Account, list[Row], Query], Row] | None = None
    id_kind: IdKind = "string"
    id_property: str = "id"
    appends: bool = False
    paging: Literal["offset", "pages", "django"] = "offset"
    forbidden_when_missing: bool = False
    parent_key: str = ""
    seeded: Mapping[str, int] = field(default_factory=dict)
    own_children: bool = True
    listed: Test | None = None
    lookup: tuple[str, Callable[[Account, str], int | None]] | None = None

    @property
    def list_path(self) -> str | None:
        """Where the rows are listed, or None."""
        return self.name if self.path == "" else self.path

    @property
    def list_key(self) -> str:
        """Key of the rows in an answer."""
        return self.envelope or self.name

    @property
    def row_key(self) -> str:
        """Key of one row in an answer."""
        return self.singular or self.list_key.removesuffix("s")

    @property
    def entity_name(self) -> str:
        """The name that errors use."""
        return self.entity or self.row_key[:1].upper() + self.row_key[1:]


# --- rules of filters -----------------------------------------------------------------------


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).lower()


def equals(name: str) -> Rule:
    """Rows whose property is the value, regardless of case; an operator changes nothing."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        wanted = value.lower()
        return lambda row: _text(row, name) == wanted

    return rule


def equals_or_all(name: str) -> Rule:
    """Rows whose property is the value; `all` for every row."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        wanted = value.lower()
        return lambda row: wanted == "all" or _text(row, name) == wanted

    return rule


def at(name: str) -> Rule:
    """Rows stamped at exactly the value; an operator changes nothing."""

    def rule(value: str, _op: str, stamps: Stamps) -> Test:
        wanted = stamps.read(value)
        return lambda row: wanted is not None and stamps.read(row.get(name)) == wanted

    return rule


def one_of(name: str) -> Rule:
    """Rows whose property is one of the values of a comma list."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        wanted = {part.strip().lower() for part in value.split(",")}
        return lambda row: _text(row, name) in wanted

    return rule


def contains(*names: str) -> Rule:
    """Rows of which one property contains the value, regardless of case."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        wanted = value.lower()
        return lambda row: any(wanted in _text(row, name) for name in names)

    return rule


def starts_with(name: str) -> Rule:
    """Rows whose property begins with the value."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        wanted = value.lower()
        return lambda row: _text(row, name).startswith(wanted)

    return rule


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda have, want: have == want,
    "neq": lambda have, want: have != want,
    "lt": lambda have, want: have < want,
    "lte": lambda have, want: have <= want,
    "gt": lambda have, want: have > want,
    "gte": lambda have, want: have >= want,
    "contains": lambda have, want: want in have,
    "starts_with": lambda have, want: have.startswith(want),
}


def operators(name: str, default: str = "contains") -> Rule:
    """Rows compared by the operator in the filter's second bracket."""

    def rule(value: str, op: str, _stamps: Stamps) -> Test:
        compare, wanted = _OPERATORS.get(op or default), value.lower()
        if compare is None:
            return lambda _row: True
        return lambda row: compare(_text(row, name), wanted)

    return rule


def compared(name: str) -> Rule:
    """Rows compared as moments, or as numbers: eq (unless told), gt, gte, lt, lte, in."""

    def rank(text: str, stamps: Stamps) -> tuple[int, float, str]:
        moment = None if text.isdigit() else stamps.read(text)
        if moment is not None:
            return 1, moment, ""
        return (0, float(text), "") if text.isdigit() else (2, 0.0, text)

    def rule(value: str, op: str, stamps: Stamps) -> Test:
        if op == "in":
            return one_of(name)(value, "", stamps)
        wanted = rank(value.lower(), stamps)
        compare = {
            "gt": operator.gt,
            "gte": operator.ge,
            "lt": operator.lt,
            "lte": operator.le,
        }.get(op, operator.eq)
        return lambda row: bool(compare(rank(_text(row, name), stamps), wanted))

    return rule


def since(name: str) -> Rule:
    """Rows stamped at the value or later; a value that is no date filters nothing."""

    def rule(value: str, _op: str, stamps: Stamps) -> Test:
        bound = stamps.read(value)
        if bound is None:
            return lambda _row: True
        return lambda row: (stamps.read(row.get(name)) or float("-inf")) >= bound

    return rule


def until(name: str) -> Rule:
    """Rows stamped before the value."""

    def rule(value: str, _op: str, stamps: Stamps) -> Test:
        bound = stamps.read(value)
        if bound is None:
            return lambda _row: True
        return lambda row: (stamps.read(row.get(name)) or float("inf")) < bound

    return rule


def at_least(name: str) -> Rule:
    """Rows whose number is the value or more."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        return lambda row: float(row.get(name) or 0) >= float(value)

    return rule


def at_most(name: str) -> Rule:
    """Rows whose number is the value or less."""

    def rule(value: str, _op: str, _stamps: Stamps) -> Test:
        return lambda row: float(row.get(name) or 0) <= float(value)

    return rule
