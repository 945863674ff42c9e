"""The tables of the ledger. They hold keyed hashes and codes, nothing of a buyer in clear."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata = sa.MetaData()

_KEY = sa.String(40)

settings = sa.Table(
    "target_activecampaign_settings",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

events = sa.Table(
    "target_activecampaign_events",
    metadata,
    sa.Column("event_key", _KEY, primary_key=True),
    sa.Column("item_key", _KEY, nullable=False, index=True),
    sa.Column("transaction_key", _KEY, nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("moment", sa.BigInteger),
    sa.Column("is_renewal", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("batch_id", sa.String(80)),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

entries = sa.Table(
    "target_activecampaign_entries",
    metadata,
    sa.Column("event_key", _KEY, primary_key=True),
    sa.Column("automation_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contact_key", _KEY, nullable=False, index=True),
    sa.Column("newest_before", sa.BigInteger, nullable=False),
    sa.Column("entry_id", sa.BigInteger),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

removals = sa.Table(
    "target_activecampaign_removals",
    metadata,
    sa.Column("contact_key", _KEY, primary_key=True),
    sa.Column("list_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

holdings = sa.Table(
    "target_activecampaign_holdings",
    metadata,
    sa.Column("item_key", _KEY, primary_key=True),
    sa.Column("contact_key", _KEY, nullable=False, index=True),
    sa.Column("product_id_key", _KEY),
    sa.Column("product_name_key", _KEY),
    sa.Column("is_held", sa.Boolean, nullable=False),
    sa.Column("is_subscription", sa.Boolean, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

# One row for each list or tag that an item claims; its key is a hash of both.
earned = sa.Table(
    "target_activecampaign_earned",
    metadata,
    sa.Column("claim_key", _KEY, primary_key=True),
    sa.Column("item_key", _KEY, nullable=False),
    sa.Column("contact_key", _KEY, nullable=False, index=True),
    sa.Column("effect_key", _KEY, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

trails = sa.Table(
    "target_activecampaign_offer_trails",
    metadata,
    sa.Column("offer_key", _KEY, primary_key=True),
    sa.Column("cart_moment", sa.BigInteger),
    sa.Column("other_moment", sa.BigInteger),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

# What became of each event, for people: rule titles and reasons hold nothing of a buyer.
outcomes = sa.Table(
    "target_activecampaign_outcomes",
    metadata,
    sa.Column("event_key", _KEY, primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("noted_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
)

BOUNDED: Final = (events, entries, removals, holdings, earned, trails, outcomes)
