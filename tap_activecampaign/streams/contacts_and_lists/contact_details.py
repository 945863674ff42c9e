"""What else is known of contacts: where they are from and which deals they have a part in.

Source: https://developers.activecampaign.com/reference/retrieve-contact-data
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    created_and_updated,
    id_,
    integer,
    number,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class ContactData(ActiveCampaignStream):
    """Where contacts are, how they found the site and who they are on social media.

    The row of a contact that was deleted stays.
    """

    name = "contact_data"
    path = "contactData"
    permission = "Contacts"
    comes_with_contacts = "contactData"
    replication_key = "tstamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the row."),
        ref("contact", "contacts", "Contact that the row tells of."),
        timestamp("tstamp", "When the row was last changed."),
        timestamp("geo_tstamp", "When the contact was last located."),
        integer("geo_ip4", "Located IPv4 address as a whole number; 0 for unknown."),
        text("geo_country2", "Country in two letters."),
        text("geo_country", "Country."),
        text("geo_state", "State."),
        text("geo_city", "City."),
        text("geo_zip", "Postal code."),
        text("geo_area", "Telephone area code; 0 for unknown."),
        number("geo_lat", "Latitude in degrees."),
        number("geo_lon", "Longitude in degrees."),
        text("geo_tz", "Time zone."),
        number("geo_tz_offset", "Offset of the time zone from UTC, in hours."),
        text("ga_campaign_source", "Source that web analytics tells, as in utm_source."),
        text("ga_campaign_name", "Campaign that web analytics tells, as in utm_campaign."),
        text("ga_campaign_medium", "Medium that web analytics tells, as in utm_medium."),
        text("ga_campaign_term", "Search term that web analytics tells, as in utm_term."),
        text("ga_campaign_content", "Content that web analytics tells, as in utm_content."),
        text("ga_campaign_customsegment", "Custom segment that web analytics tells."),
        text("ga_first_visit", "When the contact first visited, as web analytics tells it."),
        integer("ga_times_visited", "Number of visits that web analytics counted."),
        integer("fb_id", "Identifier in Facebook; 0 for unknown."),
        text("fb_name", "Name in Facebook."),
        integer("tw_id", "Identifier in Twitter; 0 for unknown."),
        *created_and_updated(),
    )


class ContactDeals(ActiveCampaignStream):
    """Secondary contacts of deals: one row for each contact and deal."""

    name = "contact_deals"
    path = "contactDeals"
    permission = "Deals"
    comes_with_contacts = "contactDeals"
    replication_key = "updated_timestamp"
    created_key = "cdate"
    columns = (
        id_("Identifier of the pair of contact and deal."),
        ref("deal", "deals", "Deal."),
        ref("contact", "contacts", "Contact who has a part in the deal."),
        ref("role", "deal_roles", "What the contact is to the deal."),
        timestamp("cdate", "When the contact was added to the deal."),
        *created_and_updated(),
    )
