"""Accounts: the companies that contacts and deals belong to.

Source: https://developers.activecampaign.com/reference/list-all-accounts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_activecampaign.records.columns import (
    created_and_updated,
    id_,
    integer,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types import CustomFieldOwner
from tap_activecampaign.stream_types.base import ActiveCampaignStream

if TYPE_CHECKING:
    from datetime import datetime


class Accounts(CustomFieldOwner):
    """Companies that contacts and deals belong to."""

    name = "accounts"
    path = "accounts"
    permission = "Accounts"
    singular = "account"
    fields_stream = "account_custom_fields"
    values_stream = "account_custom_field_values"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the account."),
        text("name", "Name of the account."),
        text("account_url", "Web site of the account."),
        ref("owner", "users", "User who looks after the account."),
        integer("contact_count", "Number of contacts of the account."),
        integer("deal_count", "Number of deals of the account."),
        timestamp("created_timestamp", "When the account was created."),
        timestamp("updated_timestamp", "When the account was last changed."),
    )

    @override
    def params(self, since: datetime | None) -> dict[str, str]:
        # Without it both counts are 0 or absent.
        return {**super().params(since), "count_deals": "true"}


class AccountContacts(ActiveCampaignStream):
    """Contacts of accounts: one row for each account and contact."""

    name = "account_contacts"
    path = "accountContacts"
    permission = "Accounts"
    comes_with_contacts = "accountContacts"
    replication_key = "updated_timestamp"
    created_key = "created_timestamp"
    columns = (
        id_("Identifier of the pair of account and contact."),
        ref("account", "accounts", "Account."),
        ref("contact", "contacts", "Contact who belongs to the account."),
        text("job_title", "Job title of the contact at the account."),
        *created_and_updated(by=False),
    )
