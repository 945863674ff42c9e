"""Contacts, their lists, tags, custom fields and what they did."""

from __future__ import annotations

from tap_activecampaign.streams.contacts_and_lists.activities import Activities
from tap_activecampaign.streams.contacts_and_lists.addresses import Addresses, AddressGroups
from tap_activecampaign.streams.contacts_and_lists.bulk_imports import BulkImports
from tap_activecampaign.streams.contacts_and_lists.contact_details import (
    ContactData,
    ContactDeals,
)
from tap_activecampaign.streams.contacts_and_lists.contact_fields import (
    ContactCustomFieldGroups,
    ContactCustomFieldOptions,
    ContactCustomFieldRels,
    ContactCustomFields,
    ContactCustomFieldValues,
)
from tap_activecampaign.streams.contacts_and_lists.contact_goal_snapshots import (
    ContactGoalLists,
    ContactGoalTags,
)
from tap_activecampaign.streams.contacts_and_lists.contact_logs import (
    ContactAutomationEntryCounts,
    ContactGeoIps,
    ContactLogs,
    ContactPlusAppend,
    ContactTrackingLogs,
)
from tap_activecampaign.streams.contacts_and_lists.contact_progress import (
    ContactAutomations,
    ContactGoals,
    ContactScoreValues,
    Scores,
)
from tap_activecampaign.streams.contacts_and_lists.contacts import Contacts
from tap_activecampaign.streams.contacts_and_lists.correspondence import (
    BounceLogs,
    ContactEmails,
    EmailActivities,
    Notes,
)
from tap_activecampaign.streams.contacts_and_lists.lists import (
    ContactLists,
    ListExclusions,
    ListGroups,
    Lists,
)
from tap_activecampaign.streams.contacts_and_lists.places import GeoAddresses
from tap_activecampaign.streams.contacts_and_lists.segments import Audiences, Segments
from tap_activecampaign.streams.contacts_and_lists.tags import ContactTags, Tags

STREAMS = (
    Contacts,
    ContactAutomations,
    ContactLists,
    ContactTags,
    ContactData,
    ContactGoals,
    ContactGoalLists,
    ContactGoalTags,
    ContactDeals,
    ContactCustomFields,
    ContactCustomFieldOptions,
    ContactCustomFieldRels,
    ContactCustomFieldGroups,
    ContactCustomFieldValues,
    ContactScoreValues,
    ContactEmails,
    BounceLogs,
    EmailActivities,
    Activities,
    ContactTrackingLogs,
    ContactGeoIps,
    GeoAddresses,
    ContactLogs,
    ContactPlusAppend,
    ContactAutomationEntryCounts,
    Lists,
    ListExclusions,
    ListGroups,
    Tags,
    Scores,
    Segments,
    Audiences,
    Notes,
    Addresses,
    AddressGroups,
    BulkImports,
)
