"""A stand-in for Ticto's API of orders, served over HTTP on loopback.

    with TictoSandbox(orders=200) as ticto:
        ...  # ticto.url, ticto.client_id, ticto.client_secret, ticto.book, ticto.faults

Or by itself: `python -m tests.sandbox.ticto --help`. It does what programs that use the API have
met: tokens by `client_credentials`, pages as Laravel makes them, one row for each item of each
charge, statuses that change in place. Where nobody knows what Ticto does (the order of rows, the
limit, the size of a page, what dates of a filter mean), a test chooses, see `TictoBehaviour`.
"""

from __future__ import annotations

from tests.sandbox.ticto.book import OrderBook
from tests.sandbox.ticto.server import TictoBehaviour, TictoSandbox

__all__ = ["OrderBook", "TictoBehaviour", "TictoSandbox"]
