"""The page of orders: everything that has come, and what became of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.lenient_json import json_of
from target_activecampaign.panel.labels import EVENTS
from target_activecampaign.panel.order_search import Filters

if TYPE_CHECKING:
    from starlette.responses import Response

    from target_activecampaign.panel.visit import Visit

_PAGE: Final = 50


def list_orders(visit: Visit) -> Response:
    """Show orders, the newest first."""
    before = visit.query("before")
    query = {name: visit.query(name) for name in ("event", "product", "buyer", "code")}
    filters = Filters(**query)
    found = visit.workspace.orders.page(
        filters, before=int(before) if before.isdecimal() else None, limit=_PAGE + 1
    )
    shown = found[:_PAGE]
    return visit.render(
        "orders.html",
        filters=filters,
        orders=shown,
        next_before=shown[-1].postback_id if len(found) > _PAGE else None,
        is_first=not before,
        query=query,
        products=visit.workspace.orders.products(),
        events=EVENTS,
        behind=visit.workspace.index.behind(),
    )


def search_orders(visit: Visit) -> Response:
    """Take in what is searched for, and show it. No address of a page holds an e-mail."""
    words = visit.field("words")
    is_email = "@" in words
    return visit.redirect(
        "/orders",
        event=visit.field("event"),
        product=visit.field("product"),
        buyer=visit.workspace.index.email_key(words) if is_email else "",
        code="" if is_email else words,
    )


def show_order(visit: Visit) -> Response:
    """Show one postback: its orders, and what became of them."""
    _ = visit.language
    postback_id = int(visit.request.path_params["postback_id"])
    found = visit.workspace.store.with_ids([postback_id])
    if not found:
        return visit.render(
            "message.html",
            status=404,
            title=_("There is no such order"),
            text=_("Orders are kept for as long as the setting retention_days says."),
            back="/orders",
        )
    return visit.render(
        "order.html",
        postback=found[0],
        orders=visit.workspace.orders.of_postback(postback_id),
        others=visit.workspace.orders.of_buyer(postback_id),
        body=None,
    )


def shown_body(body: str) -> str:
    """Return a body as indented JSON, as it came."""
    try:
        value: Any = json_of(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps(value, ensure_ascii=False, indent=2)
