"""Pages are fetched on a few threads, also those of streams whose turn comes later.

Most streams are of a page or two and must not wait for each other. So whenever the stream that is
read gets on, pages of the streams after it are begun as well, within bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tap_activecampaign.pagination.page import is_lost
from tap_activecampaign.pagination.request_metrics import RequestMetrics
from tap_activecampaign.pagination.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from concurrent.futures import Future

    import requests

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.pagination.page import Page, Row
    from tap_activecampaign.pagination.request_metrics import Endpoint
    from tap_activecampaign.pagination.scan import Scan

    Call = Callable[[ApiSession], Page]
    OpenSession = Callable[[Callable[[requests.Response], None]], ApiSession]

# How much of what was begun ahead is held for streams that come later: some megabytes.
_HELD_CHARACTERS = 4_000_000
# How many requests for them may wait or be on their way, for each that may be in flight. While the
# last page of a stream is awaited nothing new is begun, and these have to last.
_UNFINISHED = 2


class PageFetcher:
    """Fetch pages of one account on its own threads.

    Not thread-safe: the thread that runs the streams uses it, and its workers do the rest.

    Args:
        open_session: Opens the account when the first page is wanted. The session calls its
            argument with each HTTP response, on the thread that waited for it.
    """

    def __init__(self, open_session: OpenSession) -> None:
        self._open_session = open_session
        self._session: ApiSession | None = None
        self._workers: Workers | None = None
        self._shared: dict[Hashable, Future[Page]] = {}
        self._requests = RequestMetrics()

    @property
    def session(self) -> ApiSession:
        """The account."""
        if self._session is None:
            self._session = self._open_session(self._requests.note)
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether the account was opened."""
        return self._session is not None

    def account_answers(self) -> bool:
        """Return whether the account as a whole can be read."""
        return self.session.answers()

    @property
    def parallel(self) -> int:
        """How many requests are in flight at most."""
        return self.session.settings.max_concurrent_requests

    def submit(self, endpoint: Endpoint, call: Call, *, is_urgent: bool = True) -> Future[Page]:
        """Begin to fetch a page.

        Args:
            endpoint: What it is for.
            call: Fetches it.
            is_urgent: Whether it goes before pages of streams whose turn comes later.
        """
        session = self.session
        if self._workers is None:
            self._workers = Workers(self.parallel)

        def fetch() -> Page:
            with self._requests.of(endpoint):
                return call(session)

        return self._workers.submit(fetch, is_urgent=is_urgent)

    def shared(
        self, key: Hashable, begin: Callable[[], Future[Page]], *, renew: bool = False
    ) -> Future[Page]:
        """Return a page that several streams read; it is fetched once.

        Args:
            key: What identifies it.
            begin: Begins to fetch it.
            renew: Whether it must be fetched again, because its rows have moved.
        """
        future = self._shared.get(key)
        if future is None or renew or is_lost(future):
            future = self._shared[key] = begin()
        return future

    def log_requests(self, endpoint: Endpoint) -> None:
        """Log how many HTTP requests a stream made, as the SDK's metric of that name."""
        self._requests.log_count(endpoint)

    def close(self) -> None:
        """Stop the worker threads and close the connections."""
        if self._workers is not None:
            self._workers.close()
        if self._session is not None:
            self._session.close()


class PageLane:
    """Begins the pages of one stream, and knows those begun before the stream's turn.

    Args:
        fetcher: Fetches them.
        endpoint: What they are for.
        on_progress: Called whenever the stream gets on while it is read.
    """

    def __init__(
        self, fetcher: PageFetcher, endpoint: Endpoint, on_progress: Callable[[], None]
    ) -> None:
        self._fetcher = fetcher
        self._endpoint = endpoint
        self._on_progress = on_progress
        # None once the stream's turn has come: from then on nothing is ahead of it.
        self._ahead: list[Future[Page]] | None = []

    @property
    def parallel(self) -> int:
        """How many requests are in flight at most."""
        return self._fetcher.parallel

    @property
    def name(self) -> str:
        """Name of the stream."""
        return self._endpoint.stream

    def begin(self, call: Call) -> Future[Page]:
        """Begin to fetch a page."""
        future = self._submit(call)
        if self._ahead is not None:
            self._ahead.append(future)
        return future

    def begin_shared(self, key: Hashable, call: Call, *, renew: bool) -> Future[Page]:
        """Begin to fetch a page that several streams read, unless one of them has.

        Args:
            key: What identifies it.
            call: Fetches it.
            renew: Whether it must be fetched again, because its rows have moved.
        """
        # Kept for all who read it, and so counted for none of them.
        return self._fetcher.shared(key, lambda: self._submit(call), renew=renew)

    def _submit(self, call: Call) -> Future[Page]:
        return self._fetcher.submit(self._endpoint, call, is_urgent=self._ahead is None)

    def read(self, scan: Scan) -> Iterator[list[Row]]:
        """Yield the rows of a scan; pages of later streams are begun whenever it gets on."""
        scan.begin_next_page()
        self._on_progress()
        for rows in scan:
            self._on_progress()
            yield rows

    def take_turn(self) -> None:
        """Note that the stream is read from now on."""
        self._ahead = None

    def let_go(self) -> None:
        """Let go of the pages begun ahead: they are not wanted after all."""
        for future in self._ahead or ():
            future.cancel()
        self._ahead = []

    @property
    def unfinished(self) -> int:
        """How many pages begun ahead have not arrived."""
        return sum(not future.done() for future in self._ahead or ())

    @property
    def held_characters(self) -> int:
        """About how much text the pages hold that arrived ahead."""
        return sum(
            future.result().characters
            for future in self._ahead or ()
            if future.done() and not is_lost(future)
        )


class Prefetchable(Protocol):
    """A stream whose pages may be begun before its turn."""

    @property
    def lane(self) -> PageLane:
        """Where its pages are begun."""

    def prefetch(self) -> bool | None:
        """Begin one more page; see `Scan.begin_next_page`."""


class Prefetcher:
    """Keep the account busy with pages of the streams that come next. The nearest comes first.

    Args:
        fetcher: The account.
    """

    def __init__(self, fetcher: PageFetcher) -> None:
        self.fetcher = fetcher
        self._upcoming: dict[str, Prefetchable] = {}
        # Streams of which nothing more can be begun; asking each of them again takes time.
        self._exhausted: set[str] = set()

    def lane(self, endpoint: Endpoint) -> PageLane:
        """Return the lane of a stream that has not been read yet."""
        return PageLane(self.fetcher, endpoint, self.go_on)

    def turn_to(self, lane: PageLane, following: Sequence[Prefetchable]) -> None:
        """Note which stream is read now, and which are read after it, in their order."""
        upcoming = {stream.lane.name: stream for stream in following}
        for name, stream in self._upcoming.items():
            if name != lane.name and name not in upcoming:
                stream.lane.let_go()
        self._upcoming = upcoming
        lane.take_turn()

    def go_on(self) -> None:
        """Begin pages until enough of them are under way or held."""
        if not self.fetcher.session.token_is_proven:
            return
        for name, stream in self._upcoming.items():
            if name in self._exhausted:
                continue
            begun: bool | None = True
            while begun:
                if not self.may_go_on:
                    return
                begun = stream.prefetch()
            if begun is None:
                self._exhausted.add(name)

    @property
    def may_go_on(self) -> bool:
        """Whether another page may be begun ahead."""
        lanes = [stream.lane for stream in self._upcoming.values()]
        return (
            sum(lane.unfinished for lane in lanes) < _UNFINISHED * self.fetcher.parallel
            and sum(lane.held_characters for lane in lanes) < _HELD_CHARACTERS
        )
