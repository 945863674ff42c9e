"""Users, groups, webhooks and the settings of the account."""

from __future__ import annotations

from tap_activecampaign.streams.account_settings.account import (
    AccountSettings,
    Brandings,
    Calendars,
    Configs,
)
from tap_activecampaign.streams.account_settings.groups import GroupLimits, Groups
from tap_activecampaign.streams.account_settings.tracking import (
    EventTracking,
    EventTrackingEvents,
    SiteTracking,
    SiteTrackingDomains,
)
from tap_activecampaign.streams.account_settings.users import Users
from tap_activecampaign.streams.account_settings.webhooks import WebhookEvents, Webhooks

STREAMS = (
    Users,
    Groups,
    GroupLimits,
    Brandings,
    Calendars,
    Configs,
    Webhooks,
    WebhookEvents,
    EventTrackingEvents,
    EventTracking,
    SiteTracking,
    SiteTrackingDomains,
    AccountSettings,
)
