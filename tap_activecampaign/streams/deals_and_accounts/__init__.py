"""Accounts, deals, pipelines and tasks."""

from __future__ import annotations

from tap_activecampaign.stream_types import streams_in
from tap_activecampaign.streams.deals_and_accounts import (
    accounts,
    custom_fields,
    deals,
    tasks,
)

STREAMS = streams_in(
    accounts,
    deals,
    custom_fields,
    tasks,
)
