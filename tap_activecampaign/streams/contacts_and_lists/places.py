"""Places at which contacts were located.

Source: https://developers.activecampaign.com/reference/list-all-geo-addresses
"""

from __future__ import annotations

from tap_activecampaign.records.columns import id_, integer, number, text, timestamp
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class GeoAddresses(ActiveCampaignStream):
    """Places that `contact_geo_ips` points to: one row for each pair of coordinates."""

    name = "geo_addresses"
    path = "geoAddresses"
    permission = "Contacts"
    columns = (
        id_("Identifier of the place."),
        integer("ip4", "IPv4 address that was located first, as a whole number."),
        text("country2", "Country in two letters."),
        text("country", "Country."),
        text("state", "State."),
        text("city", "City."),
        text("zip", "Postal code."),
        text("area", "Telephone area code; 0 for unknown."),
        number("lat", "Latitude in degrees."),
        number("lon", "Longitude in degrees."),
        text("tz", "Time zone."),
        timestamp("tstamp", "When the place was first seen."),
    )
