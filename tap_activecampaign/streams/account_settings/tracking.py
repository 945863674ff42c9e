"""Event tracking and site tracking.

Source: https://developers.activecampaign.com/reference/event-tracking
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.records.columns import flag, id_, text, timestamp, uuid
from tap_activecampaign.stream_types import SingleResponseStream, flat_json_api
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    Row = dict[str, Any]


class EventTrackingEvents(ActiveCampaignStream):
    """Names of the events that the account tracks."""

    name = "event_tracking_events"
    path = "eventTrackingEvents"
    permission = "Web Personalization"
    columns = (uuid("Name of the event.", "name"),)


class TrackingSwitch(SingleResponseStream):
    """Whether a kind of tracking is on. One row."""

    columns = (
        uuid("What the row tells: always enabled.", "attribute"),
        flag("enabled", "Whether tracking is on."),
    )

    @override
    def row_of(self, row: Row) -> Row:
        return {**row, "attribute": "enabled"}


class EventTracking(TrackingSwitch):
    """Whether event tracking is on. One row."""

    name = "event_tracking"
    path = "eventTracking"
    permission = "Web Personalization"


class SiteTracking(TrackingSwitch):
    """Whether site tracking is on. One row."""

    name = "site_tracking"
    path = "siteTracking"
    permission = "Web Personalization"


class SiteTrackingDomains(ActiveCampaignStream):
    """Web sites on which visits of contacts are tracked."""

    name = "site_tracking_domains"
    path = "prism/urlWhitelistings"
    permission = "Web Personalization"
    envelope: ClassVar[str] = "data"
    replication_key = "updated_at"
    created_key = "created_at"
    # No order is documented for JSON:API's rows, and all of them fit on a page or two.
    columns = (
        id_("Identifier of the web site."),
        text("whitelisted_domain", "Domain of the web site."),
        text("whitelisted_page", "Page of the web site; * for all."),
        text("url_regex", "Regular expression that the addresses of tracked pages match."),
        flag("tracking_enabled", "Whether visits are tracked."),
        flag("conversations_enabled", "Whether visitors can chat."),
        flag("wp_enabled", "Whether pages are personalized."),
        timestamp("created_at", "When the web site was added."),
        timestamp("updated_at", "When the web site was last changed."),
    )

    @override
    def row_of(self, row: Row) -> Row:
        return flat_json_api(row)
