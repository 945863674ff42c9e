"""The page of orders: everything that has come, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_activecampaign.inbox import bodies
from target_activecampaign.inbox.store import NewPostback, milliseconds_now
from target_activecampaign.panel.labels import EVENTS
from target_activecampaign.panel.order_search import Filters
from target_activecampaign.panel.visit import id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from target_activecampaign.inbox.store import Postback
    from target_activecampaign.panel.order_search import IndexedOrder
    from target_activecampaign.panel.visit import Visit

_PAGE: Final = 50


def list_orders(visit: Visit) -> Response:
    """Show orders, the newest first."""
    workspace = visit.workspace
    before = id_of(visit.query("before"))
    query = {
        name: visit.query(name) for name in ("event", "product", "buyer", "code", "outcome", "rule")
    }
    filters = Filters(**query)
    found = workspace.orders.page(filters, before=before, limit=_PAGE + 1)
    shown = _whole_postbacks(found)
    return visit.render(
        "orders.html",
        filters=filters,
        orders=shown,
        next_before=shown[-1].postback_id if len(found) > len(shown) else None,
        is_first=before is None,
        query=query,
        products=workspace.orders.products(),
        events=EVENTS,
        rules=workspace.orders.rules(),
        behind=workspace.index.behind(),
    )


def _whole_postbacks(found: Sequence[IndexedOrder]) -> Sequence[IndexedOrder]:
    """Return the orders of one page: the next one begins with a postback, not within one."""
    if len(found) <= _PAGE:
        return found
    cut = found[_PAGE].postback_id
    return [one for one in found if one.postback_id != cut] or found[:_PAGE]


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
        outcome=visit.field("outcome"),
        rule=visit.field("rule"),
    )


def show_order(visit: Visit) -> Response:
    """Show one postback: its orders, and what became of them."""
    postback = _asked_for(visit)
    if postback is None:
        return _gone(visit)
    workspace = visit.workspace
    sent = workspace.resends.resent([_mark(postback)]).get(_mark(postback))
    return visit.render(
        "order.html",
        postback=postback,
        orders=workspace.orders.of_postback(postback.id),
        became=workspace.orders.outcomes_of(postback.id),
        others=workspace.orders.of_buyer(postback.id),
        sent_as=None if sent is None else sent[1],
        can_be_sent=sent is None,
    )


def send_again(visit: Visit) -> Response:
    """Feed a postback in again, once: so that rules that were made since see it."""
    _ = visit.language
    postback = _asked_for(visit)
    if postback is None:
        return _gone(visit)
    kept = bodies.from_json(postback.body)
    now = milliseconds_now()
    new = NewPostback(now, kept.text, kept.digest, kept.status)
    if visit.workspace.resends.add_once(_mark(postback), now, new):
        told = _("It is in the inbox again, and is applied when the target runs next.")
    else:
        told = _("It had been sent again already; it was not sent a second time.")
    return visit.redirect(f"/orders/{postback.id}", told=told)


def _mark(postback: Postback) -> str:
    """Return what tells the wish to send a postback again from every other."""
    return f"postback {postback.id}"


def _asked_for(visit: Visit) -> Postback | None:
    wanted = id_of(visit.request.path_params["postback_id"])
    found = [] if wanted is None else visit.workspace.store.with_ids([wanted])
    return found[0] if found else None


def _gone(visit: Visit) -> Response:
    _ = visit.language
    return visit.render(
        "message.html",
        status=404,
        title=_("There is no such order"),
        text=_("Orders are kept for as long as the setting retention_days says."),
        back="/orders",
    )
