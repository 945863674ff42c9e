"""Mails written to single contacts, returned mails and notes.

Source: https://developers.activecampaign.com/reference/list-all-email-activities
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    Column,
    created_and_updated,
    flag,
    id_,
    integer,
    object_,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream


def points_to(name: str, description: str) -> Column:
    """Point to a row of a kind that differs from row to row."""
    return object_(
        name,
        description,
        (
            text("type", "Kind of the row, in the words of the API."),
            integer("id", "Identifier of the row among those of its kind."),
        ),
    )


class ContactEmails(ActiveCampaignStream):
    """Mails that users wrote to single contacts."""

    name = "contact_emails"
    path = "contactEmails"
    permission = "Contacts"
    replication_key = "sdate"
    columns = (
        id_("Identifier of the mail."),
        ref("subscriberid", "contacts", "Contact the mail was sent to."),
        ref("contact", "contacts", "Contact the mail was sent to."),
        ref("messageid", "messages", "Message that was sent; 0 for none."),
        ref("message", "messages", "Message that was sent."),
        text("messageheader", "Header of the mail."),
        ref("userid", "users", "User who wrote the mail."),
        ref("user", "users", "User who wrote the mail."),
        ref("d_id", "deals", "Deal the mail belongs to; 0 for none."),
        ref("deal", "deals", "Deal the mail belongs to."),
        ref("account", "accounts", "Account the mail belongs to."),
        ref("seriesid", "automations", "Automation that sent the mail; 0 for none."),
        text("ip", "IP address of the sender; 0 for unknown."),
        timestamp("sdate", "When the mail was sent."),
        text("source", "The mail as it was sent."),
    )


class EmailActivities(ActiveCampaignStream):
    """Mails exchanged with single contacts, with their text; campaigns are not among them."""

    name = "email_activities"
    path = "emailActivities"
    permission = "Contacts"
    replication_key = "tstamp"
    order_column = "tstamp"
    columns = (
        id_("Identifier of the mail."),
        ref("subscriberid", "contacts", "Contact of the mail."),
        ref("contact", "contacts", "Contact of the mail."),
        ref("userid", "users", "User of the mail."),
        ref("user", "users", "User of the mail."),
        ref("d_id", "deals", "Deal the mail belongs to; 0 for none."),
        ref("deal", "deals", "Deal the mail belongs to."),
        ref("account", "accounts", "Account the mail belongs to."),
        text("reltype", "Kind of the row that holds the mail, for example ContactEmail."),
        integer("relid", "Identifier of the row that holds the mail."),
        points_to("reference", "Row that holds the mail."),
        text("from_name", "Name of the sender."),
        text("from_address", "Address of the sender."),
        text("to_address", "Address of the recipient."),
        text("cc_address", "Addresses that got a copy."),
        text("subject", "Subject of the mail."),
        text("message", "Text of the mail."),
        text("message_html", "Text of the mail in HTML."),
        timestamp("tstamp", "When the mail was sent or received."),
        ref("series_id", "automations", "Automation that sent the mail."),
        ref("subscriber_series_id", "contact_automations", "Entry in that automation."),
        text("automation_name", "Name of the automation that sent the mail."),
        text("service_provider", "Mail service that carried the mail."),
    )


class BounceLogs(ActiveCampaignStream):
    """Mails that came back, each with the returned mail and the reason."""

    name = "bounce_logs"
    path = "bounceLogs"
    permission = "Campaigns"
    replication_key = "updated_timestamp"
    created_key = "tstamp"
    # Rows are only ever added.
    order_column = "tstamp"
    columns = (
        id_("Identifier of the returned mail."),
        timestamp("tstamp", "When the mail came back."),
        integer("bounceid", "Identifier of the mailbox that took the returned mail."),
        integer("bounce", "Identifier of the mailbox that took the returned mail."),
        ref("subscriberid", "contacts", "Contact who could not be reached."),
        ref("contact", "contacts", "Contact who could not be reached."),
        ref("campaignid", "campaigns", "Campaign that sent the mail."),
        ref("campaign", "campaigns", "Campaign that sent the mail."),
        ref("messageid", "messages", "Message that was sent."),
        ref("message", "messages", "Message that was sent."),
        integer("codeid", "Identifier of the reason."),
        text("code", "Reason; a number or a mail status such as 5.1.1."),
        text("email", "Address that could not be reached."),
        text("error", "What the receiving server answered."),
        text("source", "The returned mail."),
        *created_and_updated(),
    )


class Notes(ActiveCampaignStream):
    """Notes on contacts, deals, accounts, tasks and activities; reltype tells which."""

    name = "notes"
    path = "notes"
    permission = "Contacts"
    replication_key = "mdate"
    created_key = "cdate"
    columns = (
        id_("Identifier of the note."),
        text("note", "Text of the note."),
        text(
            "reltype",
            "What the note is on: Subscriber (a contact), Deal, DealTask, CustomerAccount or "
            "Activity.",
        ),
        integer("relid", "Identifier of what the note is on."),
        points_to("owner", "What the note is on."),
        ref("userid", "users", "User who wrote the note."),
        ref("user", "users", "User who wrote the note."),
        flag("is_draft", "Whether the note is a draft."),
        timestamp("cdate", "When the note was written."),
        timestamp("mdate", "When the note was last changed."),
    )
