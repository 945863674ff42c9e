"""Stamps that are hard to compare, and clocks that disagree: the runs together lose nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tests.tap.state.lab import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.account import Account
    from tests.sandbox.clock import Stamps
    from tests.sandbox.spec import Test
    from tests.sandbox.wire import Request
    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

STREAMS = tuple(COLLECTIONS)


def outdated(lab: Lab, streams: tuple[str, ...] = STREAMS) -> dict[str, set[int]]:
    """Return what the destination lacks, streams that lack nothing left out."""
    return {stream: ids for stream in streams if (ids := lab.outdated(stream))}


AUTUMN = datetime(2026, 11, 1, 7, tzinfo=timezone.utc)
SPRING = datetime(2026, 3, 8, 8, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("changes_at", "orders", "zone"),
    [
        pytest.param(AUTUMN, "all", "America/Chicago", id="autumn-sorted"),
        pytest.param(AUTUMN, "none", "America/Chicago", id="autumn"),
        pytest.param(AUTUMN, "all", "Europe/Lisbon", id="autumn-other-zone"),
        pytest.param(SPRING, "all", "America/Chicago", id="spring-sorted"),
    ],
)
def test_no_change_is_lost_while_the_clocks_change(
    lab_with: Callable[..., Lab], changes_at: datetime, orders: str, zone: str
) -> None:
    lab = lab_with(contacts=150, honoured_orders=orders, offset_zone=zone)
    lab.account.clock.set(changes_at - timedelta(hours=2))
    lab.run(*STREAMS)
    assert outdated(lab) == {}
    step = count()
    while lab.account.now < changes_at + timedelta(hours=2, minutes=30):
        for _ in range(2):
            lab.later(minutes=13)
            for stream in COLLECTIONS:
                lab.touch(stream, lab.id_at(stream, 7 * next(step)))
        lab.later(minutes=13)
        lab.run(*STREAMS)
        assert outdated(lab) == {}, lab.account.now


def test_a_stamp_in_the_future_hides_no_other_change(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(honoured_orders="all")
    future = {
        "contact_tags": {"updated_timestamp": "2026-04-01 00:00:00"},
        "contacts": {"udate": "2026-04-01T00:00:00-05:00"},
        "deals": {"mdate": "2026-04-01T00:00:00-05:00"},
    }
    for stream, changes in future.items():
        lab.touch(stream, lab.account.id_at(COLLECTIONS[stream][0], 2), **changes)
    lab.run(*STREAMS)
    for position in range(3, 6):
        lab.later(hours=1)
        for stream in STREAMS:
            lab.touch(stream, lab.account.id_at(COLLECTIONS[stream][0], position))
        lab.later(hours=1)
        run = lab.run(*STREAMS)
        assert outdated(lab) == {}
        assert max(len(run.ids(stream)) for stream in STREAMS) <= 4
    for stream in STREAMS:
        assert lab.bookmark(stream)["replication_key_value"] < "2026-03-03"


@pytest.mark.parametrize("orders", ["none", "all"])
def test_rows_touched_while_the_run_reads_are_emitted_by_the_next_run_at_the_latest(
    lab_with: Callable[..., Lab], orders: str
) -> None:
    lab = lab_with(contacts=150, honoured_orders=orders)
    step = count()
    is_reading = True

    def touch(request: Request, account: Account) -> None:
        for stream, (collection, _) in COLLECTIONS.items():
            if is_reading and request.path.endswith(f"/{collection}"):
                account.clock.advance(7)
                lab.touch(stream, lab.id_at(stream, 31 * next(step)))
                account.clock.advance(7)

    lab.sandbox.hook(touch)
    for _ in range(4):
        lab.later(hours=1)
        lab.run(*STREAMS, page_size=20)
    is_reading = False
    lab.later(hours=1)
    lab.run(*STREAMS, page_size=20)
    assert outdated(lab) == {}


def test_a_row_without_update_stamp_is_judged_by_its_creation_stamp(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(honoured_orders="all")
    lab.run("contact_tags")
    lab.later(hours=1)
    created = lab.account.insert("contactTags", contact="1", tag="1", updated_timestamp=None)
    lab.later(minutes=1)
    # So many that they do not fit on a page, which the row would share.
    for position in range(110):
        lab.touch("contact_tags", lab.account.id_at("contactTags", position))
    lab.later(days=7)
    assert int(created) in lab.run("contact_tags").ids("contact_tags")
    for _ in range(2):
        lab.later(hours=1)
        assert int(created) not in lab.run("contact_tags").ids("contact_tags")
    lab.later(hours=1)
    created = lab.account.insert("contactTags", contact="1", tag="1", updated_timestamp=None)
    lab.later(hours=1)
    assert int(created) in lab.run("contact_tags").ids("contact_tags")


def test_a_new_row_without_update_stamp_is_emitted_when_others_are_read_newest_first(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(honoured_orders="all")
    for _ in range(2):
        lab.run("contact_tags")
        lab.later(hours=1)
    assert lab.bookmark("contact_tags")["newest_first"]["trust"] == "kept"
    created = lab.account.insert("contactTags", contact="1", tag="1", updated_timestamp=None)
    # So many that they do not fit on a page, which the row would share.
    for position in range(110):
        lab.touch("contact_tags", lab.account.id_at("contactTags", position))
    lab.later(hours=1)
    assert int(created) in lab.run("contact_tags").ids("contact_tags")


def test_a_row_without_any_stamp_is_always_emitted(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(honoured_orders="all")
    row_id = lab.account.insert("contactTags", updated_timestamp=None, cdate=None)
    for _ in range(3):
        assert int(row_id) in lab.run("contact_tags").ids("contact_tags")
        lab.later(days=1)


def test_filters_are_not_trusted(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with()
    for stream in ("contacts", "deals"):
        lab.ignore_filters(COLLECTIONS[stream][0])
    lab.run("contacts", "deals")
    lab.later(hours=1)
    boundary = {stream: set(ids) for stream, ids in lab.received.items() if ids}
    boundary = {stream: set(lab.run(stream).ids(stream)) for stream in boundary}
    lab.later(hours=1)
    for stream in boundary:
        lab.touch(stream, lab.account.id_at(COLLECTIONS[stream][0], 20))
    lab.later(hours=1)
    run = lab.run("contacts", "deals")
    assert outdated(lab, ("contacts", "deals")) == {}
    for stream, ids in boundary.items():
        assert len(set(run.ids(stream)) - ids) == 1


def test_filters_may_be_read_in_the_wall_clock_of_the_server(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with()
    for stream in ("contacts", "deals"):
        held = lab.account.collection(COLLECTIONS[stream][0])
        held.spec = replace(held.spec, filters=_in_wall_clock(held.spec.filters))
    lab.run("contacts", "deals")
    for position in range(3):
        lab.later(hours=1)
        for stream in ("contacts", "deals"):
            lab.touch(stream, lab.account.id_at(COLLECTIONS[stream][0], 20 + position))
        lab.later(hours=1)
        lab.run("contacts", "deals")
        assert outdated(lab, ("contacts", "deals")) == {}


def _in_wall_clock(filters: Any) -> dict[str, Any]:
    def without_offset(rule: Any) -> Any:
        def changed(value: str, operator: str, stamps: Stamps) -> Test:
            found: Test = rule(value.removesuffix("+00:00"), operator, stamps)
            return found

        return changed

    return {name: without_offset(rule) for name, rule in filters.items()}


@pytest.fixture
def clock_ahead() -> Iterator[timedelta]:
    """Put this machine's clock ahead of the one in the server's answers."""
    ahead = timedelta(minutes=10)

    def date_of_server(*_: Any, **__: Any) -> str:
        return formatdate(time.time() - ahead.total_seconds(), usegmt=True)

    with patch("tests.sandbox.wire.formatdate", date_of_server):
        yield ahead


@pytest.mark.parametrize("orders", ["none", "all"])
def test_a_clock_ahead_of_the_server_hides_no_change(
    lab_with: Callable[..., Lab], clock_ahead: timedelta, orders: str
) -> None:
    lab = lab_with(contacts=150, honoured_orders=orders)
    step = count()
    is_reading = True

    def touch(request: Request, account: Account) -> None:
        for stream, (collection, _) in COLLECTIONS.items():
            if is_reading and request.path.endswith(f"/{collection}"):
                for _ in range(2):
                    account.clock.advance(3)
                    lab.touch(stream, lab.id_at(stream, 31 * next(step)))

    lab.sandbox.hook(touch)
    for _ in range(3):
        lab.later(minutes=1)
        run = lab.run(*STREAMS, page_size=20, ahead=clock_ahead)
        assert run.warnings("contact_tags") == []
    is_reading = False
    lab.later(minutes=1)
    lab.run(*STREAMS, page_size=20, ahead=clock_ahead)
    assert outdated(lab) == {}


def test_a_first_stream_is_not_accused_of_hiding_what_changed_while_it_was_read(
    lab_with: Callable[..., Lab], clock_ahead: timedelta
) -> None:
    """Its reading begins before the first answer tells how far the clock is ahead."""
    lab = lab_with(contacts=150, honoured_orders="all")
    lab.run("contact_tags", ahead=clock_ahead)
    lab.later(days=8)

    def touch(request: Request, account: Account) -> None:
        if request.path.endswith("/contactTags") and not request.query.orders:
            account.clock.advance(30)
            lab.touch("contact_tags", account.id_at("contactTags", 11))

    lab.sandbox.hook(touch)
    audit = lab.run("contact_tags", ahead=clock_ahead)
    assert audit.warnings("contact_tags") == []
    assert lab.bookmark("contact_tags")["newest_first"]["trust"] == "kept"
