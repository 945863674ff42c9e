"""Run the tap with ``python -m tap_activecampaign``."""

from __future__ import annotations

from tap_activecampaign.tap import TapActiveCampaign

TapActiveCampaign.cli()
