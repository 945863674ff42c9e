"""Contacts, the centre of an account.

Source: https://developers.activecampaign.com/reference/list-all-contacts
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_activecampaign.api.wire import echoed_status, updated_after
from tap_activecampaign.incremental.resumable import ResumableRead
from tap_activecampaign.records.columns import (
    array,
    created_and_updated,
    date,
    flag,
    id_,
    integer,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.sideload.contact_pages import ContactPages
from tap_activecampaign.stream_types import CustomFieldOwner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_activecampaign.incremental.pages import Read
    from tap_activecampaign.pagination import IdRange, Page
    from tap_activecampaign.pagination.keyset_fallback import KeysetOrOffsetScan
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.pagination.scan import Scan


class Contacts(CustomFieldOwner):
    """People known to the account: one row for each e-mail address or phone-only contact."""

    name = "contacts"
    path = "contacts"
    permission = "Contacts"
    singular = "contact"
    fields_stream = "contact_custom_fields"
    values_stream = "contact_custom_field_values"
    replication_key = "udate"
    created_key = "cdate"
    # Contacts of every status, which is also what ActiveCampaign does unless told otherwise.
    query = MappingProxyType({"status": "-1"})
    # Ids of rows that were asked for with the contacts: there is no column of them here.
    ignored = ("contactData", "contactDeals")
    STATE_MSG_FREQUENCY = 1000
    columns = (
        id_("Identifier of the contact; never reused."),
        text("email", "E-mail address; may be empty for phone-only contacts."),
        text("phone", "Phone number as it was entered."),
        text("first_name", "First name."),
        text("last_name", "Last name."),
        timestamp("cdate", "When the contact was created."),
        timestamp("udate", "When the contact was last changed."),
        timestamp("adate", "When the contact was last active."),
        timestamp("edate", "When the contact last engaged with an e-mail."),
        *created_and_updated(),
        timestamp("created_utc_timestamp", "When the contact was created, as its table tells."),
        timestamp(
            "updated_utc_timestamp", "When the contact was last changed, as its table tells."
        ),
        flag("deleted", "Whether the contact is deleted."),
        timestamp("deleted_at", "When the contact was deleted."),
        flag("anonymized", "Whether personal data was removed on request."),
        integer("orgid", "Former identifier of the contact's organization; 0 for none."),
        text("orgname", "Name of the contact's organization."),
        ref("organization", "accounts", "Former identifier of the contact's organization."),
        text("segmentio_id", "Identifier of the contact in Segment."),
        integer("bounced_hard", "Number of hard bounces."),
        integer("bounced_soft", "Number of soft bounces."),
        date("bounced_date", "Day of the last bounce."),
        integer("ip", "IPv4 address at sign-up as a whole number; 0 for unknown."),
        text("ua", "Browser at sign-up."),
        text("hash", "Hash that identifies the contact in links."),
        timestamp("socialdata_lastcheck", "When social data was last looked up."),
        text("email_local", "Part of the e-mail address before the @."),
        text("email_domain", "Part of the e-mail address after the @."),
        flag("email_empty", "Whether the contact has no e-mail address."),
        integer("sentcnt", "Number of e-mails sent to the contact."),
        date("rating_tstamp", "Day of the last rating."),
        integer("gravatar", "State of the Gravatar look-up."),
        flag("mpp_tracking", "Whether opens come from Apple Mail Privacy Protection."),
        timestamp("last_open_date", "When the contact last opened an e-mail."),
        timestamp("last_click_date", "When the contact last clicked a link."),
        timestamp("last_mpp_open_date", "When Apple Mail last fetched an e-mail for the contact."),
        integer("best_send_hour", "Hour of the day at which the contact is likeliest to open."),
        text("sms_consent", "Consent to text messages."),
        timestamp("sms_consent_updated_at", "When the consent to text messages last changed."),
        text("whatsapp_id", "Identifier of the contact in WhatsApp."),
        text("whatsapp_username", "User name of the contact in WhatsApp."),
        array("score_values", "integer", "Scores of the contact.", "contact_score_values"),
        array("account_contacts", "integer", "Accounts of the contact.", "account_contacts"),
        array("contact_automations", "integer", "Automations entered.", "contact_automations"),
        array("contact_lists", "integer", "List memberships.", "contact_lists"),
        array("contact_tags", "integer", "Tags of the contact.", "contact_tags"),
        array("field_values", "integer", "Custom values.", "contact_custom_field_values"),
        array("geo_ips", "integer", "Addresses the contact was seen at.", "contact_geo_ips"),
        array("deals", "integer", "Deals of the contact.", "deals"),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        return {**super().params(since), **updated_after(since)}

    @override
    def page_of(self, body: Any, asked: int) -> Page:
        status = echoed_status(body)
        if status not in (None, self.query["status"]):
            self.report.once(
                "Stream '%s': ActiveCampaign returns contacts of status %s only, though those of "
                "every status were asked for. The others are missing.",
                status,
            )
        return super().page_of(body, asked)

    @override
    def open_own_read(self, since: datetime | None) -> Read:
        if self.replication_method == "INCREMENTAL":
            return ResumableRead(self, since)
        return super().open_own_read(since)

    @override
    def open_scan(self, lane: PageLane, since: datetime | None) -> Scan:
        return self.open_ranges(lane, since)

    def open_ranges(
        self,
        lane: PageLane,
        since: datetime | None,
        ranges: Sequence[IdRange] = (),
        expected_rows: int | None = None,
    ) -> KeysetOrOffsetScan:
        """Return a scan of some ranges of ids. See `ResumableSource.open_ranges`."""
        return ContactPages(self, lane, since).scan(ranges, expected_rows)
