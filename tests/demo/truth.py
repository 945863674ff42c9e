"""What the sandbox holds, against what arrived in a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tap_activecampaign.tap import TapActiveCampaign
from tests.sandbox.data import SPECS

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_activecampaign.stream_types.base import ActiveCampaignStream
    from tests.demo.warehouses import Warehouse
    from tests.sandbox import Sandbox

# Streams whose collection is called neither like their path nor like their envelope.
_COLLECTIONS = {
    "contact_custom_field_groups": "groupDefinitions",
    "ecommerce_products": "searchProduct",
    "ecommerce_recurring_payments": "searchRecurringPayment",
}

_UNUSED = {"api_url": "https://example.com", "api_token": "unused"}


@dataclass(frozen=True)
class Comparison:
    """One table beside what the account holds.

    Attributes:
        table: Name of the table, which is the stream's.
        loaded: Rows in the table.
        expected: Rows in the account.
        equal: Whether the same rows are in both.
    """

    table: str
    loaded: int
    expected: int
    equal: bool


def default_streams() -> tuple[ActiveCampaignStream, ...]:
    """Return the streams that are selected unless a user says otherwise."""
    tap = TapActiveCampaign(config=_UNUSED, validate_config=False)
    return tuple(
        stream  # type: ignore[misc]  # all streams of this tap are ActiveCampaignStream
        for _, stream in sorted(tap.streams.items())
        if stream.selected_by_default
    )


def compare(sandbox: Sandbox, warehouse: Warehouse, only: Collection[str] = ()) -> list[Comparison]:
    """Compare tables with the account, id by id where the key is the id.

    Args:
        sandbox: The account.
        warehouse: The tables.
        only: Names of the streams; without any, all that are selected by default.
    """
    streams = [stream for stream in default_streams() if not only or stream.name in only]
    loaded = warehouse.keys({stream.name: tuple(stream.primary_keys) for stream in streams})
    return [_compared(sandbox, stream, loaded[stream.name]) for stream in streams]


def _compared(
    sandbox: Sandbox, stream: ActiveCampaignStream, keys: list[tuple[object, ...]]
) -> Comparison:
    collection = _collection_of(stream)
    if collection is None:
        expected = _objects_at(sandbox, stream)
        return Comparison(stream.name, len(keys), expected, equal=len(keys) == expected)
    rows = sandbox.account.rows(collection)
    equal = len(keys) == len(rows)
    if tuple(stream.primary_keys) == ("id",):
        equal = sorted(str(key) for (key,) in keys) == sorted(str(row["id"]) for row in rows)
    return Comparison(stream.name, len(keys), len(rows), equal)


def _collection_of(stream: ActiveCampaignStream) -> str | None:
    """Return the sandbox's collection that a stream reads, or None if it is not made of one."""
    if stream.name in _COLLECTIONS:
        return _COLLECTIONS[stream.name]
    for spec in SPECS:
        if spec.list_path == stream.path and spec.list_key in stream.envelopes():
            return spec.name
    return next((spec.name for spec in SPECS if spec.name in stream.envelopes()), None)


def _objects_at(sandbox: Sandbox, stream: ActiveCampaignStream) -> int:
    """Return how many objects an endpoint answers that no collection stands behind."""
    with requests.Session() as session:
        # Waits as long as a 429 says.
        session.mount("http://", HTTPAdapter(max_retries=Retry(total=5)))
        url = f"{sandbox.url}/api/3/{stream.path}"
        answer = session.get(url, headers={"Api-Token": sandbox.token}, timeout=10)
    answer.raise_for_status()
    body = answer.json()
    lists = [body[key] for key in stream.envelopes() if isinstance(body.get(key), list)]
    return sum(map(len, lists)) if lists else 1
