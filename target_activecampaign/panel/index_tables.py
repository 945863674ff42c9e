"""The tables of the panel's index."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

settings: Final = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.String(400), nullable=False),
)

# One row for each order of a postback; one with a reason for a postback that holds none.
orders: Final = sa.Table(
    "orders",
    metadata,
    sa.Column("postback_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    # Milliseconds since 1970, UTC.
    sa.Column("received_at", sa.BigInteger, nullable=False, index=True),
    # The day in the seller's zone, counted as Python's `date.toordinal` does.
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("event", sa.String(64), nullable=False),
    # Seconds since 1970, UTC.
    sa.Column("status_date", sa.BigInteger),
    sa.Column("product_id", sa.String(200)),
    sa.Column("product_name", sa.String(400)),
    sa.Column("offer", sa.String(200)),
    sa.Column("offer_name", sa.String(400)),
    sa.Column("code", sa.String(200), index=True),
    sa.Column("email_shown", sa.String(400)),
    sa.Column("email_key", sa.String(24), index=True),
    # Why no rule can be applied to it.
    sa.Column("unusable", sa.String(400)),
    sa.Index("ix_orders_day_event", "day", "event"),
    sa.Index("ix_orders_event", "event", "postback_id"),
    sa.Index("ix_orders_product", "product_id", "postback_id"),
    sa.Index("ix_orders_offer", "offer", "product_id"),
)
