"""Why a record is no order, and what to do about it: one reason for each kind that people send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from target_activecampaign.ticto.envelopes import inner_objects
from target_activecampaign.ticto.values import section, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_AFFILIATION: Final = "affiliat"
# One of these without a `customer` object: the postback's parts were written into single columns.
_FLATTENED: Final = frozenset(
    f"customer{separator}email{end}"
    for separator, end in (("_", ""), ("__", ""), (".", ""), ("/", ""), ("[", "]"), ("-", ""))
)
_LISTS_OF_BODIES: Final = ("body", "payload", "records")
_KEEP_WHOLE: Final = (
    "Let what passes the postback on keep its body whole, for example as JSON in one column, and "
    "switch off flattening in the tap."
)
_SEND_AS_IS: Final = "Send the body of the postback, or a row of the orders API, as Ticto sent it."


def reason_of(body: dict[str, Any]) -> tuple[str, str]:
    """Return why a record without a known format is no order, and what the user can do."""
    for inner in (body, *inner_objects(body)):
        for applies, reason, remedy in _kinds(inner):
            if applies:
                return reason, remedy
    if text(body.get("status")) is not None:
        return "The record has a status, but no buyer: the object customer is missing.", _SEND_AS_IS
    return "The record is not recognised as an order of Ticto.", _SEND_AS_IS


def _kinds(body: dict[str, Any]) -> Iterator[tuple[bool, str, str]]:
    """Yield, for each kind, whether a record is of it, why it is no order, and what to do."""
    version = text(body.get("version"))
    event = (text(body.get("event")) or "").casefold()
    yield (
        version is not None and version.partition(".")[0] != "2",
        "The record is of a version of Ticto's webhook that is not known.",
        "Choose version 2.0 of the webhook in Ticto's panel.",
    )
    yield (
        _AFFILIATION in event,
        "The record is about an affiliate, not about an order.",
        "Nothing to do; the webhook in Ticto's panel may leave this event out.",
    )
    yield (
        "situation" in body and "transactions" in body,
        "The record is a row of Ticto's subscriptions API, which is no event of an order.",
        "Send rows of the orders API or webhook postbacks.",
    )
    yield (
        isinstance(body.get("data"), list),
        "The record is a page of Ticto's API, not a row.",
        "Send each row of the page as a record.",
    )
    yield (
        "access_token" in body,
        "The record is the answer to a login at Ticto's API, not an order.",
        "Send rows of the orders API; keep the login out of the stream.",
    )
    yield (
        event.startswith("invoice") or isinstance(section(body, "data").get("invoice"), dict),
        "The record holds an invoice, in a format that Ticto's webhook does not have.",
        "Send the body of the postback as Ticto sent it, webhook version 2.0.",
    )
    yield (
        any(str(key).casefold() in _FLATTENED for key in body),
        "The record has been flattened: its parts, such as customer and order, are single columns.",
        _KEEP_WHOLE,
    )
    yield (
        any(isinstance(body.get(key), list) and body[key] for key in _LISTS_OF_BODIES),
        "The record holds a list of several bodies.",
        "Send each body as a record of its own.",
    )
