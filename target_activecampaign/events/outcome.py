"""What becomes of an order: one word for the log, the dry run, the ledger and the summary."""

from __future__ import annotations

import enum
from typing import Final


class Outcome(str, enum.Enum):
    """What became of an order, for one account."""

    APPLIED = "applied"
    # Applied, but for a list that the contact has left.
    LEFT_LIST = "left_list"
    # It says "not paid" of a product that the contact holds.
    OUTDATED = "outdated"
    # The same event was applied before.
    REPEATED = "repeated"
    # Older than an event of the same item that was applied before.
    STALE = "stale"
    # No rule matches it.
    IGNORED = "ignored"
    # The record, or ActiveCampaign, does not allow it.
    REJECTED = "rejected"


# What the summary, the dry run and the panel say of each.
REASONS: Final[dict[Outcome, str]] = {
    Outcome.LEFT_LIST: "tagged, not subscribed: has left the list",
    Outcome.OUTDATED: "it says that a product is not paid which the contact has bought",
    Outcome.REPEATED: "the same event was applied before",
    Outcome.STALE: "a newer event of this item was applied before",
    Outcome.IGNORED: "no rule matches it",
}
KEPT: Final = "another paid order of the contact still earns them"
