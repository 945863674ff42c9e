"""The sandbox: an ActiveCampaign account behind a real HTTP server on loopback."""

from __future__ import annotations

import contextlib
import fnmatch
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.sandbox.account import STAMPS_FOLLOW, Account
from tests.sandbox.clock import SERVER_ZONE
from tests.sandbox.control import Control
from tests.sandbox.faults import Faults, broken
from tests.sandbox.limits import SlidingWindow
from tests.sandbox.log import LoggedRequest, RequestLog
from tests.sandbox.reads import Reads
from tests.sandbox.settings import Behaviour
from tests.sandbox.wire import Reply, Request, Server
from tests.sandbox.writes import Writes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from tests.sandbox.sizes import IdGaps

_API = "/api/3/"
_CONTROL = "/_sandbox/"
_FORBIDDEN = {"message": "Forbidden"}


class Sandbox:
    """A stand-in for one account; use it as a context manager.

    Args:
        contacts: number of contacts; other collections follow in proportion.
        seed: decides every value.
        latency_seconds: how long each answer is held back.
        requests_per_second: the account's limit; None for none.
        token: what the header Api-Token must say.
        host: loopback address to listen on.
        port: 0 picks a free one.
        id_gaps: "even" or "uneven" gaps between ids.
        stamps_follow: collections whose changes move the stamps of their contact.
        offset_zone: zone of stamps that carry an offset.
        request_log: file that gets a JSON line per answered request.
        **behaviour: see `Behaviour`.
    """

    def __init__(
        self,
        *,
        contacts: int = 1000,
        seed: int = 7,
        latency_seconds: float = 0.0,
        requests_per_second: int | None = 5,
        token: str = "sandbox-token",
        host: str = "127.0.0.1",
        port: int = 0,
        id_gaps: IdGaps = "even",
        stamps_follow: Collection[str] = STAMPS_FOLLOW,
        offset_zone: str = SERVER_ZONE,
        request_log: Path | None = None,
        **behaviour: Any,
    ) -> None:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("the sandbox listens on loopback only")
        self.token = token
        self.latency_seconds = latency_seconds
        self.behaviour = Behaviour(**behaviour)
        self.faults = Faults()
        self._server = Server((host, port), self._answer)
        bound_host, bound_port = self._server.socket.getsockname()[:2]
        self.url = f"http://{bound_host}:{bound_port}"
        self.account = Account(
            contacts=contacts,
            seed=seed,
            id_gaps=id_gaps,
            stamps_follow=stamps_follow,
            offset_zone=offset_zone,
            base_url=self.url,
        )
        self._limit = SlidingWindow(requests_per_second, 1.0, time.monotonic)
        self._log = RequestLog(request_log)
        self._hooks: list[Callable[[Request, Account], object]] = []
        self._reads = Reads(self.account, self.behaviour)
        self._writes = Writes(self.account, self.behaviour, self.faults)
        self._control = Control(self)
        self._thread: threading.Thread | None = None

    # --- life -------------------------------------------------------------------------------

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
        self._log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- controls ---------------------------------------------------------------------------

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, control requests excluded."""
        return self._log.entries()

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._log.clear()

    def hook(self, function: Callable[[Request, Account], object]) -> None:
        """Call a function with (request, account) before each request is answered."""
        self._hooks.append(function)

    # --- answering --------------------------------------------------------------------------

    def _answer(self, request: Request) -> Reply:
        if request.path.startswith(_CONTROL):
            return self._control.answer(request)
        started_at = time.monotonic()
        path = unquote(request.path.removeprefix(_API)).strip("/")
        entry = LoggedRequest(
            request.method, path, request.query.logged, 0, request.body, started_at
        )
        self._log.add(entry)
        reply = self._reply(request, path, entry)
        wait = started_at + self.latency_seconds - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        if reply.hang_seconds is None and not reply.reset:
            entry.status = reply.status
        self._log.answered(entry)
        return reply

    def _reply(self, request: Request, path: str, entry: LoggedRequest) -> Reply:
        if request.headers.get("api-token") != self.token:
            return Reply(403, b"" if self.behaviour.bad_token == "empty" else dict(_FORBIDDEN))
        if not request.path.startswith(_API):
            return Reply(404, {"message": "Not Found"})
        accepted, remaining, wait = self._limit.accept()
        if not accepted:
            reply = Reply(429, {"message": "Too Many Requests"}, {"Retry-After": str(wait)})
        else:
            reply = self._accepted(request, path, entry)
        if self._limit.most is not None:
            reply.headers["RateLimit-Limit"] = str(self._limit.most)
            reply.headers["RateLimit-Remaining"] = str(remaining)
        return reply

    def _accepted(self, request: Request, path: str, entry: LoggedRequest) -> Reply:
        fault = self.faults.take(request.method, path)
        for function in self._hooks:
            function(request, self.account)
        if fault is None:
            return self._served(request, path)
        entry.fault = fault.kind
        if request.method == "GET" or path == _GRAPHQL:
            return broken(fault, lambda: self._served(request, path))
        if fault.after_effect:
            reply = self._served(request, path)
            return broken(fault, lambda: reply)
        return broken(fault, lambda: Reply(200, {"message": "The request was not carried out."}))

    def _served(self, request: Request, path: str) -> Reply:
        for globs, reply in (
            (self.behaviour.forbidden, _no_permission),
            (self.behaviour.not_found, _not_found),
        ):
            if any(_under(path, glob) for glob in globs):
                return reply(path)
        with self.account.lock:
            self.account.settle()
            if request.method == "GET" and path == "import/info":
                return self._writes.imports.info(request.query)
            if request.method == "GET" and path == "import/bulk_import":
                return self._writes.imports.summary()
            if request.method == "GET":
                return self._reads.answer(path, request.query)
            reply_ = self._writes.answer(request, path)
            if reply_ is not None:
                return reply_
        status = 405 if self._reads.knows(path) else 404
        return Reply(status, {"message": "Method Not Allowed" if status == 405 else "Not Found"})


_GRAPHQL = "ecom/graphql"


def _under(path: str, glob: str) -> bool:
    return fnmatch.fnmatchcase(path, glob) or path.startswith(f"{glob}/")


def _no_permission(path: str) -> Reply:
    detail = f"You do not have permission to view {path.partition('/')[0]}."
    body = {"errors": [{"status": 403, "title": "Forbidden", "detail": detail}]}
    return Reply(403, body, content_type="text/plain;charset=UTF-8")


def _not_found(_path: str) -> Reply:
    body = {"errors": [{"status": 404, "title": "Not Found", "detail": "Resource not found"}]}
    return Reply(404, body)
