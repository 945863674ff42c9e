"""Text messages: broadcasts, their recipients, and those that automations send.

Source: https://developers.activecampaign.com/reference/listbroadcasts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_activecampaign.records.columns import (
    array,
    flag,
    id_,
    integer,
    object_,
    objects,
    primary,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import ChildStream, SingleResponseStream
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from datetime import datetime

_FAILURE_SOURCE = "Who reported the failure: ac (ActiveCampaign) or twilio (the carrier's gateway)."


class Sms(ActiveCampaignStream):
    """Text messages of automations with their results."""

    name = "sms"
    path = "sms"
    permission = "Campaigns"
    replication_key = "tstamp"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the text message."),
        text("name", "Name of the text message."),
        text("msg", "Text of the message."),
        integer("address", "Identifier of the number that sends the message."),
        ref("seriesid", "automations", "Automation that sends the message."),
        ref("automation", "automations", "Automation that sends the message."),
        ref("userid", "users", "User who made the message."),
        ref("user", "users", "User who made the message."),
        text("tf_day", "Days on which the message may be sent; empty for all."),
        integer("tf_hr_from", "Hour of the day from which the message may be sent."),
        integer("tf_hr_to", "Hour of the day until which the message may be sent."),
        integer("sent", "Number of messages sent."),
        integer("failed", "Number of messages that failed."),
        integer("unsubscribes", "Number of contacts who left."),
        integer("replies", "Number of replies."),
        integer("uniquereplies", "Number of contacts who replied."),
        timestamp("sdate", "When the message was first sent."),
        timestamp("ldate", "When the message was last sent."),
        timestamp("tstamp", "When the message was last changed."),
    )


class SmsBroadcasts(ActiveCampaignStream):
    """Text messages sent to whole lists or segments."""

    name = "sms_broadcasts"
    path = "sms/broadcasts"
    permission = "Campaigns"
    envelope: ClassVar[str] = "broadcasts"
    replication_key = "updated_at"
    created_key = "created_at"
    order_column = "updated_at"
    columns = (
        id_("Identifier of the broadcast."),
        text("name", "Name of the broadcast."),
        text("body", "Text of the message."),
        array("media_urls", "text", "Addresses of pictures in the message."),
        text("preview_url", "Address of the preview."),
        text("status", "State: draft, pending_review, scheduled, sending or sent."),
        integer("sent_to_count", "Number of recipients."),
        array("list_ids", "integer", "Lists that the broadcast is sent to.", "sms_lists"),
        text("segment_id", "Segment that the broadcast is sent to: a number or a UUID."),
        text("custom_segment_id", "Segment made for this broadcast, as UUID."),
        text("custom_run_id", "Evaluation of the segment made for this broadcast, as UUID."),
        array("label_ids", "integer", "Labels of the broadcast."),
        ref("address_id", "addresses", "Address that names the sender."),
        flag("shorten_track_links_enabled", "Whether links are shortened and tracked."),
        flag("quiet_hours_enabled", "Whether quiet hours are kept."),
        integer("sift_approved", "State of the approval by Sift, which looks for fraud."),
        integer("arc_approved", "State of the approval by ARC."),
        timestamp("scheduled_date", "When the broadcast is to be sent."),
        timestamp("sent_date", "When the broadcast was sent."),
        ref("scheduled_by", "users", "User who scheduled the broadcast."),
        ref("created_by", "users", "User who made the broadcast."),
        ref("updated_by", "users", "User who last changed the broadcast."),
        timestamp("created_at", "When the broadcast was created."),
        timestamp("updated_at", "When the broadcast was last changed."),
        timestamp("deleted_at", "When the broadcast was deleted."),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        # Which date it tests is not documented, so a full read without it audits it.
        return {} if since is None else {"start_date": since.date().isoformat()}


class SmsLists(ActiveCampaignStream):
    """Lists whose contacts can be sent text messages."""

    name = "sms_lists"
    path = "sms/lists"
    permission = "Campaigns"
    envelope: ClassVar[str] = "lists"
    columns = (
        id_("Identifier of the list."),
        text("name", "Name of the list."),
        integer("subscriber_count", "Number of contacts who can be sent text messages."),
    )


class SmsBroadcastRecipients(ChildStream):
    """Contacts a text broadcast was sent to, with the clicks and replies known when it was read.

    Costs a request or more for each broadcast, so it is not selected by default.
    """

    name = "sms_broadcast_recipients"
    path = "sms/broadcasts/{parent_id}/recipients"
    permission = "Campaigns"
    envelope: ClassVar[str] = "recipients"
    parent: ClassVar[str] = "sms_broadcasts"
    parent_key: ClassVar[str] = "broadcast_id"
    replication_key = "sent_date"
    columns = (
        primary(ref("broadcast_id", "sms_broadcasts", "Broadcast that was sent.")),
        primary(ref("id", "contacts", "Contact it was sent to.")),
        text("name", "Name of the contact."),
        text("phone_number", "Phone number it was sent to."),
        timestamp("sent_date", "When it was sent to the contact."),
        text("deliverability", "What became of it: delivered or failed."),
        integer("clicks", "Number of clicks by the contact."),
        objects(
            "replies",
            (text("message", "Text of the reply."), timestamp("date", "When the contact replied.")),
            "Replies of the contact.",
        ),
        text("opt_out", "Whether the contact left because of it: yes or no."),
        object_(
            "details",
            "Why it failed.",
            (
                text("error_code", "Code of the failure; empty for none."),
                text("error_source", _FAILURE_SOURCE),
            ),
        ),
    )


class SmsBroadcastFailures(ChildStream):
    """Why messages of a text broadcast failed, by error code.

    Costs a request for each broadcast, so it is not selected by default.
    """

    name = "sms_broadcast_failures"
    path = "sms/broadcasts/metrics/{parent_id}/failures"
    permission = "Campaigns"
    envelope: ClassVar[str] = "failures"
    parent: ClassVar[str] = "sms_broadcasts"
    parent_key: ClassVar[str] = "broadcast_id"
    # Carriers report failures after the broadcast has changed for the last time.
    only_changed_parents: ClassVar[bool] = False
    columns = (
        primary(ref("broadcast_id", "sms_broadcasts", "Broadcast that was sent.")),
        primary(text("error_code", "Code of the failure.")),
        primary(text("error_source", f"{_FAILURE_SOURCE} Empty for unknown.")),
        integer("count", "Number of messages that failed so."),
    )

    @override
    def row_of(self, row: dict[str, Any]) -> dict[str, Any]:
        # The same code may be reported by several, and without naming who.
        return {**row, "errorSource": row.get("errorSource") or ""}


class SmsCredits(SingleResponseStream):
    """Credits for text messages: what the period includes and what is left. One row."""

    name = "sms_credits"
    path = "sms/credits"
    permission = "Campaigns"
    envelope: ClassVar[str] = "smsCredits"
    columns = (
        primary(text("period", "Period that the credits are for, for example month.")),
        timestamp("next_refill_date", "When the next period begins."),
        integer("included_this_period", "Credits that the plan includes in the period."),
        integer("used_this_period", "Credits used in the period."),
        integer("extra", "Credits bought on top of the plan."),
        integer("available", "Credits that are left."),
    )
