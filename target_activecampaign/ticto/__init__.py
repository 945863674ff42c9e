"""Ticto's order records in one normal form."""

from __future__ import annotations

from target_activecampaign.ticto.fields import value_at
from target_activecampaign.ticto.order import Order, Product
from target_activecampaign.ticto.phones import PHONE_FORMATS, Phone, format_phone
from target_activecampaign.ticto.recognise import orders_in

__all__ = ["PHONE_FORMATS", "Order", "Phone", "Product", "format_phone", "orders_in", "value_at"]
