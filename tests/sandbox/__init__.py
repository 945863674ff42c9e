"""A faithful stand-in for an ActiveCampaign account, served over HTTP on loopback.

    with Sandbox(contacts=1000, requests_per_second=5) as sandbox:
        ...  # sandbox.url, sandbox.token, sandbox.account, sandbox.requests, sandbox.faults

Or by itself: `python -m tests.sandbox --help`. It follows ActiveCampaign's public API reference
and what is known of live accounts, never the needs of a client.
"""

from __future__ import annotations

from tests.sandbox.account import Account
from tests.sandbox.log import LoggedRequest
from tests.sandbox.server import Sandbox

__all__ = ["Account", "LoggedRequest", "Sandbox"]
