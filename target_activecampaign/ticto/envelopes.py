"""What records come wrapped in: columns of tables and queues, automation tools, our own rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.lenient_json import json_of
from target_activecampaign.ticto.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# Names, in lower case, under which tables, queues, automation tools and this target's rejects keep
# the body of a postback.
_ENVELOPES: Final = (
    "record",
    "body",
    "rawbody",
    "raw_body",
    "payload",
    "data",
    "message",
    "event",
    "json",
    "postback",
    "webhook",
    "request",
    "value",
)
_DEEPEST: Final = 4
# Parts of a postback that forms and tables hold as JSON text.
_SECTIONS: Final = (
    "order",
    "item",
    "items",
    "customer",
    "transaction",
    "offer",
    "product",
    "order_item",
    "subscriptions",
    "bumps",
    "tracking",
    "query_params",
    "url_params",
    "producer",
    "affiliates",
    "coproducers",
    "shipping",
    "phone",
    "owner_commissions",
)
_SECTIONS_OF_CUSTOMER: Final = ("phone", "phones", "address", "country")


@dataclass(frozen=True)
class Unwrapped:
    """What a record holds.

    Attributes:
        body: The postback or row; the record itself where none is found in it.
        token: The token in the body, else the nearest one beside it, or None.
    """

    body: dict[str, Any]
    token: str | None


def unwrap(record: dict[str, Any]) -> Unwrapped:
    """Find the postback or row inside a record.

    Args:
        record: The postback or row itself, or what carries it as an object, as a list of one, or as
            JSON text: a row of a table or queue, the item of an automation tool, a reject.
    """
    found = _search(record, None, _DEEPEST)
    if found is not None:
        return found
    # What was rejected is fed in again as it was, also where it is still no order.
    rejected = record.get("record")
    while _is_reject(record) and isinstance(rejected, dict):
        record, rejected = rejected, rejected.get("record")
    return Unwrapped(record, _token(record))


def body_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the postback or row inside a record, or the record where there is none."""
    return unwrap(record).body


def _is_reject(record: dict[str, Any]) -> bool:
    return "reason" in record and "stream" in record


def _search(record: dict[str, Any], token_beside: str | None, levels: int) -> Unwrapped | None:
    body = _with_sections(record)
    token = _token(body) or token_beside
    if format_of(body) is not None:
        return Unwrapped(body, token)
    if not levels:
        return None
    if "meta" in record:
        # A page of the API, however many rows it has.
        return None
    for inner in _wrapped(record):
        found = _search(inner, token, levels - 1)
        if found is not None:
            return found
    return None


def inner_objects(record: dict[str, Any], levels: int = _DEEPEST) -> Iterator[dict[str, Any]]:
    """Yield the objects that a record may have been made to carry, the outer ones first."""
    for inner in _wrapped(record) if levels else ():
        yield inner
        yield from inner_objects(inner, levels - 1)


def _wrapped(record: dict[str, Any]) -> list[dict[str, Any]]:
    names = {str(name).casefold(): name for name in record}
    inner = (_only_object(record[names[name]]) for name in _ENVELOPES if name in names)
    return [found for found in inner if found is not None]


def _only_object(value: Any) -> dict[str, Any] | None:
    """Return an object, that of a list of one, or that in JSON text."""
    read = _decoded(value)
    if isinstance(read, list) and len(read) == 1:
        read = _decoded(read[0])
    return read if isinstance(read, dict) else None


def _decoded(value: Any) -> Any:
    """Return what JSON text holds, and anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in {"{", "[", '"'}:
        return value
    try:
        read = json_of(value)
    except (ValueError, RecursionError):
        return value
    # Some tools encode twice.
    return _decoded(read) if isinstance(read, str) and read != value else read


def _with_sections(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with the parts decoded that are JSON text."""
    read = _with_decoded(body, _SECTIONS)
    customer = read.get("customer")
    if isinstance(customer, dict):
        decoded = _with_decoded(customer, _SECTIONS_OF_CUSTOMER)
        if decoded is not customer:
            read = {**read, "customer": decoded}
    return read


def _with_decoded(body: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    read = {}
    for key in keys:
        value = body.get(key)
        if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            decoded = _decoded(value)
            if not isinstance(decoded, str):
                read[key] = decoded
    return {**body, **read} if read else body


def _token(body: dict[str, Any]) -> str | None:
    token = body.get("token")
    return token if isinstance(token, str) and token else None
