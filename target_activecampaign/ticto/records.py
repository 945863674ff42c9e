"""From a record to orders that rules may see: unwrapped, with the right token, recognised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from target_activecampaign.errors import TargetError, UnusableOrderError
from target_activecampaign.ticto import Order, orders_in
from target_activecampaign.ticto.envelopes import unwrap
from target_activecampaign.ticto.tokens import is_token, token_proof

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo


@dataclass(frozen=True)
class RecognisedRecord:
    """A record that holds orders.

    Attributes:
        body: The postback or row, without what it was wrapped in.
        orders: Its orders; usually one.
    """

    body: dict[str, Any] = field(repr=False)
    orders: tuple[Order, ...]


class RecordReader:
    """Reads records.

    Args:
        zone: Zone of Ticto's timestamps.
        ticto_token: The token that postbacks must carry, if any.
    """

    def __init__(self, zone: tzinfo, ticto_token: str | None = None) -> None:
        self._zone = zone
        self._ticto_token = ticto_token

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> RecordReader:
        """Read the settings.

        Raises:
            TargetError: If the time zone does not exist.
        """
        return cls(zone_of(config), config.get("ticto_token"))

    def has_right_token(self, record: dict[str, Any]) -> bool:
        """Return whether a record carries the token that is asked for, or none is asked for.

        The token stands in the body or beside it. A reject that is fed in again carries a proof
        in its place.
        """
        wanted = self._ticto_token
        if wanted is None or is_token(unwrap(record).token, wanted):
            return True
        proof, time = record.get("token_proof"), record.get("time")
        if not isinstance(proof, str) or not isinstance(time, str):
            return False
        return is_token(proof, token_proof(wanted, time))

    def read(self, record: dict[str, Any]) -> RecognisedRecord:
        """Return the orders of a record.

        Raises:
            UnusableOrderError: If there are none.
        """
        body = unwrap(record).body
        if not self.has_right_token(record):
            raise UnusableOrderError(
                "The record does not carry the token of the setting ticto_token.",
                "Compare ticto_token with the webhook's token in Ticto's panel; if it is right, "
                "the record does not come from Ticto.",
            )
        return RecognisedRecord(body, tuple(orders_in(body, self._zone)))


def zone_of(config: Mapping[str, Any]) -> tzinfo:
    """Return the zone of Ticto's timestamps.

    Raises:
        TargetError: If there is no such zone.
    """
    name = config.get("ticto_timezone") or "America/Sao_Paulo"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TargetError(
            f"The setting ticto_timezone: there is no time zone {name!r}; a name looks like "
            f"America/Sao_Paulo."
        ) from None
