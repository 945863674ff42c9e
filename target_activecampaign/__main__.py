"""Run the target: ``python -m target_activecampaign``."""

from __future__ import annotations

from target_activecampaign.target import TargetActiveCampaign

TargetActiveCampaign.cli()
