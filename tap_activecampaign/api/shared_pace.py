"""The pace that several processes keep together, on one machine or many."""

from __future__ import annotations

import functools
import hashlib
import logging
import random
import threading
import time
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from tap_activecampaign.api.errors import SettingsError
from tap_activecampaign.api.pace import LocalStarts, Pace, Schedule
from tap_activecampaign.api.pace_stores import StoreAddress, StoreLostError, open_store
from tap_activecampaign.api.turns import AccountTurns, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.api.pace_stores import PaceStore
    from tap_activecampaign.api.settings import ApiSettings

logger = logging.getLogger(__name__)

# Between two looks whether a store that was lost is back, at most.
_LOOK_AGAIN_SECONDS = 2.0
# After it is back: as long as others may take to notice, so that nobody counts on a share that
# they still use.
_KEEP_SHARE_SECONDS = 7.0
# Each time that a change is overtaken, another process has made one.
_MOST_OVERTAKEN = 100

_Result = TypeVar("_Result")


def pace_for(settings: ApiSettings) -> Pace:
    """Return the one pace of this process for an account.

    Raises:
        SettingsError: If the store of a shared pace cannot be used.
    """
    return _pace(settings.base_url, settings.requests_per_second, settings.rate_limit_url)


@functools.cache
def _pace(base_url: str, requests_per_second: float, rate_limit_url: str | None) -> Pace:
    if rate_limit_url is None:
        return Pace(LocalStarts(requests_per_second))
    address = StoreAddress.from_setting(rate_limit_url)
    try:
        starts = SharedStarts(
            functools.partial(open_store, address),
            account_key(base_url),
            requests_per_second,
            place=address.place,
        )
    except StoreLostError as error:
        raise SettingsError(
            f"The setting rate_limit_url names {address.place}, which cannot be used: {error}."
        ) from None
    return Pace(starts)


def account_key(base_url: str) -> str:
    """Return what an account is filed under, the same for all its keys."""
    host = urlsplit(base_url).netloc.lower()
    # The number is that of the format of what is stored.
    return f"activecampaign:pace:1:{hashlib.sha256(host.encode()).hexdigest()[:32]}"


class SharedStarts:
    """Starts that processes take in turn, as a store tells them.

    While the store is gone, each takes an even share of the account's rate by itself.

    Args:
        open_store: Connects to the store.
        key: Of the account.
        requests_per_second: The permitted rate.
        place: Where the store is, for sentences.
        clock: A clock that never goes back, in seconds; used while the store is gone.
        look_again_seconds: Between two looks whether the store is back, at most.
        keep_share_seconds: How long the even share holds after it is back.

    Raises:
        StoreLostError: If the store cannot be used.
    """

    def __init__(  # noqa: PLR0913
        self,
        open_store: Callable[[], PaceStore],
        key: str,
        requests_per_second: float,
        *,
        place: str,
        clock: Callable[[], float] = time.monotonic,
        look_again_seconds: float = _LOOK_AGAIN_SECONDS,
        keep_share_seconds: float = _KEEP_SHARE_SECONDS,
    ) -> None:
        self._open_store = open_store
        self._key = key
        self._requests_per_second = requests_per_second
        self._place = place
        self._clock = clock
        self._look_again_seconds = look_again_seconds
        self._keep_share_seconds = keep_share_seconds
        self._process = uuid4().hex[:12]
        self._processes = 1
        self._answers = 0
        self._last_start: float | None = None
        self._store: PaceStore | None = open_store()
        self._found: PaceStore | None = None
        # In force while the store is gone, and for a while after.
        self._share: Schedule | None = None
        self._share_ends: float | None = None

    def seconds_until_start(self, *, is_retry: bool) -> float:
        """Return how long to wait before asking again, or 0.0 after taking a start."""
        self._return_to_store()
        if self._share is not None and (seconds := self._share.seconds_left(self._clock())):
            return seconds
        turn = self._change(functools.partial(self._ask, is_retry=is_retry))
        if turn is not None:
            self._processes = turn.processes
            self._answers = 0
            if turn.wait_seconds:
                return turn.wait_seconds
        now = self._clock()
        if self._share is not None and (seconds := self._share.seconds_until_start(now)):
            return seconds
        self._last_start = now
        return 0.0

    def limit_reached(self, wait_seconds: float) -> None:
        """Note a 429: nothing starts for `wait_seconds`, in no process."""

        def note(turns: AccountTurns, now: float) -> None:
            turns.limit_reached(now, wait_seconds, requests_per_second=self._requests_per_second)

        self._change(note)
        if self._share is not None:
            self._share.limit_reached(self._clock(), wait_seconds)

    def answered(self) -> None:
        """Note an answer within the limit. The store learns of it at the next start."""
        self._answers += 1
        if self._share is not None:
            self._share.answered()

    def _ask(self, turns: AccountTurns, now: float, *, is_retry: bool) -> Turn:
        return turns.ask(
            self._process,
            now,
            requests_per_second=self._requests_per_second,
            is_retry=is_retry,
            answers=self._answers,
        )

    def _change(self, change: Callable[[AccountTurns, float], _Result]) -> _Result | None:
        """Change what is shared and return the result; None if the store is gone."""
        if self._store is None:
            return None
        try:
            return self._changed_in(self._store, change)
        except StoreLostError:
            # Idle connections are cut by firewalls and servers: that is no outage.
            self._store.close()
        try:
            self._store = self._open_store()
            return self._changed_in(self._store, change)
        except (StoreLostError, SettingsError) as error:
            self._lose_store(error)
            return None

    def _changed_in(
        self, store: PaceStore, change: Callable[[AccountTurns, float], _Result]
    ) -> _Result:
        for _ in range(_MOST_OVERTAKEN):
            snapshot = store.read(self._key)
            turns = AccountTurns.from_text(snapshot.text)
            result = change(turns, snapshot.now)
            if store.replace(self._key, snapshot.text, turns.to_text()):
                return result
        raise StoreLostError("what is written to it is overtaken each time")

    def _lose_store(self, error: Exception) -> None:
        logger.warning(
            "%s, which rate_limit_url names, is lost: %s. Until it is back, this process sends "
            "no more than its share of the requests that the account allows, one of %d.",
            self._place,
            error,
            self._processes,
        )
        self._store = None
        self._share_ends = None
        if self._share is None:
            self._share = Schedule(self._requests_per_second / self._processes)
            if self._last_start is not None:
                # The starts of all lay evenly between each other, and so they go on.
                interval = self._share.interval_seconds
                self._share.state.next_start = self._last_start + interval
        threading.Thread(target=self._look_for_store, name="pace-store-look", daemon=True).start()

    def _look_for_store(self) -> None:
        while True:
            # Spread, so that a store that comes back is not met by all at once.
            time.sleep(self._look_again_seconds * random.uniform(0.5, 1))  # noqa: S311 - no secret
            try:
                self._found = self._open_store()
            except (StoreLostError, SettingsError):
                continue
            return

    def _return_to_store(self) -> None:
        """Use the store again that has been found, and end the share when its time is over."""
        if self._found is not None:
            self._store, self._found = self._found, None
            self._share_ends = self._clock() + self._keep_share_seconds
            logger.info("%s is back: the pace is shared again.", self._place)
        if self._share_ends is not None and self._clock() >= self._share_ends:
            self._share = self._share_ends = None
