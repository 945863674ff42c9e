"""What ActiveCampaign keeps of each contact: events, places, merges, profiles.

Source: https://developers.activecampaign.com/reference/list-all-tracked-events
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.records.columns import (
    as_sent,
    flag,
    id_,
    integer,
    primary,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import AccountListStream, UnpagedChildStream

if TYPE_CHECKING:
    Row = dict[str, Any]


class OfContact(AccountListStream):
    """A list of the account that older accounts have below each contact."""

    parent = "contacts"
    parent_key = "contact"


class ContactTrackingLogs(OfContact):
    """Events and page visits of contacts, of which there may be very many.

    Costs one request for each 100 rows. ActiveCampaign copies them in when a contact is looked at,
    so they come late.
    """

    name = "contact_tracking_logs"
    path = "trackingLogs"
    permission = "Web Personalization"
    path_below = "contacts/{parent_id}/trackingLogs"
    envelope = "trackingLogs"
    replication_key = "tstamp"
    order_column = "tstamp"
    late_by = timedelta(days=7)
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
    """Places at which contacts read mails: one row for each contact, campaign and place.

    Costs one request for each 100 rows. `geo_addresses` holds the places.
    """

    name = "contact_geo_ips"
    path = "geoIps"
    permission = "Contacts"
    path_below = "contacts/{parent_id}/geoIps"
    comes_with_contacts = "geoIps"
    envelope = "geoIps"
    replication_key = "tstamp"
    columns = (
        id_("Identifier of the row."),
        ref("contact", "contacts", "Contact who was located."),
        ref("campaignid", "campaigns", "Campaign whose mail was read."),
        ref("messageid", "messages", "Message that was read."),
        ref("geoaddrid", "geo_addresses", "Place; 0 for unknown."),
        ref("geo_address", "geo_addresses", "Place; 0 for unknown."),
        integer("ip4", "IPv4 address as a whole number."),
        timestamp("tstamp", "When the contact was located."),
    )


class ContactLogs(OfContact):
    """Merges: one row for each contact that was merged into another.

    ActiveCampaign publishes that a contact, an action and a time are there, not how they are
    called, so these columns are not proven.
    """

    name = "contact_logs"
    path = "contactLogs"
    permission = "Contacts"
    path_below = "contacts/{parent_id}/contactLogs"
    envelope = "contactLogs"
    selected_by_default = True
    columns = (
        id_("Identifier of the log entry."),
        ref("contact", "contacts", "Contact that stayed."),
        ref("subscriberid", "contacts", "Contact that stayed."),
        text("action", "What happened: merge, the only action that is logged."),
        timestamp("tstamp", "When it happened."),
        timestamp("cdate", "When it happened."),
        as_sent(),
    )


class ContactPlusAppend(OfContact):
    """Social profiles found for contacts; the row of a contact that was deleted stays.

    Costs one request for each 100 rows.
    """

    name = "contact_plus_append"
    path = "plusAppends"
    permission = "Contacts"
    path_below = "contacts/{parent_id}/plusAppend"
    columns = (
        id_("Identifier of the profile."),
        ref("contact", "contacts", "Contact the profile belongs to."),
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
        # Below a contact it is one object, and {} for a contact without a profile.
        is_one = body in ({}, []) or (isinstance(body, dict) and "plusAppend" in body)
        return is_one or super().accepts(body)

    @override
    def rows_in(self, body: Any) -> list[Any]:
        profile = body.get("plusAppend") if isinstance(body, dict) else None
        if profile and not isinstance(profile, list):
            return [profile]
        return super().rows_in(body) if isinstance(body, dict) else []


class ContactAutomationEntryCounts(UnpagedChildStream):
    """How often contacts entered each automation. Costs one request for each changed contact."""

    name = "contact_automation_entry_counts"
    parent = "contacts"
    parent_key = "contact"
    path = "contacts/{parent_id}/automationEntryCounts"
    permission = "Automations"
    envelope = "automationEntryCounts"
    columns = (
        primary(ref("contact", "contacts", "Contact who entered.")),
        primary(ref("id", "automations", "Automation that was entered.")),
        text("name", "Name of the automation."),
        integer("status", "Status of the automation: 1 active, 2 inactive."),
        flag("hidden", "Whether the automation is hidden."),
        integer("contact_entry_count", "Number of times the contact entered."),
    )
