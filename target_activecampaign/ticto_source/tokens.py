"""Access tokens of Ticto's API, fetched when they are needed and renewed before they expire.

Known from programs that use the API: `POST /security/oauth/token` with `client_credentials` and the
scope `*` answers `access_token` and `expires_in`, which is an hour. How long a token really lives
is not relied on: an answer 401 asks for another one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PATH: Final = "/security/oauth/token"

_DEFAULT_SECONDS: Final = 3600.0
_LONGEST_SECONDS: Final = 86_400.0
# Renewed so long before the end, or after nine tenths of a short life.
_RESERVE_SECONDS: Final = 60.0


class Tokens:
    """The current access token.

    Args:
        fetch: Asks Ticto for a token and returns the parsed answer.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, fetch: Callable[[], dict[str, Any]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token: str | None = None
        self._good_until = 0.0

    def current(self) -> str:
        """Return a token that has not expired as far as is known."""
        if self._token is None or self._clock() >= self._good_until:
            asked_at = self._clock()
            answer = self._fetch()
            self._token = str(answer["access_token"])
            self._good_until = asked_at + _usable_seconds(answer.get("expires_in"))
        return self._token

    def discard(self, token: str) -> None:
        """Forget a token that was not accepted."""
        if token == self._token:
            self._token = None


def _usable_seconds(expires_in: Any) -> float:
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError):
        seconds = _DEFAULT_SECONDS
    if not 0 < seconds <= _LONGEST_SECONDS:
        seconds = _DEFAULT_SECONDS
    return seconds - min(_RESERVE_SECONDS, seconds / 10)
