"""Stores for what processes share: one module per kind, each imported only where it is used."""

from __future__ import annotations

from tap_activecampaign.api.pace_stores.opening import open_store
from tap_activecampaign.api.pace_stores.store import (
    PaceStore,
    Snapshot,
    StoreAddress,
    StoreLostError,
)

__all__ = ["PaceStore", "Snapshot", "StoreAddress", "StoreLostError", "open_store"]
