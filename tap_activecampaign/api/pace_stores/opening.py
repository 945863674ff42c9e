"""Which store an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_activecampaign.api.errors import SettingsError

if TYPE_CHECKING:
    from tap_activecampaign.api.pace_stores.store import PaceStore, StoreAddress

_PACKAGES = {"redis": "redis", "postgres": "psycopg"}


def open_store(address: StoreAddress) -> PaceStore:
    """Connect to a store, and prove that it can be used.

    Raises:
        SettingsError: If what it needs is not installed.
        StoreLostError: If it cannot be used.
    """
    try:
        if address.kind == "redis":
            from tap_activecampaign.api.pace_stores.redis_store import RedisStore  # noqa: PLC0415

            return RedisStore(address)
        from tap_activecampaign.api.pace_stores.postgres_store import PostgresStore  # noqa: PLC0415

        return PostgresStore(address)
    except ModuleNotFoundError as error:
        if error.name != _PACKAGES[address.kind]:
            raise
        raise SettingsError(
            f"The setting rate_limit_url names {address.place}, which needs the extra "
            f"'{address.kind}': pip install 'singer-activecampaign[{address.kind}]'."
        ) from None
