"""`python -m target_activecampaign.ticto_source` is `tap-ticto`."""

from target_activecampaign.ticto_source.tap import TapTicto

if __name__ == "__main__":
    TapTicto.cli()
