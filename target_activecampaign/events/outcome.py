"""What becomes of an order: one word for the log, the dry run, the ledger and the summary."""

from __future__ import annotations

import enum


class Outcome(str, enum.Enum):
    """What became of an order, for one account.

    `APPLIED`, `REPEATED` and `STALE` are decided by the events of its item, `IGNORED` by the rules,
    and `REJECTED` by what the record holds or by what ActiveCampaign says of it.
    """

    APPLIED = "applied"
    REPEATED = "repeated"
    STALE = "stale"
    IGNORED = "ignored"
    REJECTED = "rejected"
