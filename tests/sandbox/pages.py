"""The ways in which rows are cut into pages, and totals told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.query import MAX_LIMIT
from tests.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sandbox.query import Query
    from tests.sandbox.spec import Row, Spec


def page_bounds(spec: Spec, query: Query, cap: int | None) -> tuple[int, int]:
    """Return limit and offset; a limit above 100 is cut without a word."""
    limit = query.number("limit", spec.default_limit) or spec.default_limit
    return min(limit, MAX_LIMIT, cap or MAX_LIMIT), query.number("offset", 0)


def write_total(spec: Spec, count: int, override: str | Mapping[str, str] | None) -> Row:
    """Return what `meta` says of the number of rows."""
    style = override if isinstance(override, str) else (override or {}).get(spec.name)
    style = style or spec.total
    if style == "absent":
        return {}
    if style == "zero":
        count, style = 0, spec.total
    elif style == "wrong":
        count, style = count * 2 + 7, spec.total
    return {"total": count if style == "number" else str(count)}


def json_api_page(rows: Callable[[int, int], list[Row]], count: int, query: Query) -> Reply:
    """Return a page of `page` and `page_size`, without meta."""
    size = min(query.number("page_size", 20) or 20, 10_000)
    first = (max(1, query.number("page", 1)) - 1) * size
    return Reply(200, {"data": rows(first, min(count, first + size))})


def django_page(rows: Callable[[int, int], list[Row]], count: int, query: Query, url: str) -> Reply:
    """Return a page with `count`, `next` and `previous`; 404 beyond the last."""
    size = min(query.number("page_size", 20) or 20, MAX_LIMIT)
    page = max(1, query.number("page", 1))
    first = (page - 1) * size
    if first >= max(1, count):
        return Reply(404, {"detail": "Invalid page."})
    more = first + size < count
    return Reply(
        200,
        {
            "count": count,
            "next": f"{url}?page={page + 1}&page_size={size}" if more else None,
            "previous": f"{url}?page={page - 1}&page_size={size}" if page > 1 else None,
            "results": rows(first, first + size),
        },
    )
