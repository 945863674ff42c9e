"""Accounts, deals, pipelines and tasks."""

from __future__ import annotations

from tap_activecampaign.streams.deals_and_accounts.accounts import AccountContacts, Accounts
from tap_activecampaign.streams.deals_and_accounts.custom_fields import (
    AccountCustomFields,
    AccountCustomFieldValues,
    DealCustomFields,
    DealCustomFieldValues,
)
from tap_activecampaign.streams.deals_and_accounts.deals import (
    DealActivities,
    DealGroups,
    DealGroupUsers,
    DealRoles,
    Deals,
    DealStages,
)
from tap_activecampaign.streams.deals_and_accounts.tasks import (
    TaskNotifications,
    TaskOutcomes,
    Tasks,
    TaskTypeOutcomes,
    TaskTypes,
)

STREAMS = (
    Accounts,
    AccountContacts,
    AccountCustomFields,
    AccountCustomFieldValues,
    Deals,
    DealActivities,
    DealGroups,
    DealStages,
    DealGroupUsers,
    DealRoles,
    DealCustomFields,
    DealCustomFieldValues,
    Tasks,
    TaskTypes,
    TaskOutcomes,
    TaskTypeOutcomes,
    TaskNotifications,
)
