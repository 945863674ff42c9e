"""Streams do not wait for each other: pages of later ones are under way while one is read."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_activecampaign.pagination import Page
from tap_activecampaign.pagination.prefetch import PageFetcher, Prefetcher
from tap_activecampaign.pagination.request_metrics import Endpoint
from tests.tap.runs import open_tap, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.api import ApiSession
    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.stream_types.base import ActiveCampaignStream
    from tests.sandbox import Sandbox
    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request

PAGE_SIZE = 10


def test_later_pages_of_the_next_stream_are_begun_while_the_last_page_is_awaited(
    serve: Callable[..., Sandbox],
) -> None:
    sandbox = serve(contacts=150)
    pages = -(-sandbox.account.count("contactTags") // (PAGE_SIZE - 1))
    last = (pages - 1) * (PAGE_SIZE - 1)
    begun = threading.Event()

    def wait_for_the_next_stream(request: Request, _: Account) -> None:
        offset = request.query.number("offset", 0)
        if request.path.endswith("/contactTags") and offset == last:
            begun.wait(8)
        if request.path.endswith("/deals") and offset == 2 * (PAGE_SIZE - 1):
            begun.set()

    sandbox.hook(wait_for_the_next_stream)
    output = sync(sandbox, ("contact_tags", "deals"), page_size=PAGE_SIZE)
    assert begun.is_set()
    assert len(output.records["contact_tags"]) == sandbox.account.count("contactTags")
    assert len(output.records["deals"]) == sandbox.account.count("deals")


def test_all_pages_are_begun_ahead_when_the_server_tells_no_total(
    serve: Callable[..., Sandbox],
) -> None:
    sandbox = serve(contacts=300)
    assert sandbox.account.collection("ecomOrderProducts").spec.total == "absent"
    tap = open_tap(sandbox, ("ecommerce_order_products",), page_size=PAGE_SIZE)
    stream = cast("ActiveCampaignStream", tap.streams["ecommerce_order_products"])
    scan = stream.open_scan(stream.lane, None)
    begun = 0
    while (more := scan.begin_next_page()) is not None:
        begun += more
    assert begun > 2
    rows = sandbox.account.count("ecomOrderProducts")
    assert len(sandbox.requests) == -(-rows // (PAGE_SIZE - 1))
    list(scan)
    assert len(sandbox.requests) <= -(-rows // (PAGE_SIZE - 1)) + 2
    tap.close()


@pytest.mark.slow
def test_no_page_is_fetched_twice_when_streams_are_read_ahead(
    serve: Callable[..., Sandbox],
) -> None:
    sandbox = serve(contacts=150)
    streams = ("accounts", "contact_lists", "contact_tags", "deals", "tags", "users")
    sync(sandbox, streams, page_size=PAGE_SIZE)
    asked = Counter((request.path, str(request.query)) for request in sandbox.requests)
    assert set(asked.values()) == {1}


@dataclass
class Upcoming:
    """A stream whose turn comes later, with as many pages as anyone wants."""

    lane: PageLane
    call: Callable[[ApiSession], Page]

    def prefetch(self) -> bool:
        self.lane.begin(self.call)
        return True


def prefetcher_of(parallel: int) -> Prefetcher:
    session = SimpleNamespace(
        settings=SimpleNamespace(max_concurrent_requests=parallel), token_is_proven=True
    )
    return Prefetcher(PageFetcher(lambda _: cast("ApiSession", session)))


def test_what_is_read_ahead_is_bounded_by_its_size() -> None:
    prefetcher = prefetcher_of(2)
    rows: list[dict[str, Any]] = [{"id": "1", "html": "x" * 1_000_000}] * 3
    stream = Upcoming(
        prefetcher.lane(Endpoint("messages", "messages")), lambda _: Page(rows, None, 3)
    )
    prefetcher.turn_to(prefetcher.lane(Endpoint("lists", "lists")), [stream])
    begun = 0
    while prefetcher.may_go_on and begun < 100:
        stream.lane.begin(stream.call).result()
        begun += 1
    assert begun == 2


def test_what_was_read_ahead_in_vain_is_let_go() -> None:
    prefetcher = prefetcher_of(1)
    never = threading.Event()
    skipped, another = (
        Upcoming(
            prefetcher.lane(Endpoint(name, name)),
            lambda _: Page([], None, never.wait(10) or 1),
        )
        for name in ("skipped", "another")
    )
    prefetcher.turn_to(prefetcher.lane(Endpoint("first", "first")), [skipped])
    prefetcher.go_on()
    assert skipped.lane.unfinished == 2
    assert not prefetcher.may_go_on
    prefetcher.turn_to(another.lane, [])
    assert prefetcher.may_go_on
    assert skipped.lane.unfinished == 0
    never.set()
