"""The formats in which order records come, each turned into the document of the v2 postback.

Ticto sends v2 and v1 postbacks, the older flat postback and the abandoned-cart postback; its orders
API has rows of yet another format, and its panel exports sales with Portuguese column names (Ticto
webhook and API documentation; the older formats are known from what receivers recorded).
"""

from __future__ import annotations

import enum
from datetime import timezone
from typing import Any, Final

from typing_extensions import assert_never

from target_activecampaign.ticto import panel_export
from target_activecampaign.ticto.statuses import ABANDONED_CART, AUTHORIZED, LEGACY_STATUSES
from target_activecampaign.ticto.values import count, flag, instant, section, text

_LEGACY_PAYMENT_METHODS: Final = {"billet": "bank_slip"}
# Statuses that a row of the orders API has since its charge was made.
_FIRST_API_STATUSES: Final = frozenset(("waiting_payment", "processing", "refused"))
# Statuses of which the creation of the charge says nothing.
_LATE_API_STATUSES: Final = frozenset(("refunded", "chargeback", "claimed", "closed"))
_TRACKING_KEYS: Final = ("src", "sck", "manychat_user_id")


class Format(enum.Enum):
    """Formats of records that hold an order."""

    POSTBACK = "v2 or v1 postback"
    CART = "flat abandoned-cart postback"
    FLAT = "oldest, flat postback"
    API_ROW = "row of the orders API"
    PANEL_ROW = "row of the panel's export"


def format_of(body: dict[str, Any]) -> Format | None:
    """Tell the format of a record by its keys, or None if it is no order."""
    version = text(body.get("version"))
    has_customer = isinstance(body.get("customer"), dict)
    if version is not None and version.partition(".")[0] != "2":
        return None
    status = text(body.get("status"))
    if status == ABANDONED_CART and not has_customer and "email" in body:
        return Format.CART
    # Relays add keys of the flat postback to newer ones.
    if version is None and "email_customer" in body:
        return Format.FLAT
    if has_customer and status is not None:
        return Format.POSTBACK
    transaction = body.get("transaction")
    if has_customer and isinstance(transaction, dict) and "status" in transaction:
        return Format.API_ROW
    return Format.PANEL_ROW if panel_export.is_row(body) else None


def document_of(kind: Format, body: dict[str, Any], *, is_only_item: bool = True) -> dict[str, Any]:
    """Turn a record into the document of the v2 postback.

    Args:
        kind: Its format.
        body: The record, without placeholders, with one item at most.
        is_only_item: Whether what the whole record says of an offer is about this item.
    """
    match kind:
        case Format.POSTBACK:
            document = _from_postback(body, is_only_item=is_only_item)
        case Format.CART:
            document = _from_cart(body)
        case Format.FLAT:
            document = _from_flat_postback(body)
        case Format.API_ROW:
            document = _from_api_row(body)
        case Format.PANEL_ROW:
            document = panel_export.document_of(body)
        case _:
            assert_never(kind)
    return _with_tracking(document)


def _from_postback(body: dict[str, Any], *, is_only_item: bool) -> dict[str, Any]:
    """Turn a v2 or v1 postback into the document. They differ in what is absent only."""
    item = dict(section(body, "item"))
    if is_only_item:
        offer = section(body, "offer")
        query = query_params(body)
        item.setdefault("offer_id", offer.get("id"))
        item.setdefault("offer_name", offer.get("name"))
        if text(item.get("offer_code")) is None:
            item["offer_code"] = (
                text(offer.get("code"))
                or text(query.get("offer_code"))
                or text(query.get("code"))
                or code_of_checkout(body.get("checkout_url"))
            )
    document = {**body, "customer": _customer(body), "item": item}
    subscription = body.get("subscriptions")
    if isinstance(subscription, dict):
        document["subscriptions"] = [subscription]
    if text(document.get("status_date")) is None:
        document["status_date"] = body.get("created_at")
    return document


def _customer(body: dict[str, Any]) -> dict[str, Any]:
    customer = dict(section(body, "customer"))
    address = customer.get("address")
    if isinstance(address, dict) and flag(address.get("is_mock")):
        # A placeholder, sent where a digital product needs no address.
        customer["address"] = None
    if customer.get("phone") in (None, "", {}):
        customer["phone"] = customer.get("phones")
    return customer


def _from_cart(body: dict[str, Any]) -> dict[str, Any]:
    """Turn the flat abandoned-cart postback into the document."""
    parts = body.get("phone")
    if not isinstance(parts, dict) and text(body.get("ddd")) is not None:
        parts = {"ddi": body.get("ddi"), "ddd": body.get("ddd"), "number": parts}
    return {
        **body,
        "status_date": body.get("created_at") or body.get("status_date"),
        "customer": {
            "name": body.get("name"),
            "email": body.get("email"),
            **panel_export.tax_number(body.get("document")),
            "phone": parts,
        },
        "item": {
            "product_id": body.get("product_id"),
            "product_name": body.get("product_name"),
            "offer_id": body.get("offer_id"),
            "offer_name": body.get("offer_name"),
            "offer_code": text(body.get("offer_code"))
            or code_of_checkout(body.get("checkout_url")),
        },
    }


def _from_flat_postback(body: dict[str, Any]) -> dict[str, Any]:
    """Turn the oldest, flat postback into the document."""
    status = text(body.get("status")) or ""
    method = text(body.get("payment_type"))
    transaction = text(body.get("id_transaction"))
    dated = status in {"paid", "authorized"}
    return {
        **body,
        "status": LEGACY_STATUSES.get(status, status),
        # The only date is that of the purchase: other statuses came later, at a time unknown.
        "status_date": body.get("confirmation_purchase_date") if dated else None,
        "payment_method": _LEGACY_PAYMENT_METHODS.get(method or "", method),
        "order": {"hash": transaction, "transaction_hash": transaction},
        "customer": {
            "name": body.get("name_customer"),
            "email": body.get("email_customer"),
            "phone": {
                "ddd": body.get("phone_local_code_customer"),
                "number": body.get("phone_number_customer"),
            },
        },
        "item": {"product_id": body.get("id_prod"), "amount": None},
        "transaction": {
            "hash": transaction,
            "bank_slip_url": body.get("billet_url"),
            "bank_slip_code": body.get("billet_barcode"),
        },
    }


def _from_api_row(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a row of the orders API into the document."""
    transaction, offer = section(row, "transaction"), section(row, "offer")
    order, product = section(row, "order"), section(row, "product")
    method = text(transaction.get("payment_method"))
    occurrence = count(transaction.get("occurrence"))
    status = text(transaction.get("status")) or ""
    date = _date_of_api_row(row, status)
    if status == "delayed":
        # One word there for three events of the postbacks.
        late_renewal = occurrence is not None and occurrence > 1
        status = "subscription_delayed" if late_renewal else panel_export.late(method)
    return {
        **row,
        "status": "close" if status == "closed" else status,
        "status_date": date,
        "payment_method": method,
        "customer": _customer(row),
        "order": {
            **order,
            "transaction_hash": transaction.get("hash"),
            "paid_amount": transaction.get("paid_amount"),
            "order_date": row.get("created_at"),
        },
        "item": {
            "product_id": product.get("id"),
            "product_name": product.get("name"),
            "offer_id": offer.get("id"),
            "offer_name": offer.get("name"),
            "offer_code": offer.get("code"),
            "amount": section(row, "order_item").get("amount"),
        },
    }


def _date_of_api_row(row: dict[str, Any], status: str) -> Any:
    """Return when a row came to have its status, which changes in place, or None if unknown."""
    transaction = section(row, "transaction")
    created = transaction.get("created_at") or row.get("created_at")
    if status == AUTHORIZED:
        return row.get("approved_date") or created
    if status in _FIRST_API_STATUSES:
        return created
    changed = _later(transaction.get("updated_at"), row.get("approved_date") or created)
    return changed if status in _LATE_API_STATUSES else changed or created


def _later(date: Any, than: Any) -> Any:
    """Return a date of the API if it is later than another one, or that one is unknown."""
    late, early = instant(date, timezone.utc), instant(than, timezone.utc)
    return date if late is not None and (early is None or late > early) else None


def _with_tracking(document: dict[str, Any]) -> dict[str, Any]:
    """Put the parameters of the checkout's URL where v2 has them, wherever the record has them."""
    query = query_params(document)
    tracking = dict(section(document, "tracking"))
    for source in (query, document):
        for key, value in source.items():
            if (key in _TRACKING_KEYS or key.startswith("utm_")) and text(
                tracking.get(key)
            ) is None:
                tracking[key] = value
    return {**document, "query_params": query, "tracking": tracking}


def query_params(body: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of the checkout's URL. Version 1 has them one level deeper."""
    older = section(section(body, "url_params"), "query_params")
    return {**older, **section(body, "query_params")}


def code_of_checkout(url: Any) -> str | None:
    """Return the offer code that ends a checkout URL."""
    written = (text(url) or "").partition("?")[0].partition("#")[0].rstrip("/")
    _, slash, code = written.partition("://")[2].rpartition("/")
    return code if slash and code else None
