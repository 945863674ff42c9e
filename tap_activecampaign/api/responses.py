"""Reading ActiveCampaign's answers: a parsed body, or the error that it means."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from tap_activecampaign.api.errors import (
    ApiError,
    BrokenAnswerError,
    NotFoundError,
    PassingDenialError,
    RateLimitedError,
    RequestRefusedError,
    ServerFaultError,
    UnreachableError,
)
from tap_activecampaign.api.json_body import JsonBody, parse_json
from tap_activecampaign.api.retries import retry_after_seconds

# 401 is rare, and means the same (ActiveCampaign API reference: text messages, audiences).
DENIALS = (requests.codes.unauthorized, requests.codes.forbidden)


def is_success(status: int) -> bool:
    """Return whether a status means success; some reads are answered 201."""
    return bool(requests.codes.ok <= status < requests.codes.multiple_choices)


def error_for(  # noqa: PLR0911
    response: requests.Response, method: str, path: str
) -> ApiError:
    """Return the error that an unsuccessful answer means.

    Args:
        response: The answer.
        method: HTTP method of the request.
        path: Its path.
    """
    what = f"{method} {path}"
    status = response.status_code
    body = _body_of_error(response)
    wait_seconds = retry_after_seconds(response.headers.get("Retry-After"))
    if status == requests.codes.too_many_requests:
        return RateLimitedError(
            f"ActiveCampaign's request limit was reached at {what}",
            status=status,
            body=body,
            retry_after_seconds=wait_seconds,
            may_have_happened=False,
        )
    if status >= requests.codes.server_error:
        return ServerFaultError(
            f"ActiveCampaign failed at {what} with status {status}",
            status=status,
            body=body,
            retry_after_seconds=wait_seconds,
            # 503 was seen in place of 429: with Retry-After nothing was carried out.
            may_have_happened=not (
                status == requests.codes.service_unavailable and wait_seconds is not None
            ),
        )
    if status in DENIALS:
        return PassingDenialError(
            f"ActiveCampaign denied {what}",
            status=status,
            body=body,
            may_have_happened=False,
        )
    # What cannot be read is as good as absent; what cannot be deleted is not.
    cannot_be_read = status == requests.codes.method_not_allowed and method == "GET"
    if status in (requests.codes.not_found, requests.codes.gone) or cannot_be_read:
        return NotFoundError(f"ActiveCampaign has no {what}", status=status, body=body)
    if status == requests.codes.request_timeout:
        return UnreachableError(f"ActiveCampaign gave up waiting for {what}", status=status)
    if status == requests.codes.payment_required:
        return RequestRefusedError(
            "ActiveCampaign answers that the account has an open payment", status=status
        )
    if requests.codes.multiple_choices <= status < requests.codes.bad_request:
        return RequestRefusedError(
            f"ActiveCampaign redirects {what} to another address; the API token is not sent "
            f"there. Check api_url against Settings > Developer in ActiveCampaign",
            status=status,
        )
    return RequestRefusedError(
        f"ActiveCampaign refused {what} with status {status}", status=status, body=body
    )


def parsed(response: requests.Response, what: str, *, empty_allowed: bool) -> JsonBody:
    """Return the parsed body of a successful answer.

    Args:
        response: The answer.
        what: Method and path, for the message.
        empty_allowed: Whether an empty body means an empty object.

    Raises:
        BrokenAnswerError: If the body is cut short, empty or not JSON.
    """
    content = response.content
    if not content.strip():
        if empty_allowed:
            return JsonBody({})
        raise BrokenAnswerError(
            f"ActiveCampaign sent an empty answer to {what}", status=response.status_code
        )
    try:
        return parse_json(content)
    except ValueError:
        raise BrokenAnswerError(
            f"ActiveCampaign's answer to {what} is not JSON, or cut short",
            status=response.status_code,
        ) from None


def _body_of_error(response: requests.Response) -> Any:
    """Parse the body of an error as far as it can be parsed: some are text, HTML or empty."""
    try:
        return parse_json(response.content).content
    except ValueError:
        return None


def clock_ahead(date_header: str | None) -> timedelta:
    """Return how far this machine's clock is ahead of a ``Date`` header; 0 if it is behind."""
    try:
        server = parsedate_to_datetime(date_header or "")
        return max(datetime.now(timezone.utc) - server, timedelta(0))
    except (ValueError, TypeError):
        return timedelta(0)
