"""Everything that can go wrong between us and ActiveCampaign, as one tree.

::

    ActiveCampaignError
      SettingsError                a setting that cannot work
      ApiError                     ActiveCampaign answered, or should have
        InvalidTokenError          the token is not accepted at all
        AccessDeniedError          the token works, but not for this path (403, 401)
        NotFoundError              no such path or record (404)
        RequestRefusedError        any other refusal that a repetition cannot mend (4xx, redirects)
        RetriableError             worth another try
          RateLimitedError         429
          ServerFaultError         5xx
          PassingDenialError       a 403 that may pass
          BrokenAnswerError        success status, but the body is cut, empty or not JSON
          UnreachableError         no answer: refused, reset, timed out

Messages name the method, the path and the status. They never hold a body, a query, a token or an
e-mail address, so that they can be logged anywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDENTIFIER = re.compile(r"[A-Za-z_/]{1,60}")


class ActiveCampaignError(Exception):
    """Root of the tree."""


class SettingsError(ActiveCampaignError):
    """A setting has a value that cannot work."""


class ApiError(ActiveCampaignError):
    """A request to ActiveCampaign did not succeed.

    Attributes:
        status: HTTP status, or None when there was no answer.
        reasons: Machine-readable codes and pointers of the answer, such as ``duplicate``.
        body: The parsed body, for programs that must look into it. Not part of the message.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: Any = None,
    ) -> None:
        self.status = status
        self.body = body
        self.reasons = tuple(reasons_in(body))
        super().__init__(f"{message} ({', '.join(self.reasons)})" if self.reasons else message)


class InvalidTokenError(ApiError):
    """The account does not accept the API token."""


class AccessDeniedError(ApiError):
    """The token is good, but its user or plan may not use this path."""


class NotFoundError(ApiError):
    """The path or the record does not exist in this account."""


class RequestRefusedError(ApiError):
    """ActiveCampaign refuses the request, and would refuse it again."""


class RetriableError(ApiError):
    """The request may succeed when it is sent again.

    Attributes:
        retry_after_seconds: What the server asked to wait, or None.
        may_have_happened: Whether the server may have carried the request out all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: Any = None,
        retry_after_seconds: float | None = None,
        may_have_happened: bool = True,
    ) -> None:
        super().__init__(message, status=status, body=body)
        self.retry_after_seconds = retry_after_seconds
        self.may_have_happened = may_have_happened


class RateLimitedError(RetriableError):
    """More requests than the account's limit (429)."""


class ServerFaultError(RetriableError):
    """ActiveCampaign failed (5xx)."""


class PassingDenialError(RetriableError):
    """A 403 that may pass: ActiveCampaign is known to send it now and then without a cause."""


class BrokenAnswerError(RetriableError):
    """A success status whose body is cut short, empty, or not what the path promises."""


class UnreachableError(RetriableError):
    """No answer arrived."""


def reasons_in(body: Any) -> Iterator[str]:
    """Yield the codes and pointers of an error body, which carry no personal data.

    The shapes of error bodies vary: ``errors`` is a list of objects or a string, or there is only
    a ``message``. Free text is left out, because it may quote what was sent.
    """
    errors = body.get("errors") if isinstance(body, dict) else None
    for error in errors if isinstance(errors, list) else ():
        if not isinstance(error, dict):
            continue
        source = error.get("source")
        pointer = source.get("pointer") if isinstance(source, dict) else None
        extensions = error.get("extensions")
        graphql_code = extensions.get("code") if isinstance(extensions, dict) else None
        for reason in (error.get("code"), graphql_code, pointer):
            if isinstance(reason, str) and _IDENTIFIER.fullmatch(reason):
                yield reason
