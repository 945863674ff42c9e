"""From a record to orders: its shape is told by its keys, and what is no order says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_activecampaign.errors import UnusableOrderError
from target_activecampaign.lenient_json import json_of
from target_activecampaign.ticto import formats
from target_activecampaign.ticto.order import Order
from target_activecampaign.ticto.phones import Phone, phone_of
from target_activecampaign.ticto.statuses import ABANDONED_CART, AUTHORIZED, STATUSES, UNPAID
from target_activecampaign.ticto.values import cleaned, count, email, instant, names, section, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

# Columns under which tables, queues and this target's rejects keep the body of a postback.
_ENVELOPES = ("record", "body", "payload", "data", "message", "event", "json")
_PANEL_TEST = ("paki guthrie", "paki_guthrie")
_DEEPEST = 40


def body_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the postback or row inside a record.

    Args:
        record: The postback or row itself, or a row of a table or queue that carries it in a
            column such as ``body`` or ``payload``, as an object or as JSON text.
    """
    if _shape_of(record) is not None:
        return record
    if "reason" in record and "stream" in record and isinstance(record.get("record"), dict):
        # A reject that is fed in again.
        return body_of(record["record"])
    for column in _ENVELOPES:
        inner = record.get(column)
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            try:
                inner = json_of(inner)
            except (ValueError, RecursionError):
                continue
        if isinstance(inner, dict) and _shape_of(inner) is not None:
            return inner
    return record


def orders_in(body: dict[str, Any], zone: tzinfo) -> Iterator[Order]:
    """Yield the orders of a postback or row: one, unless its `item` is a list of several.

    Args:
        body: See `body_of`.
        zone: Zone of Ticto's stamps, which name none.

    Raises:
        UnusableOrderError: If no rule can be applied to it.
    """
    if _depth(body) > _DEEPEST:
        raise UnusableOrderError(
            "The record is nested too deeply to be an order.", "Send the body as Ticto sent it."
        )
    if _is_panel_test(body):
        raise UnusableOrderError(
            "This is the postback of the test button in Ticto's panel, not an order.",
            "Nothing to do.",
        )
    shape = _shape_of(body)
    if shape is None:
        raise UnusableOrderError(*_unrecognised(body))
    document = _DOCUMENT_OF[shape](cleaned(_single_item(body)))
    yield _order(document, zone)
    for item in _further_items(body):
        yield _order(_DOCUMENT_OF[shape](cleaned({**body, "item": item})), zone)


def _shape_of(body: dict[str, Any]) -> str | None:
    version = text(body.get("version"))
    has_customer = isinstance(body.get("customer"), dict)
    if version is not None and version.partition(".")[0] != "2":
        return None
    status = text(body.get("status"))
    if status == ABANDONED_CART and not has_customer and "email" in body:
        return "cart"
    # Relays add keys of the flat postback to newer ones.
    if version is None and "email_customer" in body:
        return "flat"
    if has_customer and status is not None:
        return "postback"
    transaction = body.get("transaction")
    if has_customer and isinstance(transaction, dict) and "status" in transaction:
        return "row"
    return None


_DOCUMENT_OF = {
    "cart": formats.from_cart,
    "flat": formats.from_flat_postback,
    "postback": formats.from_postback,
    "row": formats.from_api_row,
}


def _unrecognised(body: dict[str, Any]) -> tuple[str, str]:
    version = text(body.get("version"))
    if version is not None and version.partition(".")[0] != "2":
        return (
            "The record is of a version of Ticto's webhook that is not known.",
            "Choose version 2.0 of the webhook in Ticto's panel.",
        )
    if "situation" in body and "transactions" in body:
        return (
            "The record is a row of Ticto's subscriptions API, which is no event of an order.",
            "Send rows of the orders API or webhook postbacks.",
        )
    if isinstance(body.get("data"), list):
        return (
            "The record is a page of Ticto's API, not a row.",
            "Send each row of the page as a record.",
        )
    return (
        "The record is not recognised as an order of Ticto.",
        "Send the body of the postback, or a row of the orders API, as Ticto sent it.",
    )


def _single_item(body: dict[str, Any]) -> dict[str, Any]:
    items = body.get("item")
    if not isinstance(items, list):
        return body
    return {**body, "item": items[0] if items else None}


def _further_items(body: dict[str, Any]) -> list[Any]:
    items = body.get("item")
    return items[1:] if isinstance(items, list) else []


def _is_panel_test(body: dict[str, Any]) -> bool:
    item = section(_single_item(body), "item")
    marks = (item.get("product_name"), body.get("product_name"), body.get("token"))
    return any((text(mark) or "").casefold() in _PANEL_TEST for mark in marks)


def _order(document: dict[str, Any], zone: tzinfo) -> Order:
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
    first_name, last_name = names(customer.get("name"))
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
        order_hash=text(order.get("hash")),
        transaction_hash=text(order.get("transaction_hash")) or text(transaction.get("hash")),
        item_amount_cents=count(item.get("amount")),
        paid_amount_cents=count(order.get("paid_amount")),
        document=document,
    )


def _phone(document: dict[str, Any], customer: dict[str, Any]) -> Phone | None:
    is_foreign = customer.get("is_foreign") is True
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
