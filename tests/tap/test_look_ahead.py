"""Streams do not wait for each other: pages of later ones are under way while one is read."""

from __future__ import annotations

import threading
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_activecampaign.client import Client
from tap_activecampaign.pagination import Page
from tests.tap.runs import open_tap, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.api import ApiSession
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
    with tap.client.looking_ahead(stream.name):
        assert sum(stream.begin_ahead(None)) > 2
    rows = sandbox.account.count("ecomOrderProducts")
    assert len(sandbox.requests) == -(-rows // (PAGE_SIZE - 1))
    list(stream.scan(None))
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


def client_with(parallel: int) -> Client:
    session = SimpleNamespace(settings=SimpleNamespace(max_concurrent_requests=parallel))
    return Client(cast("ApiSession", session))


def test_what_is_read_ahead_is_bounded_by_its_size() -> None:
    client = client_with(2)
    rows: list[dict[str, Any]] = [{"id": "1", "html": "x" * 1_000_000}] * 3
    begun = 0
    while client.may_look_ahead and begun < 100:
        with client.looking_ahead("messages"):
            client.begin_call(begun, lambda _: Page(rows, None, 3)).result()
        begun += 1
    assert begun == 2


def test_what_was_read_ahead_in_vain_is_let_go() -> None:
    client = client_with(1)
    never = threading.Event()
    for key in range(2):
        with client.looking_ahead("skipped"):
            client.begin_call(key, lambda _: Page([], None, never.wait(10) or 1))
    assert not client.may_look_ahead
    client.keep_ahead_for({"another"})
    assert client.may_look_ahead
    never.set()
