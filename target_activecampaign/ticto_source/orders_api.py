"""Pages of Ticto's orders API, from whoever answers them.

Known from programs that use the API: `GET /v1/orders/history?page=n` answers `data`, and `meta`
with `last_page` and `links` with `next` as Laravel does. Not known, so not relied on: the limit of
requests, the size of a page, the order of the rows, bodies of errors, and what date filters mean.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests

from tap_activecampaign.api.errors import (
    BrokenAnswerError,
    RateLimitedError,
    RetriableError,
    ServerFaultError,
    UnreachableError,
)
from tap_activecampaign.api.retries import retry_after_seconds, waits
from target_activecampaign.lenient_json import json_of
from target_activecampaign.ticto.values import count
from target_activecampaign.ticto_source.errors import TictoSourceError
from target_activecampaign.ticto_source.tokens import PATH as TOKEN_PATH
from target_activecampaign.ticto_source.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_activecampaign.ticto_source.settings import TictoApiSettings

logger = logging.getLogger(__name__)

_ORDERS_PATH: Final = "/v1/orders/history"
_LONGEST_UNASKED_WAIT_SECONDS: Final = 60.0
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Page:
    """A page of rows.

    Attributes:
        number: From 1 on.
        rows: As they came.
        has_next: Whether the server says that there is another page; None if it says nothing.
    """

    number: int
    rows: list[Any]
    has_next: bool | None


class OrdersApi:
    """Ticto's API, for one run.

    Args:
        settings: Where it is, and who asks.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self, settings: TictoApiSettings, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._http = requests.Session()
        self._http.headers.update({"Accept": "application/json", "User-Agent": settings.user_agent})
        self._tokens = Tokens(self._fetch_token)
        self._next_start = 0.0
        self._limits_in_a_row = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def pages(self) -> Iterator[Page]:
        """Yield pages from the first one until the server has no more.

        Raises:
            TictoSourceError: If a page cannot be read, or the server gives the same one again
                though it says that there are others.
        """
        before: Page | None = None
        number = 1
        while True:
            page = self.page(number)
            if before is not None and page.rows and page.rows == before.rows:
                if page.has_next is None:
                    return
                raise TictoSourceError(
                    f"Ticto's API answers page {number} with the rows of page {before.number}, so "
                    f"older orders cannot be read."
                )
            yield page
            if not page.rows or page.has_next is False:
                return
            before, number = page, number + 1

    def page(self, number: int) -> Page:
        """Return one page.

        Raises:
            TictoSourceError: If it cannot be read.
        """
        body = self._with_retries(lambda: self._get_page(number))
        return Page(number, body["data"], _has_next(body, number))

    # --- requests ---------------------------------------------------------------------------

    def _get_page(self, number: int) -> dict[str, Any]:
        response = self._get(number)
        if response.status_code == requests.codes.unauthorized:
            # One new token: the old one may have ended before its time.
            response = self._get(number)
        if response.status_code == requests.codes.unauthorized:
            raise TictoSourceError(
                "Ticto's API does not accept the token that it has just given: the client of "
                "client_id may not read orders."
            )
        body = self._body(response, f"GET {_ORDERS_PATH}")
        if not isinstance(body.get("data"), list):
            raise BrokenAnswerError(f"Ticto's answer to GET {_ORDERS_PATH} holds no rows")
        return body

    def _get(self, number: int) -> requests.Response:
        token = self._tokens.current()
        response = self._send(
            "GET",
            _ORDERS_PATH,
            params={"page": number},
            headers={"Authorization": f"Bearer {token}"},
        )
        if response.status_code == requests.codes.unauthorized:
            self._tokens.discard(token)
        return response

    def _fetch_token(self) -> dict[str, Any]:
        return self._with_retries(self._post_token)

    def _post_token(self) -> dict[str, Any]:
        response = self._send(
            "POST",
            TOKEN_PATH,
            data={
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
                "scope": "*",
            },
        )
        if response.status_code in {
            requests.codes.bad_request,
            requests.codes.unauthorized,
            requests.codes.forbidden,
            requests.codes.unprocessable,
        }:
            raise TictoSourceError(
                "Ticto does not accept client_id and client_secret. Compare them with Ticto's "
                "panel."
            )
        body = self._body(response, f"POST {TOKEN_PATH}")
        if not isinstance(body.get("access_token"), str) or not body["access_token"].isascii():
            raise BrokenAnswerError(f"Ticto's answer to POST {TOKEN_PATH} holds no token")
        return body

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        self._keep_pace()
        try:
            return self._http.request(
                method,
                f"{self._settings.base_url}{path}",
                timeout=self._settings.request_timeout_seconds,
                # The token goes to no other address.
                allow_redirects=False,
                **arguments,
            )
        except requests.RequestException as error:
            raise UnreachableError(
                f"Ticto gave no answer to {method} {path} ({type(error).__name__})"
            ) from None

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if now < self._next_start:
            self._sleep(self._next_start - now)
        self._next_start = max(now, self._next_start) + 1 / self._settings.requests_per_second

    def _body(self, response: requests.Response, what: str) -> dict[str, Any]:
        """Return the parsed body of a success, or raise what another answer means."""
        status = response.status_code
        wait_seconds = retry_after_seconds(response.headers.get("Retry-After"))
        if status == requests.codes.too_many_requests:
            self._limits_in_a_row += 1
            longer = min(2.0**self._limits_in_a_row, _LONGEST_UNASKED_WAIT_SECONDS)
            raise RateLimitedError(
                f"Ticto's request limit was reached at {what}",
                status=status,
                retry_after_seconds=longer if wait_seconds is None else wait_seconds,
                may_have_happened=False,
            )
        self._limits_in_a_row = 0
        if status >= requests.codes.server_error or status == requests.codes.request_timeout:
            raise ServerFaultError(
                f"Ticto failed at {what} with status {status}",
                status=status,
                retry_after_seconds=wait_seconds,
            )
        if status != requests.codes.ok:
            raise TictoSourceError(f"Ticto refused {what} with status {status}.")
        try:
            body = json_of(response.content.removeprefix(_BOM))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise BrokenAnswerError(f"Ticto's answer to {what} is not JSON, or cut short")
        return body

    def _with_retries(self, attempt: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Repeat a request as long as that may help."""
        retries = waits(self._settings.max_retries, repeatable=True)
        next(retries)
        while True:
            try:
                return attempt()
            except RetriableError as error:
                try:
                    seconds = retries.send(error)
                except StopIteration:
                    raise TictoSourceError(
                        f"{error}, also after {self._settings.max_retries} retries."
                    ) from None
                logger.info("%s; next try in %.1f seconds", error, seconds)
            self._sleep(seconds)


def _has_next(body: dict[str, Any], number: int) -> bool | None:
    meta, links = body.get("meta"), body.get("links")
    last_page = count(meta.get("last_page")) if isinstance(meta, dict) else None
    if last_page is not None:
        return number < last_page
    if isinstance(links, dict) and "next" in links:
        return bool(links["next"])
    return None
