"""What ActiveCampaign tells contact by contact only.

Source: https://developers.activecampaign.com/reference/retrieve-contact-tracking-logs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.records.columns import flag, id_, integer, primary, ref, text, timestamp
from tap_activecampaign.stream_types import ChildStream, UnpagedChildStream

if TYPE_CHECKING:
    Row = dict[str, Any]


class OfContact(ChildStream):
    """A collection below each contact."""

    parent = "contacts"
    parent_key = "contact"
    permission = "the permission to view contacts"


class ContactTrackingLogs(OfContact):
    """Events and page visits of contacts. Costs one request for each changed contact."""

    name = "contact_tracking_logs"
    path = "contacts/{parent_id}/trackingLogs"
    envelope = "trackingLogs"
    replication_key = "tstamp"
    columns = (
        id_("Identifier of the event."),
        ref("contact", "contacts", "Contact of the event."),
        ref("subscriberid", "contacts", "Contact of the event."),
        text("type", "pagevisit, redir, or the name of the event."),
        text("value", "Data of the event, for example the address of the visited page."),
        timestamp("tstamp", "When it happened."),
        text("hash", "Hash of the event."),
    )


class ContactGeoIps(OfContact):
    """Places at which contacts read mails. Costs one request for each changed contact."""

    name = "contact_geo_ips"
    path = "contacts/{parent_id}/geoIps"
    envelope = "geoIps"
    replication_key = "tstamp"
    columns = (
        id_("Identifier of the row."),
        ref("contact", "contacts", "Contact who was located."),
        ref("campaignid", "campaigns", "Campaign whose mail was read."),
        ref("messageid", "messages", "Message that was read."),
        integer("geoaddrid", "Identifier of the place."),
        integer("geo_address", "Identifier of the place."),
        integer("ip4", "IPv4 address as a whole number."),
        timestamp("tstamp", "When the contact was located."),
    )


class ContactLogs(OfContact):
    """Contacts that others were merged into. Costs one request for each changed contact."""

    name = "contact_logs"
    path = "contacts/{parent_id}/contactLogs"
    envelope = "contactLogs"
    # The reference tells that a contact, an action and a time are there, not how they are called.
    columns = (
        id_("Identifier of the log entry."),
        ref("contact", "contacts", "Contact that stayed."),
        ref("subscriberid", "contacts", "Contact that stayed."),
        text("action", "What happened: merge, the only action that is logged."),
        timestamp("tstamp", "When it happened."),
        timestamp("cdate", "When it happened."),
    )


class ContactPlusAppend(OfContact):
    """Social profiles found for contacts. Costs one request for each changed contact."""

    name = "contact_plus_append"
    path = "contacts/{parent_id}/plusAppend"
    envelope = "plusAppend"
    columns = (
        primary(ref("contact", "contacts", "Contact the profile belongs to.")),
        integer("id", "Identifier of the profile."),
        timestamp("last_updated_rapleaf", "When RapLeaf was last asked."),
        timestamp("last_updated_fliptop", "When Fliptop was last asked."),
        timestamp("last_updated_fullcontact", "When FullContact was last asked."),
        text("image_url", "Address of the contact's picture."),
        text("memberships_facebook", "Address of the profile in Facebook."),
        text("memberships_twitter", "Address of the profile in Twitter."),
        text("memberships_linkedin", "Address of the profile in LinkedIn."),
    )

    @override
    def accepts(self, body: Any) -> bool:
        # A contact without a profile is answered {}.
        return body in ({}, []) or (isinstance(body, dict) and "plusAppend" in body)

    @override
    def rows_in(self, body: Any) -> list[Row]:
        profile = body["plusAppend"] if body else None
        return [profile] if profile else []


class ContactAutomationEntryCounts(UnpagedChildStream):
    """How often contacts entered each automation. Costs one request for each changed contact."""

    name = "contact_automation_entry_counts"
    parent = "contacts"
    parent_key = "contact"
    permission = "the permission to view contacts"
    path = "contacts/{parent_id}/automationEntryCounts"
    envelope = "automationEntryCounts"
    columns = (
        primary(ref("contact", "contacts", "Contact who entered.")),
        primary(ref("id", "automations", "Automation that was entered.")),
        text("name", "Name of the automation."),
        integer("status", "Status of the automation: 1 active, 2 inactive."),
        flag("hidden", "Whether the automation is hidden."),
        integer("contact_entry_count", "Number of times the contact entered."),
    )
