"""Reading collections page by page, ahead of who consumes them, without losing or repeating rows.

Nothing here knows ActiveCampaign's entities: callers say how a page is fetched and what identifies
a row.
"""

from __future__ import annotations

from tap_activecampaign.pagination.id_range import IdRange
from tap_activecampaign.pagination.keyset import KeysetIgnoredError, KeysetScan
from tap_activecampaign.pagination.offset import OffsetScan
from tap_activecampaign.pagination.page import Page
from tap_activecampaign.pagination.page_number import PageNumberScan
from tap_activecampaign.pagination.seen_keys import SeenKeys
from tap_activecampaign.pagination.workers import Workers

__all__ = [
    "IdRange",
    "KeysetIgnoredError",
    "KeysetScan",
    "OffsetScan",
    "Page",
    "PageNumberScan",
    "SeenKeys",
    "Workers",
]
