"""The shapes in which order records come, each turned into the document of the v2 postback.

Ticto sends v2 and v1 postbacks, the older flat postback and the abandoned-cart postback; its orders
API has rows of yet another shape (Ticto webhook and API documentation; the older shapes are known
from what receivers recorded).
"""

from __future__ import annotations

from typing import Any

from target_activecampaign.ticto.statuses import LEGACY_STATUSES
from target_activecampaign.ticto.values import count, section, text

_LEGACY_PAYMENT_METHODS = {"billet": "bank_slip"}
_DELAYED_BY_PAYMENT_METHOD = {"pix": "pix_expired", "bank_slip": "bank_slip_delayed"}
# Statuses of the orders API whose own moment its rows do not carry.
_UNDATED_API_STATUSES = frozenset(("refunded", "chargeback", "claimed", "closed"))


def from_postback(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a v2 or v1 postback into the document. They differ in what is absent only."""
    customer = dict(section(body, "customer"))
    address = customer.get("address")
    # A placeholder, sent where a digital product needs no address.
    if (isinstance(address, dict) and count(address.get("is_mock")) == 1) or (
        isinstance(address, dict) and address.get("is_mock") is True
    ):
        customer["address"] = None
    document = {**body, "customer": customer}
    item = dict(section(body, "item"))
    offer = section(body, "offer")
    query = section(section(body, "url_params"), "query_params") or section(body, "query_params")
    item.setdefault("offer_id", offer.get("id"))
    item.setdefault("offer_name", offer.get("name"))
    if text(item.get("offer_code")) is None:
        item["offer_code"] = (
            text(offer.get("code"))
            or text(query.get("offer_code"))
            or text(query.get("code"))
            or _code_of_checkout(body.get("checkout_url"))
        )
    document["item"] = item
    if text(document.get("status_date")) is None:
        document["status_date"] = body.get("created_at")
    return document


def from_cart(body: dict[str, Any]) -> dict[str, Any]:
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
            "cpf": body.get("document"),
            "phone": parts,
        },
        "item": {
            "product_id": body.get("product_id"),
            "product_name": body.get("product_name"),
            "offer_id": body.get("offer_id"),
            "offer_name": body.get("offer_name"),
            "offer_code": text(body.get("offer_code"))
            or _code_of_checkout(body.get("checkout_url")),
        },
    }


def from_flat_postback(body: dict[str, Any]) -> dict[str, Any]:
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


def from_api_row(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a row of the orders API into the document."""
    transaction, offer = section(row, "transaction"), section(row, "offer")
    order, product = section(row, "order"), section(row, "product")
    method = text(transaction.get("payment_method"))
    occurrence = count(transaction.get("occurrence"))
    status = text(transaction.get("status")) or ""
    if status == "delayed":
        # One word there for three events of the postbacks.
        late_renewal = occurrence is not None and occurrence > 1
        status = (
            "subscription_delayed"
            if late_renewal
            else _DELAYED_BY_PAYMENT_METHOD.get(method or "", status)
        )
    created = transaction.get("created_at") or row.get("created_at")
    dated = row.get("approved_date") if status == "authorized" else created
    return {
        **row,
        "status": "close" if status == "closed" else status,
        "status_date": None if status in _UNDATED_API_STATUSES else dated or created,
        "payment_method": method,
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


def _code_of_checkout(url: Any) -> str | None:
    """Return the offer code that ends a checkout URL."""
    written = (text(url) or "").partition("?")[0].rstrip("/")
    _, slash, code = written.partition("://")[2].rpartition("/")
    return code if slash else None
