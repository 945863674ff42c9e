"""Requests to one ActiveCampaign account: paced, repeated where that helps, parsed or refused."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import backoff
import requests
from requests.adapters import HTTPAdapter

from tap_activecampaign.api.embedded_errors import error_within
from tap_activecampaign.api.errors import (
    AccessDeniedError,
    ApiError,
    BrokenAnswerError,
    InvalidTokenError,
    PassingDenialError,
    RateLimitedError,
    RequestRefusedError,
    RetriableError,
    UnreachableError,
)
from tap_activecampaign.api.json_body import RepairLog
from tap_activecampaign.api.request import Answer, ApiRequest
from tap_activecampaign.api.responses import DENIALS, clock_ahead, error_for, is_success, parsed
from tap_activecampaign.api.retries import seconds_before_retry, waits
from tap_activecampaign.api.shared_pace import pace_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_activecampaign.api.pace import Pace
    from tap_activecampaign.api.settings import ApiSettings

logger = logging.getLogger(__name__)
# At DEBUG level it logs queries, which may hold e-mail addresses.
logging.getLogger("urllib3").setLevel(logging.WARNING)

# The cheapest call that every key may make.
_TOKEN_CHECK_PATH = "users/me"  # noqa: S105 - a path
_TOKEN_CHECKS = 2
_TRIES_OF_ANSWERS = 3


class ApiSession:
    """One account, one token, pooled connections. Safe to use from several threads.

    Args:
        settings: The account and how hard it may be used.
        pace: The pace to keep; the account's shared one if left out.
        on_response: Called with each HTTP response, on the thread that waited for it.
    """

    def __init__(
        self,
        settings: ApiSettings,
        *,
        pace: Pace | None = None,
        on_response: Callable[[requests.Response], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self._on_response = on_response
        self._pace = pace or pace_for(settings)
        self._http = requests.Session()
        self._http.headers.update(
            {
                "Api-Token": settings.api_token,
                "Accept": "application/json",
                "User-Agent": settings.user_agent,
            }
        )
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=settings.max_concurrent_requests)
        self._http.mount(settings.base_url, adapter)
        self._token_proven = threading.Event()
        self._token_check = threading.Lock()
        self._clock_ahead: timedelta | None = None
        self._repairs = RepairLog()

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is at most ahead of the server's; 0 if it is behind."""
        return self._clock_ahead or timedelta(0)

    @property
    def token_is_proven(self) -> bool:
        """Whether the account has accepted the token."""
        return self._token_proven.is_set()

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        accepts: Callable[[Any], bool] | None = None,
    ) -> Any:
        """Read a path and return the parsed body. See `send`."""
        return self.send(ApiRequest("GET", path, params=params, accepts=accepts)).body

    def send(self, request: ApiRequest) -> Answer:
        """Send a request until it is answered for good.

        Returns:
            The status, and the parsed JSON body: ``{}`` for an answer without one (204).

        Raises:
            InvalidTokenError: If the account does not accept the token.
            AccessDeniedError: On a lasting 403 or 401 of this path.
            NotFoundError: On 404.
            RequestRefusedError: On any other refusal.
            RetriableError: If all repetitions failed; the subclass says how the last one did.
        """
        tries = _Tries(request)

        def attempt() -> Answer:
            done = tries.already_done()
            if done is not None:
                return done
            tries.count += 1
            return self._send_once(request, is_retry=tries.count > 1)

        # Waiting is decided by the error, so the library's own jitter and limits are off.
        persistent = backoff.on_exception(
            waits,
            RetriableError,
            giveup=tries.is_of_the_look,
            jitter=None,
            logger=None,
            on_backoff=_log_retry,
            max_retries=self.settings.max_retries,
            repeatable=request.may_be_repeated,
            may_ask_too_much=request.may_ask_too_much,
        )(attempt)
        try:
            return persistent()
        except PassingDenialError as denial:
            # A token that was withdrawn meanwhile denies everything.
            self._token_proven.clear()
            self._refuse_bad_token()
            raise AccessDeniedError(
                f"ActiveCampaign does not permit {request.method} {request.path} with this API "
                f"token",
                status=denial.status,
                body=denial.body,
            ) from None

    def _send_once(self, request: ApiRequest, *, is_retry: bool) -> Answer:
        response = self._exchange(request, is_retry=is_retry)
        self._on_response(response)
        status = response.status_code
        if is_success(status):
            # Even a deletion is answered with "{}" (ActiveCampaign API reference).
            what = f"{request.method} {request.path}"
            body = parsed(response, what, empty_allowed=status == requests.codes.no_content)
            if request.accepts is None or request.accepts(body.content):
                self._token_proven.set()
                self._pace.answered()
                self._repairs.tell(what, body.repairs)
                if self._clock_ahead is None:
                    self._clock_ahead = clock_ahead(response.headers.get("Date"))
                return Answer(status, body.content)
            error: ApiError = error_within(body.content, what, status)
        else:
            error = error_for(response, request.method, request.path)
        if isinstance(error, RateLimitedError):
            self._pace.limit_reached(seconds_before_retry(error, 0))
        elif isinstance(error, PassingDenialError):
            if not response.content.strip():
                # How a bad token is answered; what a user may not do comes with a reason.
                self._token_proven.clear()
            self._refuse_bad_token()
        else:
            self._pace.answered()
        raise error

    def _exchange(self, request: ApiRequest, *, is_retry: bool = False) -> requests.Response:
        what = f"{request.method} {request.path}"
        url = self.settings.base_url + request.path
        to_send = requests.Request(request.method, url, params=request.params, json=request.body)
        try:
            prepared = self._http.prepare_request(to_send)
            options = self._http.merge_environment_settings(prepared.url, {}, None, None, None)
            # Last of all, so that nothing but the network delays what may be sent now.
            self._pace.wait(is_retry=is_retry)
            return self._http.send(
                prepared,
                timeout=self.settings.request_timeout_seconds,
                # A redirect would carry the token to wherever it points.
                allow_redirects=False,
                **options,
            )
        except requests.ConnectTimeout:
            raise UnreachableError(
                f"{self._host} did not accept a connection for {what} in time",
                may_have_happened=False,
            ) from None
        except requests.Timeout:
            raise UnreachableError(
                f"{self._host} did not answer {what} within "
                f"{self.settings.request_timeout_seconds:g} seconds",
            ) from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise UnreachableError(
                f"The connection to {self._host} failed during {what}",
                may_have_happened=not _never_connected(error),
            ) from None
        except requests.exceptions.ContentDecodingError:
            raise BrokenAnswerError(f"The answer to {what} could not be decompressed") from None
        except requests.RequestException as error:
            # The library's own text may quote the URL with its query.
            raise RequestRefusedError(
                f"{what} could not be sent: {type(error).__name__}",
            ) from None

    def answers(self) -> bool:
        """Return whether the account answers the call that every user may make.

        Tells a path that does not work from an account, a server or a network that does not.
        """
        return any(self._answers_once() for _ in range(_TRIES_OF_ANSWERS))

    def _answers_once(self) -> bool:
        try:
            response = self._exchange(ApiRequest("GET", _TOKEN_CHECK_PATH), is_retry=True)
            parsed(response, f"GET {_TOKEN_CHECK_PATH}", empty_allowed=False)
        except ApiError:
            return False
        return is_success(response.status_code)

    def _refuse_bad_token(self) -> None:
        """Tell a token that is no good from a path that is not permitted.

        A body tells them apart by ActiveCampaign's reference: none for a bad token, JSON for what
        its user may not do. Older answers have JSON for both, and proxies have their own, so the
        account is asked. A token that has worked before is good, unless a body is missing.

        Raises:
            InvalidTokenError: If not even the call that every user may make is permitted.
        """
        with self._token_check:
            for _ in range(_TOKEN_CHECKS):
                if self._token_proven.is_set():
                    return
                try:
                    status = self._exchange(ApiRequest("GET", _TOKEN_CHECK_PATH)).status_code
                except RetriableError:
                    return
                if status not in DENIALS:
                    if is_success(status):
                        self._token_proven.set()
                    return
        raise InvalidTokenError(
            f"{self._host} does not accept the API token. Check api_url and api_token against "
            f"Settings > Developer in ActiveCampaign",
        )

    @property
    def _host(self) -> str:
        return self.settings.base_url.split("/")[2]


class _Tries:
    """How often one request was sent, and what the earlier tries have done."""

    def __init__(self, request: ApiRequest) -> None:
        self.count = 0
        self._look = request.already_done
        self._fault_of_look: Exception | None = None

    def already_done(self) -> Answer | None:
        """Return what an earlier try has done, or None if nothing is known of it."""
        if self._look is None or not self.count:
            return None
        try:
            body = self._look()
        except RetriableError as error:
            self._fault_of_look = error
            raise
        return None if body is None else Answer(int(requests.codes.ok), body)

    def is_of_the_look(self, error: Exception) -> bool:
        """Return whether an error was raised while looking, which has had its repetitions."""
        return error is self._fault_of_look


def _never_connected(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def _log_retry(details: Any) -> None:
    logger.info(
        "%s; next try in %.1f seconds (try %d failed)",
        details["exception"],
        details["wait"],
        details["tries"],
    )
