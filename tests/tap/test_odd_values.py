"""What an account sends that the tap does not expect: reported once, and no reason to stop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.streams import STREAMS
from tests.sandbox import Sandbox
from tests.tap.meaning import snake
from tests.tap.runs import Output, sync
from tests.tap.wire import COLLECTIONS, JSON_API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_activecampaign.stream_types.base import ActiveCampaignStream

pytestmark = pytest.mark.slow

# The sandbox finds rows of these by other means than an id, or a search names the fields it wants.
NOT_TOUCHED = {"event_tracking_events", "ecommerce_products", "ecommerce_recurring_payments"}
TOUCHED = sorted(set(COLLECTIONS) - NOT_TOUCHED)
BY_NAME: dict[str, type[ActiveCampaignStream]] = {
    str(vars(stream)["name"]): stream for stream in STREAMS
}
HIDDEN_DEAL = {"id", "title", "isDisabled"}
# As the vendor's published answers mask values.
MASKED = "XXXXXXXXXX"


def _typed_property(name: str, row: dict[str, Any], place: str) -> str | None:
    """Return a property of a row that is not text, no key, no stamp to judge it by, no place."""
    stream = BY_NAME[name]
    used = {*stream.primary_keys, vars(stream).get("replication_key"), stream.created_key}
    used |= {getattr(stream, "parent_key", None), place}
    typed = {
        column.name
        for column in stream.columns
        if column.meaning in {"integer", "number", "flag", "stamp", "date"}
    }
    return next((key for key in row if snake(key) in typed - used), None)


@pytest.fixture(scope="module")
def odd_run() -> Iterator[tuple[Output, dict[str, str]]]:
    """Read an account of which two rows of each collection are odd in the same way."""
    spoilt: dict[str, str] = {}
    with Sandbox(contacts=40, requests_per_second=None) as sandbox:
        account = sandbox.account
        for name in TOUCHED:
            collection = COLLECTIONS[name]
            rows = [row for row in account.rows(collection) if set(row) != HIDDEN_DEAL]
            target = account.collection(collection)
            inner = "attributes." if name in JSON_API else ""
            odd: dict[str, Any] = {f"{inner}newProperty": MASKED}
            example = rows[0]["attributes"] if inner else rows[0]
            if found := _typed_property(name, example, target.spec.parent_key):
                spoilt[name] = snake(found)
                odd[f"{inner}{found}"] = MASKED
            for row in rows[:2]:
                account.touch(collection, target.wire_id(row), **odd)
        yield sync(sandbox), spoilt


def test_unknown_properties_are_reported_once_a_stream(
    odd_run: tuple[Output, dict[str, str]],
) -> None:
    output, _ = odd_run
    assert Counter(output.unknown()) == Counter((name, "new_property") for name in TOUCHED)


def test_misfits_become_null_and_are_reported_once_a_property(
    odd_run: tuple[Output, dict[str, str]],
) -> None:
    output, spoilt = odd_run
    assert len(spoilt) > 80
    assert output.misfits() == set(spoilt.items())
    assert len(output.logged("does not fit its type", level="WARNING")) == len(spoilt)
    for name, column in spoilt.items():
        values = [record[column] for record in output.records[name]]
        assert MASKED not in values
        assert values.count(None) >= min(2, len(values))


def test_every_row_arrives_all_the_same(odd_run: tuple[Output, dict[str, str]]) -> None:
    output, _ = odd_run
    with Sandbox(contacts=40, requests_per_second=None) as sandbox:
        sound = {name: sandbox.account.count(COLLECTIONS[name]) for name in TOUCHED}
    assert {name: len(output.records[name]) for name in TOUCHED} == sound


def test_reports_do_not_quote_values(odd_run: tuple[Output, dict[str, str]]) -> None:
    assert odd_run[0].logged(MASKED) == []
