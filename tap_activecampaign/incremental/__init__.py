"""Reading only what changed, and knowing when that can be trusted."""

from __future__ import annotations

from tap_activecampaign.incremental.bookmarks import (
    StateError,
    adopted_bookmarks,
    earlier_than_repeated_hour,
    taken_back,
)
from tap_activecampaign.incremental.order_trust import OrderTrust, ScanObservation
from tap_activecampaign.pagination.newest_first import NewestFirstScan, OrderProof

__all__ = [
    "NewestFirstScan",
    "OrderProof",
    "OrderTrust",
    "ScanObservation",
    "StateError",
    "adopted_bookmarks",
    "earlier_than_repeated_hour",
    "taken_back",
]
