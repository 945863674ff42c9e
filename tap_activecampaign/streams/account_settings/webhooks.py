"""Webhooks and the events they can wait for.

Source: https://developers.activecampaign.com/reference/list-all-webhooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.records.columns import array, id_, integer, ref, text, timestamp, uuid
from tap_activecampaign.stream_types import SingleResponseStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    Row = dict[str, Any]


class Webhooks(ActiveCampaignStream):
    """Addresses that ActiveCampaign calls when something happens."""

    name = "webhooks"
    path = "webhooks"
    columns = (
        id_("Identifier of the webhook."),
        text("name", "Name of the webhook."),
        text("url", "Address that is called."),
        ref("listid", "lists", "List whose events count; 0 for all."),
        array("events", "text", "Events that cause a call; see the stream webhook_events."),
        array("sources", "text", "Who must cause the event: public, admin, api or system."),
        integer("state", "1 active, 0 not."),
        timestamp("deactivated_date", "When the webhook was switched off."),
        timestamp("cdate", "When the webhook was created."),
    )


class WebhookEvents(SingleResponseStream):
    """Events that webhooks can wait for."""

    name = "webhook_events"
    path = "webhook/events"
    envelope: ClassVar[str] = "webhookEvents"
    columns = (uuid("Name of the event, for example subscribe.", "name"),)

    @override
    def rows_in(self, body: Any) -> list[Any]:
        return [{"name": event} for event in body[self.envelope]]

    @override
    def accepts(self, body: Any) -> bool:
        return isinstance(body, dict) and isinstance(body.get(self.envelope), list)
