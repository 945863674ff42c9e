"""From a record to orders: its shape is told by its keys, and what is no order says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.ticto.formats import Format, document_of, format_of
from target_activecampaign.ticto.items import Item, items_in
from target_activecampaign.ticto.order import AFFILIATE, BUMP, MAIN, PRODUCER, Order
from target_activecampaign.ticto.phones import Phone, phone_of
from target_activecampaign.ticto.statuses import (
    AUTHORIZED,
    STATUSES,
    SUBSCRIPTION_EVENTS,
    UNPAID,
)
from target_activecampaign.ticto.unrecognised import reason_of
from target_activecampaign.ticto.values import (
    cleaned,
    count,
    email,
    flag,
    instant,
    section,
    split_name,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_PANEL_TEST = ("paki guthrie", "paki_guthrie")
_DEEPEST = 40


def orders_in(body: dict[str, Any], zone: tzinfo) -> Iterator[Order]:
    """Yield the orders of a postback or row: one, unless it holds several items or bumps.

    Args:
        body: See `envelopes.body_of`.
        zone: Zone of Ticto's stamps, which name none.

    Raises:
        UnusableOrderError: If no rule can be applied to it.
    """
    if _depth(body) > _DEEPEST:
        raise UnusableOrderError(
            "The record is nested too deeply to be an order.", "Send the body as Ticto sent it."
        )
    clean = cleaned(body)
    items = items_in(clean)
    if _is_panel_test(clean, items):
        raise UnusableOrderError(
            "This is the postback of the test button in Ticto's panel, not an order.",
            "Nothing to do.",
        )
    kind = format_of(clean)
    if kind is None:
        raise UnusableOrderError(*reason_of(clean))
    if kind is not Format.POSTBACK:
        items = items[:1]
    main, *others = items
    order = _order(kind, main, zone)
    yield order
    for item in others:
        # A later charge of the subscription does not pay for its bumps again.
        if not (order.is_renewal and item.is_bump):
            yield _order(kind, item, zone)


def _is_panel_test(body: dict[str, Any], items: list[Item]) -> bool:
    products = [section(item.body, "item").get("product_name") for item in items]
    marks = (*products, body.get("product_name"), body.get("token"))
    return any((text(mark) or "").casefold() in _PANEL_TEST for mark in marks)


def _order(kind: Format, written: Item, zone: tzinfo) -> Order:
    document = document_of(kind, written.body, is_only_item=written.is_alone)
    status = text(document.get("status")) or ""
    if status not in STATUSES:
        raise UnusableOrderError(
            "The record has a status that is not known.",
            "If Ticto has a new event, ask for it to be added; otherwise nothing to do.",
        )
    customer, item = section(document, "customer"), section(document, "item")
    order, transaction = section(document, "order"), section(document, "transaction")
    address = email(customer.get("email"))
    if address is None:
        raise UnusableOrderError(
            "The order has no usable e-mail address.",
            "Correct the address in the record and feed it in again.",
        )
    first_name, last_name = split_name(customer.get("name"))
    return Order(
        event=status,
        status_date=instant(document.get("status_date"), zone),
        email=address,
        first_name=first_name,
        last_name=last_name,
        phone=_phone(document, customer),
        product_id=text(item.get("product_id")),
        product_name=text(item.get("product_name")),
        offer_id=text(item.get("offer_id")),
        offer_code=text(item.get("offer_code")),
        offer_name=text(item.get("offer_name")),
        payment_method=text(document.get("payment_method")),
        is_renewal=_is_renewal(status, document),
        tells_of_subscription=_tells_of_subscription(status, document),
        sources=_sources(document, is_bump=written.is_bump),
        order_hash=text(order.get("hash")),
        transaction_hash=text(order.get("transaction_hash")) or text(transaction.get("hash")),
        document=document,
    )


def _phone(document: dict[str, Any], customer: dict[str, Any]) -> Phone | None:
    is_foreign = flag(customer.get("is_foreign"))
    dial_code = section(customer, "country").get("dial_code")
    flat = {
        "ddd": document.get("phone_local_code_customer"),
        "number": document.get("phone_number_customer"),
    }
    local_code = text(flat["ddd"])
    for parts in (
        customer.get("phone"),
        document.get("telefone"),
        flat if local_code else flat["number"],
    ):
        phone = phone_of(parts, is_foreign=is_foreign, dial_code=dial_code)
        if phone is not None:
            return phone
    return None


def _sources(document: dict[str, Any], *, is_bump: bool) -> frozenset[str]:
    is_affiliate = (text(document.get("commission_type")) or "").casefold() == AFFILIATE
    return frozenset((BUMP if is_bump else MAIN, AFFILIATE if is_affiliate else PRODUCER))


def _tells_of_subscription(status: str, document: dict[str, Any]) -> bool:
    """Return whether a record says that its item is paid for again and again."""
    marks = (section(document, key).get("is_subscription") for key in ("offer", "product"))
    return (
        status in SUBSCRIPTION_EVENTS
        or any(flag(mark) for mark in marks)
        or bool(document.get("subscriptions"))
        or text(document.get("subscription_id")) is not None
        or (count(section(document, "transaction").get("occurrence")) or 0) > 1
    )


def _is_renewal(status: str, document: dict[str, Any]) -> bool:
    """Tell a later charge from the first one.

    An authorized charge is counted among the successful ones, an unpaid one is not.
    """
    occurrence = count(section(document, "transaction").get("occurrence"))
    if occurrence is not None:
        return occurrence > 1
    subscriptions = document.get("subscriptions")
    if not isinstance(subscriptions, list) or not subscriptions:
        return False
    subscription = subscriptions[0] if isinstance(subscriptions[0], dict) else {}
    successful = count(subscription.get("successful_charges")) or 0
    failed = count(subscription.get("failed_charges")) or 0
    if status == AUTHORIZED:
        return successful > 1
    if status in UNPAID or status == "subscription_delayed":
        return successful > 0 or (status == "refused" and failed > 0)
    return successful > 1


def _depth(value: Any, level: int = 0) -> int:
    if level > _DEEPEST:
        return level
    if isinstance(value, dict):
        return max((_depth(member, level + 1) for member in value.values()), default=level)
    if isinstance(value, list):
        return max((_depth(member, level + 1) for member in value), default=level)
    return level
