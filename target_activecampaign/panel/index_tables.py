"""The tables of the panel's index."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

settings: Final = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
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
    # What became of it in the account where the most was done; null as long as nothing is known.
    sa.Column("outcome", sa.String(20)),
    # Holds all that the overview counts.
    sa.Index("ix_orders_day_event", "day", "event", "unusable"),
    sa.Index("ix_orders_day_outcome", "day", "outcome"),
    sa.Index("ix_orders_event", "event", "postback_id"),
    sa.Index("ix_orders_outcome", "outcome", "postback_id"),
)

# What a product is found by: its id, or its name where it has no id.
product_key: Final = sa.func.coalesce(orders.c.product_id, orders.c.product_name)
sa.Index("ix_orders_product", product_key, orders.c.postback_id)

# What orders have called their products and offers, so that forms can offer them.
names: Final = sa.Table(
    "names",
    metadata,
    sa.Column("kind", sa.String(10), primary_key=True),
    # An id or a code; the name where there is none.
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("name", sa.String(400), nullable=False),
)

# By which keys the target's ledger knows the orders: one for each account.
keys: Final = sa.Table(
    "keys",
    metadata,
    sa.Column("event_key", sa.String(40), primary_key=True),
    sa.Column("postback_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("account", sa.String(400), nullable=False),
    sa.Index("ix_keys_postback", "postback_id", "position"),
)

# What the ledger says of each key.
outcomes: Final = sa.Table(
    "outcomes",
    metadata,
    sa.Column("event_key", sa.String(40), primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text),
    # Titles, as a list in JSON.
    sa.Column("rules", sa.Text, nullable=False),
    # Seconds since 1970, UTC.
    sa.Column("noted_at", sa.BigInteger, nullable=False),
)

# Which rules an order has fired.
fired: Final = sa.Table(
    "fired",
    metadata,
    sa.Column("rule", sa.String(400), primary_key=True),
    sa.Column("postback_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Index("ix_fired_day", "day", "rule"),
)
