"""Redis, or what speaks its protocol, as the store of a shared pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tap_activecampaign.api.pace_stores.store import ANSWER_SECONDS, Snapshot, StoreLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.api.pace_stores.store import StoreAddress

_Result = TypeVar("_Result")

# What nobody has used for a day is forgotten by the server.
_KEPT_SECONDS = 86_400
_REPLACE = f"""
local current = redis.call('GET', KEYS[1])
if current == ARGV[2] or (not current and ARGV[1] == 'absent') then
  redis.call('SET', KEYS[1], ARGV[3], 'EX', {_KEPT_SECONDS})
  return 1
end
return 0
"""


class RedisStore:
    """A connection to a server.

    Args:
        address: Where it is.

    Raises:
        StoreLostError: If it cannot be used.
    """

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        try:
            self._server = redis.Redis.from_url(
                address.url,
                decode_responses=True,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                # Whoever uses the store decides what comes after a failure.
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise StoreLostError(address.without_password(str(error))) from None
        self._replace = self._server.register_script(_REPLACE)
        # Writes, so that a server that may only be read is found out now.
        key = "activecampaign:pace:probe"
        self.replace(key, self.read(key).text, "written to see whether it can be")

    def read(self, key: str) -> Snapshot:
        """Return the value of a key and the server's time."""

        def ask() -> Snapshot:
            with self._server.pipeline() as pipeline:
                pipeline.time()
                pipeline.get(key)
                (seconds, microseconds), text = pipeline.execute()
            return Snapshot(seconds + microseconds / 1e6, text)

        return self._answer_of(ask)

    def replace(self, key: str, old: str | None, new: str) -> bool:
        """Replace a value, and return False if it is no longer `old`."""
        arguments = ["absent" if old is None else "", old or "", new]
        return bool(self._answer_of(lambda: self._replace(keys=[key], args=arguments)))

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    def _answer_of(self, call: Callable[[], _Result]) -> _Result:
        try:
            return call()
        except redis.RedisError as error:
            raise StoreLostError(self._address.without_password(str(error))) from None
