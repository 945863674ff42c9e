"""Ticto's API over HTTP: tokens, pages of orders, and whatever may go wrong."""

from __future__ import annotations

import contextlib
import math
import random
import secrets
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from tests.sandbox.faults import Faults, broken
from tests.sandbox.limits import SlidingWindow
from tests.sandbox.ticto.book import OrderBook, Row, read
from tests.sandbox.wire import Reply, Request, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

_BASE = "/api"
_TOKEN = "security/oauth/token"
_ORDERS = "v1/orders/history"
_SUMMARY = "v1/orders/summary"
_CONTROL = "/_sandbox/"
_UNAUTHENTICATED = {"message": "Unauthenticated."}


@dataclass
class TictoBehaviour:
    """What nobody knows of Ticto's API, and what tests bend on purpose.

    Attributes:
        order: "newest_first", "oldest_first", "changed_first" (by `updated_at`), "shuffled",
            "newest_first_within_pages" (the oldest page first), or "first_page_only" (newest first
            on the first page, shuffled behind it).
        page_rows: rows of a page.
        meta: "full", "texts" (numbers as text) or "absent".
        links: whether `links` is there.
        ignore_page: whether every page is the first one.
        token_seconds: how long a token is accepted.
        told_token_seconds: what `expires_in` claims, where that is not the truth.
        requests_per_window: the limit; None for none.
        window_seconds: length of the limit's window.
        retry_after: whether a 429 says how long to wait.
        dates: how `filter[betweenDates]` is read: "day_first", "month_first" or "ignored".
        at_page: called with the number of each page before it is answered.
    """

    order: str = "newest_first"
    page_rows: int = 20
    meta: str = "full"
    links: bool = True
    ignore_page: bool = False
    token_seconds: float = 3600.0
    told_token_seconds: float | None = None
    requests_per_window: int | None = None
    window_seconds: float = 1.0
    retry_after: bool = True
    dates: str = "ignored"
    at_page: Callable[[int], object] | None = None


class TictoSandbox:
    """A stand-in for Ticto; use it as a context manager.

    Args:
        book: the seller's sales; by default some of each kind.
        client_id: what a client must say.
        client_secret: the secret beside it.
        host: loopback address to listen on.
        port: 0 picks a free one.
        behaviour: see `TictoBehaviour`.
        sales: see `OrderBook`, for the default book.
    """

    def __init__(
        self,
        book: OrderBook | None = None,
        *,
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-secret",
        host: str = "127.0.0.1",
        port: int = 0,
        behaviour: TictoBehaviour | None = None,
        **sales: Any,
    ) -> None:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("the sandbox listens on loopback only")
        self.book = book or OrderBook(**sales)
        self.client_id = client_id
        self.client_secret = client_secret
        self.behaviour = behaviour or TictoBehaviour()
        self.faults = Faults()
        self.requests: list[tuple[str, str, int]] = []
        self._tokens: dict[str, float] = {}
        self._limit = SlidingWindow(
            self.behaviour.requests_per_window, self.behaviour.window_seconds, time.monotonic
        )
        self._server = Server((host, port), self._answer)
        bound_host, bound_port = self._server.socket.getsockname()[:2]
        self.url = f"http://{bound_host}:{bound_port}{_BASE}"
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to serve."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close every connection."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        for connection in list(self._server.open_sockets):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def count(self, path: str = _ORDERS) -> int:
        """Return how many requests a path has had."""
        return Counter(asked for _, asked, _ in self.requests)[path]

    def expire_tokens(self) -> None:
        """Accept no token that has been given so far."""
        self._tokens.clear()

    # --- answering --------------------------------------------------------------------------

    def _answer(self, request: Request) -> Reply:
        if request.path.startswith(_CONTROL):
            return self._control(request)
        path = unquote(request.path.removeprefix(_BASE)).strip("/")
        reply = self._reply(request, path)
        self.requests.append((request.method, path, reply.status))
        return reply

    def _reply(self, request: Request, path: str) -> Reply:
        fault = self.faults.take(request.method, path)
        if fault is not None:
            return broken(fault, lambda: self._served(request, path))
        accepted, _, wait = self._limit.accept()
        if not accepted:
            headers = {"Retry-After": str(wait)} if self.behaviour.retry_after else {}
            return Reply(429, {"message": "Too Many Attempts."}, headers)
        return self._served(request, path)

    def _served(self, request: Request, path: str) -> Reply:
        if path == _TOKEN:
            return self._token(request)
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(given, 0.0) <= time.monotonic():
            return Reply(401, dict(_UNAUTHENTICATED))
        if request.method != "GET":
            return Reply(405, {"message": "Method Not Allowed"})
        if path == _ORDERS:
            return self._orders(request)
        if path == _SUMMARY:
            return Reply(200, self._summary())
        return Reply(404, {"message": "Not Found"})

    def _token(self, request: Request) -> Reply:
        if request.method != "POST":
            return Reply(405, {"message": "Method Not Allowed"})
        asked = request.body
        if not isinstance(asked, dict):
            asked = dict(parse_qsl(request.raw.decode("utf-8", "replace")))
        if asked.get("grant_type") != "client_credentials":
            return Reply(400, {"error": "unsupported_grant_type"})
        if (asked.get("client_id"), asked.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return Reply(
                401, {"error": "invalid_client", "message": "Client authentication failed"}
            )
        token = f"TESTE.{secrets.token_hex(16)}"
        self._tokens[token] = time.monotonic() + self.behaviour.token_seconds
        told = self.behaviour.told_token_seconds
        seconds = self.behaviour.token_seconds if told is None else told
        return Reply(
            200, {"token_type": "Bearer", "expires_in": int(seconds), "access_token": token}
        )

    def _orders(self, request: Request) -> Reply:
        behaviour = self.behaviour
        number = max(request.query.number("page", 1), 1)
        if behaviour.at_page is not None:
            behaviour.at_page(number)
        rows = self._sorted([row for row in self.book.rows if self._passes(row, request)])
        last = max(math.ceil(len(rows) / behaviour.page_rows), 1)
        shown = 1 if behaviour.ignore_page else number
        begin = (shown - 1) * behaviour.page_rows
        body: Row = {"data": rows[begin : begin + behaviour.page_rows]}
        if behaviour.meta != "absent":
            meta = {
                "current_page": number,
                "last_page": last,
                "per_page": behaviour.page_rows,
                "total": len(rows),
            }
            as_text = behaviour.meta == "texts"
            body["meta"] = {key: str(one) if as_text else one for key, one in meta.items()}
        if behaviour.links:
            here = f"{self.url}/{_ORDERS}?page="
            body["links"] = {
                "first": f"{here}1",
                "last": f"{here}{last}",
                "prev": f"{here}{number - 1}" if number > 1 else None,
                "next": f"{here}{number + 1}" if number < last else None,
            }
        return Reply(200, body)

    def _sorted(self, rows: list[Row]) -> list[Row]:
        order, size = self.behaviour.order, self.behaviour.page_rows
        newest_first = sorted(rows, key=lambda row: read(row["created_at"]), reverse=True)
        if order == "newest_first":
            return newest_first
        if order == "oldest_first":
            return newest_first[::-1]
        if order == "changed_first":
            return sorted(rows, key=lambda row: read(row["updated_at"]), reverse=True)
        if order == "newest_first_within_pages":
            oldest = newest_first[::-1]
            pages = [oldest[begin : begin + size] for begin in range(0, len(oldest), size)]
            return [row for page in pages for row in reversed(page)]
        shuffled = newest_first[size:] if order == "first_page_only" else newest_first
        random.Random(1).shuffle(shuffled)
        return [*newest_first[:size], *shuffled] if order == "first_page_only" else shuffled

    def _passes(self, row: Row, request: Request) -> bool:
        filters = {name: value for name, _, value in request.query.filters}
        status = filters.get("status")
        if status is not None and row["transaction"]["status"] != status:
            return False
        products = filters.get("products")
        if products is not None and str(row["product"]["id"]) not in products.split(","):
            return False
        between = filters.get("betweenDates")
        if between is None or self.behaviour.dates == "ignored":
            return True
        form = "%d/%m/%Y" if self.behaviour.dates == "day_first" else "%m/%d/%Y"
        try:
            begin, end = (
                datetime.strptime(text, form).date()  # noqa: DTZ007 - days of the filter
                for text in between.split(",")
            )
        except ValueError:
            return False
        return begin <= read(row["created_at"]).date() <= end

    def _summary(self) -> Row:
        rows = self.book.rows
        return {
            "total": sum(row["order_item"]["amount"] for row in rows),
            "total_items": len(rows),
            "bump_total": 0,
            "upsell_total": 0,
            "commission_sum": sum(row["commission"] for row in rows),
        }

    # --- controls for other processes -------------------------------------------------------

    def _control(self, request: Request) -> Reply:
        path = request.path.removeprefix(_CONTROL).strip("/")
        body = request.body if isinstance(request.body, dict) else {}
        if request.method == "GET" and path == "rows":
            return Reply(200, self.book.rows)
        if request.method == "GET" and path == "log":
            return Reply(200, self.requests)
        if path == "sell":
            return Reply(200, {"order": self.book.sell(status=body.get("status"))})
        if path == "change":
            self.book.change(body["order"], body["status"])
            return Reply(200, {})
        if path == "expire":
            self.expire_tokens()
            return Reply(200, {})
        return Reply(404, {"message": "Not Found"})
