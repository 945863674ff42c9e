"""Paths into an order, as the `fields` of a rule write them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from target_activecampaign.ticto.values import cents_of_reais, count, text

_ALTERNATIVE: Final = "||"
_FILTER: Final = "|"
_REAIS: Final = "brl"
_SEGMENT: Final = re.compile(r"[^.\s|](?:[^.|]*[^.\s|])?")
# The shared secret of the account, and what may not be stored about a card.
_SECRET_KEYS: Final = frozenset(("token",))
_CARDS: Final = "transaction.cards"


def value_at(document: dict[str, Any], expression: str) -> Any:
    """Return what an order has at a path, or None.

    Args:
        document: The normal form's document.
        expression: Keys joined by dots, such as ``customer.cpf``. A number picks from a list; a
            list without a number gives its first member, as in ``subscriptions.change_card_url``.
            ``order.paid_amount|brl`` gives cents in reais, ``255.12``. Of several paths with ``||``
            between them, the first one that has a value counts.
    """
    for path, is_in_reais in _alternatives(expression):
        value = _value_at(document, path)
        if is_in_reais:
            value = in_reais(value)
        if not _is_empty(value):
            return value
    return None


def in_reais(value: Any) -> str | None:
    """Return an amount of money in reais, such as ``255.12``, or None if it is none.

    Args:
        value: Whole cents, as nearly all of Ticto's amounts are, or an amount that is in reais
            already, which is told by its decimals.
    """
    cents = count(value)
    if cents is None:
        cents = cents_of_reais(value)
    if cents is None:
        return None
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def path_fault(expression: str) -> str | None:
    """Return what is wrong with the path of a field, or None.

    Card data and the postback's token never leave the target.
    """
    for alternative in expression.split(_ALTERNATIVE):
        path, *filters = (part.strip() for part in alternative.split(_FILTER))
        if not all(_SEGMENT.fullmatch(segment) for segment in path.split(".")):
            return "is not a path such as customer.cpf, or several with || between them"
        unknown = next((name for name in filters if name.casefold() != _REAIS), None)
        if unknown is not None or len(filters) > 1:
            return "is followed by something else than |brl, which writes cents in reais"
        if not _SECRET_KEYS.isdisjoint(path.casefold().split(".")):
            return "leads to the token, which must not be copied to a contact"
        if path in {"transaction", _CARDS} or path.startswith(_CARDS + "."):
            return "leads to card data, which must not be copied to a contact"
    return None


@lru_cache(maxsize=1024)
def _alternatives(expression: str) -> tuple[tuple[str, bool], ...]:
    """Return the paths of an expression, each with whether it is wanted in reais."""
    found = []
    for alternative in expression.split(_ALTERNATIVE):
        path, _, wanted = alternative.partition(_FILTER)
        found.append((path.strip(), bool(wanted.strip())))
    return tuple(found)


def _value_at(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for key in path.split("."):
        if isinstance(value, list):
            if key.isdecimal():
                index = int(key)
                value = value[index] if index < len(value) else None
                continue
            value = value[0] if value else None
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _is_empty(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_empty(member) for member in value)
    if isinstance(value, dict):
        return not value
    return value is None or (isinstance(value, str) and text(value) is None)
