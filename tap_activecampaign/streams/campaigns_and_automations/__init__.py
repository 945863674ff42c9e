"""Campaigns, messages, automations, text messages and WhatsApp."""

from __future__ import annotations

from tap_activecampaign.stream_types import streams_in
from tap_activecampaign.streams.campaigns_and_automations import (
    automation_runs,
    automations,
    campaigns,
    conversions,
    forms,
    messages,
    sending_logs,
    sms,
    whatsapp,
)

STREAMS = streams_in(
    campaigns,
    messages,
    forms,
    automations,
    automation_runs,
    conversions,
    sending_logs,
    sms,
    whatsapp,
)
