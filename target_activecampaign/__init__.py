"""Singer target for ActiveCampaign: Ticto orders become lists and tags."""

from __future__ import annotations
