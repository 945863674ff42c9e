"""The HTTP side of the inbox: one path that takes postbacks, and one that tells how it is.

A postback is answered 200 after it has been committed, never before. 4xx says that sending it again
would not help; 503 asks the sender to come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from target_activecampaign.inbox.doubts import SECONDS_BETWEEN_SIGNS, Doubts, SignOfLife
from target_activecampaign.inbox.errors import (
    InboxError,
    StoreError,
    UnreadableBodyError,
    raised_at,
)
from target_activecampaign.inbox.request_body import RefusedRequestError, read_request
from target_activecampaign.inbox.settings import HEALTH_PATH
from target_activecampaign.inbox.store import NewPostback, milliseconds_now
from target_activecampaign.inbox.tally import Tally
from target_activecampaign.inbox.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from target_activecampaign.inbox.settings import InboxSettings
    from target_activecampaign.inbox.store import Store
    from target_activecampaign.inbox.supervisor import Supervisor

logger = logging.getLogger(__name__)

_MOST_UPLOAD_SECONDS: Final = 20.0
_MOST_COMMIT_SECONDS: Final = 15.0
_RETRY_AFTER_SECONDS: Final = 10
_HEALTH_KEPT_SECONDS: Final = 1.0
_SECONDS_BETWEEN_CLEANINGS: Final = 3600.0
_SECONDS_BETWEEN_TALLIES: Final = 10.0
_FORGOTTEN_TOGETHER: Final = 500
_MOST_IN_FLIGHT: Final = 20_000
_MILLISECONDS_PER_DAY: Final = 86_400_000


class Receiver:
    """Answers the inbox's requests.

    Args:
        settings: The inbox's settings.
        store: Where postbacks are kept.
        supervisor: What applies them, if that is wanted.
        most_upload_seconds: How long a sender may take for a body.
    """

    def __init__(
        self,
        settings: InboxSettings,
        store: Store,
        supervisor: Supervisor | None = None,
        *,
        most_upload_seconds: float = _MOST_UPLOAD_SECONDS,
    ) -> None:
        self._settings = settings
        self._store = store
        self._supervisor = supervisor
        self._most_upload_seconds = most_upload_seconds
        self._writer = GroupWriter(store)
        self._tally = Tally()
        self._doubts = Doubts()
        self._sign = SignOfLife(settings.data_dir)
        self._health_lock = asyncio.Lock()
        self._health: tuple[float, str | None] | None = None
        self._store_failed = False

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the inbox."""
        return [
            Route(HEALTH_PATH, self.tell_health, methods=["GET"]),
            Route(self._settings.path, _PostOnly(self.take_postback)),
        ]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write, clean up and apply while the server runs; finish what has begun when it ends."""
        if self._sign.killed_after is not None:
            await asyncio.to_thread(self._doubt_what_was_in_flight, self._sign.killed_after)
        self._sign.give()
        self._writer.start()
        upkeep = (self._clean_up(), self._log_tallies(), self._give_signs())
        tasks = [asyncio.create_task(one) for one in upkeep]
        if self._supervisor is not None:
            self._supervisor.start()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            if self._supervisor is not None:
                await self._supervisor.stop()
            await asyncio.to_thread(self._writer.stop)
            self._tally.log()
            self._sign.end()

    # --- postbacks --------------------------------------------------------------------------

    async def take_postback(self, request: Request) -> Response:
        """Answer a postback."""
        try:
            return await self._take(request)
        except RefusedRequestError as refusal:
            self._tally.count(f"refused ({refusal.reason})")
            # The rest of the body is not read, so the connection is of no further use.
            return _answer(refusal.status, refusal.reason, {"Connection": "close"})
        except UnreadableBodyError as error:
            self._tally.count("refused (unreadable)")
            return _answer(400, str(error))
        except StoreError as error:
            self._tell_store_failed(error)
            return self._come_back()
        except ClientDisconnect:
            self._tally.count("broken off by the sender")
            return _answer(400, "The body is incomplete.")
        except Exception as error:  # noqa: BLE001 - its text may quote a body
            logger.error("An unexpected %s (%s).", type(error).__name__, raised_at(error))  # noqa: TRY400
            return self._come_back()

    async def _take(self, request: Request) -> Response:
        body = await read_request(
            request,
            most_bytes=self._settings.max_body_bytes,
            most_seconds=self._most_upload_seconds,
        )
        tokens = self._settings.ticto_tokens
        if tokens and not body.carries_one_of(tokens):
            self._tally.count("refused (another token or none)")
            return _answer(401, "The token is not one that this inbox accepts.")
        kept = body.without(tokens)
        if self._doubts.settle(kept.digest) and await self._is_kept(kept.digest):
            self._tally.count("kept before")
            return _answer(200, "kept")
        await self._commit(NewPostback(milliseconds_now(), kept.text, kept.digest, kept.status))
        self._tally.count("kept")
        if await request.is_disconnected():
            self._doubts.add(kept.digest)
        return _answer(200, "kept")

    async def _is_kept(self, digest: str) -> bool:
        try:
            return bool(await asyncio.to_thread(self._store.known, [digest]))
        except StoreError:
            self._doubts.add(digest)
            raise

    async def _commit(self, postback: NewPostback) -> None:
        future = asyncio.wrap_future(self._writer.submit(postback))
        try:
            # A future that is given up is not written, unless its commit has begun.
            await asyncio.wait_for(future, _MOST_COMMIT_SECONDS)
        except (StoreError, asyncio.TimeoutError) as error:
            # The commit may have succeeded all the same.
            self._doubts.add(postback.digest)
            if isinstance(error, StoreError):
                raise
            raise StoreError("The store has not answered in time.") from None
        if self._store_failed:
            self._store_failed = False
            self._health = None
            logger.info("The store takes postbacks again.")

    def _tell_store_failed(self, error: StoreError) -> None:
        self._tally.count("asked to come back")
        if not self._store_failed:
            self._store_failed = True
            self._health = None
            logger.error("%s Postbacks are answered 503 until it works again.", error)

    @staticmethod
    def _come_back() -> Response:
        return _answer(
            503,
            "The postback could not be kept now; send it again.",
            {"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )

    # --- health -----------------------------------------------------------------------------

    async def tell_health(self, _request: Request) -> Response:
        """Say whether the store can be written, and how the last run of the target went."""
        fault = await self._store_fault()
        told: dict[str, Any] = {"store": "unavailable" if fault else "ok"}
        if self._supervisor is not None:
            told["apply"] = self._supervisor.status()
        headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)} if fault else {}
        return JSONResponse(told, 503 if fault else 200, headers)

    async def _store_fault(self) -> str | None:
        """Return why the store cannot be written; asked again after a second."""
        async with self._health_lock:
            now = time.monotonic()
            if self._health is None or now - self._health[0] > _HEALTH_KEPT_SECONDS:
                self._health = (now, await self._proved())
            return self._health[1]

    async def _proved(self) -> str | None:
        try:
            await asyncio.wait_for(
                asyncio.to_thread(self._store.prove_writable), _MOST_COMMIT_SECONDS
            )
        except (StoreError, asyncio.TimeoutError) as error:
            return str(error) or "no answer in time"
        return None

    # --- upkeep -----------------------------------------------------------------------------

    def _doubt_what_was_in_flight(self, since: float) -> None:
        """Doubt the answers to what was kept shortly before the last receiver was killed."""
        try:
            digests = self._store.digests_since(int(since * 1000), limit=_MOST_IN_FLIGHT)
        except StoreError as error:
            logger.warning("What was in flight before cannot be looked up: %s", error)
            return
        for digest in digests:
            self._doubts.add(digest)

    async def _give_signs(self) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_SIGNS)
            try:
                self._sign.give()
            except InboxError as error:
                logger.warning("%s", error)

    async def _clean_up(self) -> None:
        while True:
            try:
                await self._forget_old()
            except StoreError as error:
                logger.warning("Old postbacks are not deleted now: %s", error)
            await asyncio.sleep(_SECONDS_BETWEEN_CLEANINGS)

    async def _forget_old(self) -> None:
        oldest = milliseconds_now() - self._settings.retention_days * _MILLISECONDS_PER_DAY
        deleted = _FORGOTTEN_TOGETHER
        while deleted == _FORGOTTEN_TOGETHER:
            deleted = await asyncio.to_thread(
                self._store.forget_before, oldest, most=_FORGOTTEN_TOGETHER
            )

    async def _log_tallies(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_TALLIES)
            self._tally.log_if_due()


class _PostOnly:
    """An application that answers 405 to every method but POST.

    A route that leaves other methods alone would leave them to the pages behind it.

    Args:
        take: Answers a POST.
    """

    def __init__(self, take: Callable[[Request], Awaitable[Response]]) -> None:
        self._take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["method"] == "POST":
            response = await self._take(Request(scope, receive, send))
        else:
            response = _answer(405, "Postbacks come by POST.", {"Allow": "POST"})
        await response(scope, receive, send)


def create_app(
    settings: InboxSettings,
    store: Store,
    *,
    supervisor: Supervisor | None = None,
    extra_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the application.

    Args:
        settings: The inbox's settings.
        store: Where postbacks are kept.
        supervisor: What applies them, if that is wanted.
        extra_routes: Further pages; the inbox's own paths come first.
    """
    receiver = Receiver(settings, store, supervisor)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with receiver.running():
            yield

    app = Starlette(routes=[*receiver.routes(), *extra_routes], lifespan=lifespan)
    app.router.redirect_slashes = False
    return app


def _answer(status: int, said: str, headers: dict[str, str] | None = None) -> Response:
    key = "status" if status < 400 else "error"  # noqa: PLR2004 - where errors begin in HTTP
    return JSONResponse({key: said}, status, headers)
