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

BOUNDED: Final = (events, entries, removals)
