"""The items of a postback: usually one, but some records hold several, and the order's bumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from target_activecampaign.ticto.formats import code_of_checkout, query_params
from target_activecampaign.ticto.statuses import ABANDONED_CART, SUBSCRIPTION_EVENTS
from target_activecampaign.ticto.values import cents_of_reais, count, flag, section, text

_KINDS: Final = ("type", "item_type", "offer_type")
_MARKS: Final = ("is_bump", "is_order_bump", "order_bump")
_BUMP: Final = "bump"
# What a record says of its main item or of the whole checkout, which is not true of a bump.
_OF_MAIN_ITEM: Final = ("offer", "subscriptions", "checkout_url", "bumps")


@dataclass(frozen=True)
class Item:
    """One item of a record.

    Attributes:
        body: The record as if it held this item only.
        is_bump: Whether the item is an order bump, as far as the record tells.
        is_alone: Whether what the record says of an offer is about this item.
    """

    body: dict[str, Any]
    is_bump: bool
    is_alone: bool


def items_in(body: dict[str, Any]) -> list[Item]:
    """Return the items of a record, each once.

    A bump may come as a record of its own, in `bumps` of the main item's record, or in both. Both
    describe the same item, so that the ledger applies its events once.

    Args:
        body: A record of any format, without placeholders.
    """
    written = _written(body)
    bumps = [_bump(entry) for entry in _objects(body.get("bumps"))]
    items = []
    for item in written:
        is_bump = _is_bump(body, item, bumps)
        items.append(Item({**body, "item": item}, is_bump, is_alone=len(written) == 1))
    if _bumps_share_the_event(body):
        rest = {key: value for key, value in body.items() if key not in _OF_MAIN_ITEM}
        for number, bump in enumerate(bumps):
            others = [*written, *bumps[:number]]
            if not any(_is_same(bump, other) for other in others):
                items.append(Item({**rest, "item": bump}, is_bump=True, is_alone=False))
    return items


def _written(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of the record itself; `items` stands for `item`."""
    found: list[dict[str, Any]] = []
    for key in ("item", "items"):
        for entry in _objects(body.get(key)):
            item = {**entry, **_identity(entry)}
            if not any(_is_same(item, other) for other in found):
                found.append(item)
    return found or [{}]


def _objects(value: Any) -> list[dict[str, Any]]:
    members = value if isinstance(value, list) else [value]
    return [member for member in members if isinstance(member, dict) and member]


def _identity(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what names product and offer of an entry, which may stand one level deeper."""
    product, offer = section(entry, "product"), section(entry, "offer")
    found = {
        "product_id": entry.get("product_id") or product.get("id"),
        "product_name": entry.get("product_name") or product.get("name"),
        "offer_id": entry.get("offer_id") or offer.get("id"),
        "offer_name": entry.get("offer_name") or offer.get("name"),
        "offer_code": entry.get("offer_code") or offer.get("code"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _bump(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of `bumps` as an item. Its prices are in reais, `amount` is in cents."""
    amount = count(entry.get("amount"))
    if amount is None:
        amount = cents_of_reais(entry.get("offer_price") or entry.get("price"))
    return {"quantity": 1, **entry, **_identity(entry), "amount": amount}


def _is_same(item: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two entries of a record are one item: by offer, else by product."""
    for keys in (("offer_code",), ("offer_id",), ("product_id", "offer_name"), ("product_id",)):
        ours = [text(item.get(key)) for key in keys]
        theirs = [text(other.get(key)) for key in keys]
        if all(ours) and all(theirs):
            return [str(one).casefold() for one in ours] == [str(one).casefold() for one in theirs]
    name = text(item.get("product_name"))
    return name is not None and name == text(other.get("product_name"))


def _is_bump(body: dict[str, Any], item: dict[str, Any], bumps: list[dict[str, Any]]) -> bool:
    if any(_is_same(item, bump) for bump in bumps):
        return True
    kinds = [section(body, "order").get("type"), *(item.get(key) for key in _KINDS)]
    if any(_BUMP in (text(kind) or "").casefold() for kind in kinds):
        return True
    if any(flag(item.get(mark)) for mark in _MARKS):
        return True
    # The checkout was that of another offer: this one was added to it.
    code, checkout = text(item.get("offer_code")), _code_of_checkout(body)
    return bool(code and checkout and code.casefold() != checkout.casefold())


def _code_of_checkout(body: dict[str, Any]) -> str | None:
    query = query_params(body)
    code = text(query.get("offer_code")) or text(query.get("code"))
    checkout = code_of_checkout(body.get("checkout_url"))
    # Where the two disagree, neither is trusted.
    if code and checkout and code.casefold() != checkout.casefold():
        return None
    return code or checkout


def _bumps_share_the_event(body: dict[str, Any]) -> bool:
    """Return whether what happened to the main item happened to its bumps.

    One charge pays for both, so its payment, its failure and its refund are theirs. What happens
    to a subscription, its renewals included, is not; nor is a cart, which nobody has ordered.
    """
    return text(body.get("status")) not in {*SUBSCRIPTION_EVENTS, ABANDONED_CART}
