"""What can go wrong with a delivery as a whole."""

from __future__ import annotations

from tap_activecampaign.api import ApiError


class DeliveryIncompleteError(ApiError):
    """Something that ActiveCampaign was given has not come to its end; the next run asks again."""
