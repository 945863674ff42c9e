"""Reading collections page by page, ahead of who consumes them, without losing or repeating rows.

Nothing here knows ActiveCampaign's entities: callers say how a page is fetched and what identifies
a row.
"""

from __future__ import annotations

from tap_activecampaign.fetching.keyset import IdRange, KeysetIgnoredError, KeysetScan
from tap_activecampaign.fetching.numbered import NumberedScan
from tap_activecampaign.fetching.offset import OffsetScan
from tap_activecampaign.fetching.page import Page
from tap_activecampaign.fetching.seen import SeenKeys
from tap_activecampaign.fetching.workers import Workers

__all__ = [
    "IdRange",
    "KeysetIgnoredError",
    "KeysetScan",
    "NumberedScan",
    "OffsetScan",
    "Page",
    "SeenKeys",
    "Workers",
]
