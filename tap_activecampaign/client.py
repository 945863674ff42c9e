"""Reading the account ahead: pages are fetched on a few threads while others are processed."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_activecampaign.fetching import Page, Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from concurrent.futures import Future

    from tap_activecampaign.api import ApiSession

    Body = Any


class Client:
    """Begin to read pages, and remember those that are wanted later or by several streams.

    Not thread-safe: the thread that runs the streams uses it, and its workers do the rest.

    Args:
        session: The account.
    """

    def __init__(self, session: ApiSession) -> None:
        self.session = session
        self.parallel = session.settings.max_concurrent_requests
        self._workers = Workers(self.parallel)
        self._ahead: dict[Hashable, Future[Page]] = {}
        self._shared: dict[Hashable, Future[Page]] = {}
        self._keeps_ahead = False

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

    def shared(self, key: Hashable, begin: Callable[[], Future[Page]]) -> Future[Page]:
        """Return a page that several streams read; it is fetched once."""
        future = self._shared.get(key)
        if future is None or (future.done() and future.exception()):
            future = self._shared[key] = begin()
        return future

    @property
    def may_look_ahead(self) -> bool:
        """Whether another page may be read ahead."""
        return len(self._ahead) < self.parallel

    @contextmanager
    def looking_ahead(self) -> Iterator[None]:
        """Keep the pages begun in this block for when they are asked for again."""
        self._keeps_ahead = True
        try:
            yield
        finally:
            self._keeps_ahead = False

    def close(self) -> None:
        """Let threads and connections go."""
        self._workers.close()
        self.session.close()

    def _begin(self, key: Hashable, call: Callable[[], Page]) -> Future[Page]:
        future = self._ahead.pop(key, None) or self._workers.submit(call)
        if self._keeps_ahead:
            self._ahead[key] = future
        return future

    def _get(
        self,
        path: str,
        params: Mapping[str, str],
        accepts: Callable[[Body], bool],
        to_page: Callable[[Body], Page],
    ) -> Page:
        return to_page(self.session.get(path, params, accepts=accepts))
