"""Which rules an order fires, and why not the others. Everything here is pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_activecampaign.segmentation.rule import Rule
    from target_activecampaign.ticto import Order


def matching_rules(rules: Iterable[Rule], order: Order) -> tuple[Rule, ...]:
    """Return the rules that an order fires, in the order written."""
    return tuple(rule for rule in rules if reason_against(rule, order) is None)


def may_match(rules: Iterable[Rule], order: Order) -> bool:
    """Return whether any rule matches an order, be it a first sale or turn out to be a renewal."""
    renewal = replace(order, is_renewal=True)
    return any(
        reason_against(rule, order) is None or reason_against(rule, renewal) is None
        for rule in rules
    )


def reason_against(rule: Rule, order: Order) -> str | None:
    """Return why an order does not fire a rule, or None if it does."""
    if order.event not in rule.events:
        return f"the event is {order.event}"
    sale = "renewal" if order.is_renewal else "first_sale"
    unmet = sorted(rule.types - {sale, order.payment_method})
    if unmet:
        return f"it is not of the type {', '.join(unmet)}"
    missing = sorted(rule.sources - order.sources)
    if missing:
        return f"its source is not {', '.join(missing)}"
    if rule.products and not rule.products & _identities(order.product_id, order.product_name):
        return "it is another product"
    offer = _identities(order.offer_code, order.offer_id, order.offer_name)
    if rule.offers and not rule.offers & offer:
        return "it is another offer"
    return None


def _identities(*values: str | None) -> frozenset[str]:
    return frozenset(value.casefold() for value in values if value)
