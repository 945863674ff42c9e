"""All streams of the tap, by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_activecampaign.streams import (
    account_settings,
    campaigns_and_automations,
    commerce_and_objects,
    contacts_and_lists,
    deals_and_accounts,
)

if TYPE_CHECKING:
    from tap_activecampaign.stream_types.base import ActiveCampaignStream

AREAS: dict[str, tuple[type[ActiveCampaignStream], ...]] = {
    "Contacts and lists": contacts_and_lists.STREAMS,
    "Campaigns and automations": campaigns_and_automations.STREAMS,
    "Deals and accounts": deals_and_accounts.STREAMS,
    "E-commerce and custom objects": commerce_and_objects.STREAMS,
    "Account and settings": account_settings.STREAMS,
}

STREAMS = tuple(stream for streams in AREAS.values() for stream in streams)
