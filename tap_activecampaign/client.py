"""Reading the account ahead: pages are fetched on a few threads while others are processed."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_activecampaign.pagination import Page, Workers
from tap_activecampaign.pagination.page import is_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterator, Mapping
    from concurrent.futures import Future

    from tap_activecampaign.api import ApiSession

    Body = Any

# How much of what was read ahead is held for streams that come later: some megabytes.
_HELD_CHARACTERS = 4_000_000
# How many requests for them may wait or be on their way, for each that may be in flight. While the
# last page of a stream is awaited nothing new is begun, and these have to last.
_UNFINISHED = 2


class Client:
    """Begin to read pages, and remember those that are wanted later or by several streams.

    Not thread-safe: the thread that runs the streams uses it, and its workers do the rest.

    Args:
        session: The account.

    Attributes:
        on_progress: Called when a stream has begun to read a page, or is done with some rows.
    """

    def __init__(self, session: ApiSession) -> None:
        self.session = session
        self.parallel = session.settings.max_concurrent_requests
        self._workers = Workers(self.parallel)
        self.on_progress: Callable[[], None] = lambda: None
        # With the name of the stream that will ask for it.
        self._ahead: dict[Hashable, tuple[str, Future[Page]]] = {}
        self._shared: dict[Hashable, Future[Page]] = {}
        self._ahead_for: str | None = None

    def begin_get(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        accepts: Callable[[Body], bool],
        to_page: Callable[[Body], Page],
    ) -> Future[Page]:
        """Begin to read a page, unless it was read ahead.

        Args:
            path: Path below ``/api/3/``.
            params: Query parameters.
            accepts: Says whether the body is what the path promises; else it is read again.
            to_page: Finds the rows in a body.
        """
        call = partial(self._get, path, params, accepts, to_page)
        return self._begin((path, *sorted(params.items())), call)

    def begin_call(self, key: Hashable, call: Callable[[ApiSession], Page]) -> Future[Page]:
        """Begin any other read, such as a GraphQL query, unless it was begun ahead."""
        return self._begin(key, partial(call, self.session))

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
            # Kept for all who read it, and so for none of them.
            self._ahead = {key: kept for key, kept in self._ahead.items() if kept[1] is not future}
        return future

    @property
    def may_look_ahead(self) -> bool:
        """Whether another page may be read ahead."""
        unfinished = characters = 0
        for _, future in self._ahead.values():
            if not future.done():
                unfinished += 1
            elif not is_lost(future):
                characters += future.result().characters
        return unfinished < _UNFINISHED * self.parallel and characters < _HELD_CHARACTERS

    @contextmanager
    def looking_ahead(self, name: str) -> Iterator[None]:
        """Keep the pages begun in this block for when the stream `name` asks for them again."""
        self._ahead_for = name
        try:
            yield
        finally:
            self._ahead_for = None

    def keep_ahead_for(self, names: Container[str]) -> None:
        """Let go of pages read ahead for any other stream: they were not asked for again."""
        for key, (name, future) in list(self._ahead.items()):
            if name not in names:
                future.cancel()
                del self._ahead[key]

    def close(self) -> None:
        """Let threads and connections go."""
        self._workers.close()
        self.session.close()

    def _begin(self, key: Hashable, call: Callable[[], Page]) -> Future[Page]:
        if self._ahead_for is None:
            _, future = self._ahead.pop(key, (None, None))
            future = future or self._workers.submit(call)
            self.on_progress()
            return future
        if key not in self._ahead:
            future = self._workers.submit(call, is_urgent=False)
            self._ahead[key] = (self._ahead_for, future)
        return self._ahead[key][1]

    def _get(
        self,
        path: str,
        params: Mapping[str, str],
        accepts: Callable[[Body], bool],
        to_page: Callable[[Body], Page],
    ) -> Page:
        return to_page(self.session.get(path, params, accepts=accepts))
