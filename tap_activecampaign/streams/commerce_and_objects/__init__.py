"""E-commerce and custom objects."""

from __future__ import annotations

from tap_activecampaign.stream_types import streams_in
from tap_activecampaign.streams.commerce_and_objects import (
    custom_objects,
    customers,
    orders,
    products,
)

STREAMS = streams_in(
    customers,
    orders,
    products,
    custom_objects,
)
