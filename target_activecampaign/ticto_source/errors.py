"""What can go wrong between tap-ticto and Ticto, in sentences that hold no token and no buyer."""

from __future__ import annotations


class TictoSourceError(Exception):
    """Orders cannot be read, and reading again would not help."""
