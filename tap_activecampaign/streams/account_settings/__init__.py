"""Users, groups, webhooks and the settings of the account."""

from __future__ import annotations

from tap_activecampaign.stream_types import streams_in
from tap_activecampaign.streams.account_settings import (
    account,
    groups,
    tracking,
    users,
    webhooks,
)

STREAMS = streams_in(
    users,
    groups,
    account,
    webhooks,
    tracking,
)
