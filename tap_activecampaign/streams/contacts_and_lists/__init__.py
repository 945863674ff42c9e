"""Contacts, their lists, tags, custom fields and what they did."""

from __future__ import annotations

from tap_activecampaign.stream_types import streams_in
from tap_activecampaign.streams.contacts_and_lists import (
    activities,
    addresses,
    bulk_imports,
    contact_details,
    contact_fields,
    contact_goal_snapshots,
    contact_logs,
    contact_progress,
    contacts,
    correspondence,
    lists,
    places,
    segments,
    tags,
)

STREAMS = streams_in(
    contacts,
    contact_progress,
    contact_goal_snapshots,
    contact_details,
    contact_fields,
    contact_logs,
    places,
    activities,
    lists,
    tags,
    segments,
    correspondence,
    addresses,
    bulk_imports,
)
