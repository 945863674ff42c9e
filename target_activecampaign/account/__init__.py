"""The ActiveCampaign accounts that rules write to: their names, their contacts."""

from __future__ import annotations
