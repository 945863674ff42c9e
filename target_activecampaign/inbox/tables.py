"""The table of the inbox."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

postbacks: Final = sa.Table(
    "ticto_inbox_postbacks",
    metadata,
    # SQLite counts by itself only in a column of type INTEGER, and gives no number twice only with
    # AUTOINCREMENT.
    sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    # Milliseconds since 1970, UTC.
    sa.Column("received_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("status", sa.String(64)),
    sa.Column("digest", sa.String(32), nullable=False, index=True),
    # Text, not JSON: kept as it came.
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("ix_ticto_inbox_postbacks_status_id", "status", "id"),
    sqlite_autoincrement=True,
)

# One row that a health check rewrites, to prove that the store takes what it is given.
health: Final = sa.Table(
    "ticto_inbox_health",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("checked_at", sa.BigInteger, nullable=False),
)

# One row, made with the tables: tells this inbox from another one of the same address.
identity: Final = sa.Table(
    "ticto_inbox_identity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("identity", sa.String(36), nullable=False),
)

# What has been fed in again from the panel, so that it is fed in once; or set aside there.
resends: Final = sa.Table(
    "ticto_inbox_resends",
    metadata,
    sa.Column("mark", sa.String(64), primary_key=True),
    # Milliseconds since 1970, UTC.
    sa.Column("sent_at", sa.BigInteger, nullable=False, index=True),
    # What it came in again as; null for what was set aside.
    sa.Column("postback_id", sa.BigInteger),
)
