"""Reading only what changed, and knowing when that can be trusted."""

from __future__ import annotations

from tap_activecampaign.incremental.bookmarks import (
    StateError,
    adopted_bookmarks,
    earlier_than_repeated_hour,
)
from tap_activecampaign.incremental.memory import Memory, Observation
from tap_activecampaign.incremental.newest_first import NewestFirstScan, OrderProof

__all__ = [
    "Memory",
    "NewestFirstScan",
    "Observation",
    "OrderProof",
    "StateError",
    "adopted_bookmarks",
    "earlier_than_repeated_hour",
]
