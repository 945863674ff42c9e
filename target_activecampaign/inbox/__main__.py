"""`python -m target_activecampaign.inbox` is `ticto-inbox`."""

from target_activecampaign.inbox.cli import main

if __name__ == "__main__":
    main(prog_name="ticto-inbox")
