"""Postal addresses that stand at the foot of mails, and who may use them.

Source: https://developers.activecampaign.com/reference/list-all-addresses
"""

from __future__ import annotations

from tap_activecampaign.records.columns import as_sent, created_and_updated, flag, id_, ref, text
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class Addresses(ActiveCampaignStream):
    """Postal addresses of the sender, as they stand at the foot of mails."""

    name = "addresses"
    path = "addresses"
    permission = "Campaigns"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the address."),
        text("company_name", "Name of the company."),
        text("address1", "Street and number."),
        text("address2", "Second line of the street."),
        text("city", "City."),
        text("state", "State."),
        text("district", "District."),
        text("zip", "Postal code."),
        text("country", "Country in two letters."),
        flag("allgroup", "Whether all user groups may use the address."),
        flag("is_default", "Whether the address is used where none is chosen."),
        text("sms_name", "Name of the sender in text messages."),
        *created_and_updated(),
    )


class AddressGroups(ActiveCampaignStream):
    """User groups that may use an address: one row for each address and group.

    How ActiveCampaign calls the columns is not published, and so not proven.
    """

    name = "address_groups"
    path = "addressGroups"
    columns = (
        id_("Identifier of the pair of address and group."),
        ref("address", "addresses", "Address."),
        ref("addressid", "addresses", "Address."),
        ref("group", "groups", "User group."),
        ref("groupid", "groups", "User group."),
        as_sent(),
    )
