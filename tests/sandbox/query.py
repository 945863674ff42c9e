"""Query strings: what a client asked for, and which of it the account honours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sandbox.spec import Spec

MAX_LIMIT = 100

_BRACKETS = re.compile(r"^(filters?|orders?)\[([^\]]+)\](?:\[([^\]]*)\])?$", re.IGNORECASE)

Honoured = "str | Mapping[str, list[str] | str]"


@dataclass(frozen=True)
class Query:
    """A parsed query string.

    Attributes:
        pairs: everything, in the order sent.
        params: plain parameters (the last of a repeated name).
        filters: name, operator (may be empty), value.
        orders: name, whether descending.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    params: dict[str, str] = field(default_factory=dict)
    filters: tuple[tuple[str, str, str], ...] = ()
    orders: tuple[tuple[str, bool], ...] = ()

    def number(self, name: str, default: int) -> int:
        """Return a parameter as a whole number of zero or more."""
        text = self.params.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else default

    def all(self, name: str) -> list[str]:
        """Return every value of a repeated parameter such as `ids[]`."""
        return [value for key, value in self.pairs if key in (name, f"{name}[]")]

    def with_param(self, name: str, value: str) -> Query:
        """Return the query with a plain parameter set."""
        return replace(self, params={**self.params, name: value})

    def with_filter(self, name: str, operator: str, value: str) -> Query:
        """Return the query with one filter more."""
        more = (*self.filters, (name, operator, value))
        return Query(self.pairs, self.params, more, self.orders)

    @property
    def logged(self) -> dict[str, str]:
        """The query as the log shows it; repeated names are joined by commas."""
        joined: dict[str, str] = {}
        for name, value in self.pairs:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined


def parse_query(text: str) -> Query:
    """Parse a query string."""
    pairs = tuple(parse_qsl(text, keep_blank_values=True))
    params: dict[str, str] = {}
    filters: list[tuple[str, str, str]] = []
    orders: list[tuple[str, bool]] = []
    for name, value in pairs:
        match = _BRACKETS.match(name)
        if match is None:
            params[name] = value
        elif match[1].lower().startswith("filter"):
            filters.append((match[2], match[3] or "", value))
        else:
            orders.append((match[2], value.strip().lower() == "desc"))
    return Query(pairs, params, tuple(filters), tuple(orders))


def honoured_orders(
    spec: Spec, query: Query, honoured: str | Mapping[str, Any], example: Mapping[str, Any]
) -> list[tuple[str, bool]]:
    """Return the properties to sort by: (property, descending), those that count only.

    Args:
        spec: the collection.
        query: what was asked for.
        honoured: the sandbox's setting `honoured_orders`.
        example: a row of the collection, for the settings that honour any property.
    """
    extra: Any = honoured if isinstance(honoured, str) else honoured.get(spec.name, "documented")
    if extra == "none" or (spec.ignores_orders and isinstance(extra, str)):
        return []
    if extra == "first_page_only" and query.number("offset", 0) > 0:
        return []
    wanted = []
    for name, descending in query.orders:
        if name in spec.orders:
            wanted.append((spec.orders[name], descending))
        elif extra in ("all", "first_page_only"):
            if name in example:
                wanted.append((name, descending))
        elif not isinstance(extra, str) and name in extra:
            wanted.append((name, descending))
    return wanted


def unknown_names(spec: Spec, query: Query) -> list[str]:
    """Return the filters and orders that a strict collection refuses."""
    filters = [name for name, _, _ in query.filters if spec.strict and name not in spec.filters]
    orders = [name for name, _ in query.orders if spec.strict == "all" and name not in spec.orders]
    return filters + orders
