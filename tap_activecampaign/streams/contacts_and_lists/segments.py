"""Segments of contacts, in ActiveCampaign's old form and in the new one.

Source: https://developers.activecampaign.com/reference/get_saved_segment_summaries
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.records.columns import (
    created_and_updated,
    flag,
    id_,
    integer,
    object_,
    ref,
    text,
    timestamp,
    uuid,
    uuid_ref,
)
from tap_activecampaign.stream_types import PageNumberStream, flat_json_api
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from datetime import datetime

_COUNT = (
    integer("count", "Number of contacts."),
    timestamp("last_total_updated", "When the count was last asked for."),
    text("run_id", "Identifier of the counting run."),
    timestamp("run_id_start", "When the counting run began."),
    timestamp("run_id_end", "When the counting run ended."),
)


class Segments(ActiveCampaignStream):
    """Segments of contacts, those that automations make for themselves included."""

    name = "segments"
    path = "segments"
    permission = "Contacts"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the segment."),
        text("name", "Name of the segment; empty where an automation made it."),
        text("logic", "How the conditions are joined: and, or."),
        flag("hidden", "Whether the segment is hidden from users."),
        ref("seriesid", "automations", "Automation the segment belongs to; 0 for none."),
        uuid_ref("segmentid_v2", "audiences", "The segment in its new form."),
        *created_and_updated(),
    )


class Audiences(PageNumberStream):
    """Saved segments of the newer kind, with the number of contacts last counted."""

    name = "audiences"
    path = "audiences"
    permission = "Contacts"
    envelope = "data"
    replication_key = "updated_date"
    created_key = "created_date"
    columns = (
        uuid("Identifier of the segment."),
        text("segment_id", "Identifier of the segment."),
        text("category", "Kind of the segment: audience."),
        text("name", "Name of the segment."),
        object_(
            "counts",
            "How many contacts were last counted.",
            (
                object_("last_total", "All contacts of the segment.", _COUNT),
                object_("last_active_total", "Active contacts of the segment.", _COUNT),
            ),
        ),
        timestamp("created_date", "When the segment was created."),
        timestamp("updated_date", "When the segment was last changed."),
        timestamp("last_used_date", "When the segment was last used."),
    )

    @property
    @override
    def page_size(self) -> int:
        # Up to 10,000 are permitted here, and rows on one page cannot slip through between two.
        return 10 * super().page_size

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        # Newest first, a segment changed meanwhile pushes others back but none out of sight.
        return {**super().params(since), "sort": "-updated_date"}

    @override
    def row_of(self, row: dict[str, Any]) -> dict[str, Any]:
        return flat_json_api(row)
