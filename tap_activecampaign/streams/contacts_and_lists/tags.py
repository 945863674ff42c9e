"""Tags and who carries them.

Source: https://developers.activecampaign.com/reference/retrieve-all-tags
"""

from __future__ import annotations

from tap_activecampaign.records.columns import (
    created_and_updated,
    flag,
    id_,
    integer,
    ref,
    text,
    timestamp,
)
from tap_activecampaign.stream_types.base import ActiveCampaignStream


class Tags(ActiveCampaignStream):
    """Tags of the account."""

    name = "tags"
    path = "tags"
    permission = "Contacts"
    replication_key = "updated_timestamp"
    created_key = "cdate"
    counters_move_unstamped = True
    columns = (
        id_("Identifier of the tag."),
        text("tag", "Name of the tag."),
        text("tag_type", "What the tag is for: contact or template."),
        text("description", "Description of the tag."),
        integer("subscriber_count", "Number of contacts with the tag."),
        flag("deleted", "Whether the tag is deleted."),
        timestamp("cdate", "When the tag was created."),
        *created_and_updated(),
    )


class ContactTags(ActiveCampaignStream):
    """Tags on contacts: one row for each contact and tag."""

    name = "contact_tags"
    path = "contactTags"
    permission = "Contacts"
    comes_with_contacts = "contactTags"
    replication_key = "updated_timestamp"
    created_key = "cdate"
    # Rows are only ever added, and the reference advises this order.
    order_column = "cdate"
    columns = (
        id_("Identifier of the pair of contact and tag."),
        ref("contact", "contacts", "Contact who carries the tag."),
        ref("tag", "tags", "Tag on the contact."),
        timestamp("cdate", "When the contact got the tag."),
        *created_and_updated(),
    )
