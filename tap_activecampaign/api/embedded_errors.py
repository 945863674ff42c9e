"""Errors that ActiveCampaign reports with status 200, told apart.

GraphQL always does so: https://spec.graphql.org/October2021/#sec-Response. Other paths do it now
and then, where a program in between answers in place of the one that was asked. What such a body
means is decided here for all of them:

- *denied*: neither plan nor permission allow it, as with status 403;
- *missing*: there is no such thing, as with status 404;
- *refused*: the request is not understood, and would not be if it were repeated;
- *limited*: too many requests, as with status 429;
- *passing*: anything else, as with status 500, and worth another try.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any

from typing_extensions import assert_never

from tap_activecampaign.api.errors import (
    ApiError,
    BrokenAnswerError,
    NotFoundError,
    PassingDenialError,
    RateLimitedError,
    RequestRefusedError,
    ServerFaultError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Kind(enum.IntEnum):
    """What an error means; of several errors in one body, the highest kind decides."""

    PASSING = 0
    LIMITED = 1
    MISSING = 2
    REFUSED = 3
    DENIED = 4


# Codes as the usual servers of GraphQL write them, and statuses told in a body.
_CODES = {
    _Kind.DENIED: (
        "401 403 FORBIDDEN UNAUTHORIZED UNAUTHENTICATED ACCESS_DENIED ACCESSDENIED "
        "PERMISSION_DENIED NOT_AUTHORIZED AUTHORIZATION_ERROR NOT_ALLOWED"
    ),
    _Kind.REFUSED: (
        "400 422 GRAPHQL_VALIDATION_FAILED GRAPHQL_PARSE_FAILED BAD_USER_INPUT BAD_REQUEST "
        "VALIDATION_ERROR VALIDATIONERROR VALIDATION_FAILED INVALID_SYNTAX INVALIDSYNTAX "
        "OPERATION_RESOLUTION_FAILURE"
    ),
    _Kind.MISSING: "404 410 NOT_FOUND NOTFOUND",
    _Kind.LIMITED: "429 RATE_LIMITED RATE_LIMIT_EXCEEDED TOO_MANY_REQUESTS THROTTLED",
}
_KIND_OF_CODE = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
# In this order: a denial may name a field, too.
_KIND_OF_TEXT = {
    _Kind.DENIED: re.compile(
        r"(access|permission) (is )?denied|forbidden|unauthori[sz]ed"
        r"|not (have (the |a )?(permission|access)|authori[sz]ed|permitted|allowed)"
        r"|insufficient (permission|privilege|scope|access)",
        re.IGNORECASE,
    ),
    _Kind.LIMITED: re.compile(r"rate limit|too many requests|throttled", re.IGNORECASE),
    _Kind.REFUSED: re.compile(
        r"cannot query field|unknown (field|argument|type)|syntax error|validation error"
        r"|field ['\"`]\w+['\"`]",
        re.IGNORECASE,
    ),
}
_PLACES_OF_CODES = ("code", "errorType", "classification", "status", "statusCode", "http")
_PLACES_OF_TEXT = ("message", "title", "detail", "error", "error_description")


def has_errors(body: Any) -> bool:
    """Return whether a body reports errors, whatever else it holds."""
    return isinstance(body, dict) and bool(body.get("errors"))


def error_within(body: Any, what: str, status: int) -> ApiError:
    """Return the error that the body of a successful answer means.

    Args:
        body: The parsed body, which does not hold what the path promises.
        what: Method and path, for the message.
        status: HTTP status of the answer.
    """
    kinds = [_kind_of(error) for error in _errors_in(body)]
    if not kinds:
        return BrokenAnswerError(
            f"ActiveCampaign returned an unexpected response body for {what}", status=status
        )
    kind = max(kinds)
    match kind:
        case _Kind.DENIED:
            return PassingDenialError(
                f"ActiveCampaign denied {what} in its response body", status=status, body=body
            )
        case _Kind.REFUSED:
            return RequestRefusedError(
                f"ActiveCampaign refused {what} with an error in its response body",
                status=status,
                body=body,
            )
        case _Kind.MISSING:
            return NotFoundError(f"ActiveCampaign has no {what}", status=status, body=body)
        case _Kind.LIMITED:
            return RateLimitedError(
                f"ActiveCampaign's request limit was reached at {what}", status=status, body=body
            )
        case _Kind.PASSING:
            return ServerFaultError(
                f"ActiveCampaign failed at {what} with an error in its response body",
                status=status,
                body=body,
            )
    assert_never(kind)


def _errors_in(body: Any) -> Iterator[dict[str, Any]]:
    """Yield what a body reports, an object for each error."""
    if not isinstance(body, dict):
        return
    found = body.get("errors") or body.get("error")
    if isinstance(found, dict):
        # Named by the field they are about, or a single one.
        found = [found] if any(map(found.get, _PLACES_OF_TEXT)) else list(found.values())
    for error in found if isinstance(found, list) else [found]:
        if isinstance(error, dict):
            yield error
        elif error:
            yield {"message": str(error)}
    if not found and any(isinstance(body.get(place), str) for place in _PLACES_OF_TEXT):
        yield body


def _kind_of(error: dict[str, Any]) -> _Kind:
    for code in _codes_of(error):
        if code in _KIND_OF_CODE:
            return _KIND_OF_CODE[code]
    text = " ".join(str(error[place]) for place in _PLACES_OF_TEXT if error.get(place))
    matching = (kind for kind, pattern in _KIND_OF_TEXT.items() if pattern.search(text))
    return next(matching, _Kind.PASSING)


def _codes_of(error: dict[str, Any]) -> Iterator[str]:
    for place in _PLACES_OF_CODES:
        code = error.get(place)
        if isinstance(code, dict):
            yield from _codes_of(code)
        elif isinstance(code, (str, int)):
            yield str(code).upper().replace("-", "_")
    extensions = error.get("extensions")
    if isinstance(extensions, dict):
        yield from _codes_of(extensions)
