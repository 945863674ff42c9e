"""Rows that are deleted while a stream of a shape of its own is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.pagination import prefetch
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox import Sandbox
    from tests.sandbox.account import Account

PAGE_SIZE = 5


def delete_the_first_row(collection: str, *, before_request: int) -> Callable[[Any, Account], None]:
    """Return what deletes the first row of a collection before one of the requests for it."""
    asked = 0

    def delete(request: Any, account: Account) -> None:
        nonlocal asked
        if request.path.partition("/api/3/")[2].split("/")[0] == collection:
            asked += 1
            if asked == before_request:
                account.delete(collection, account.rows(collection)[0]["id"])

    return delete


@pytest.mark.parametrize("before_request", [2, 3])
def test_streams_that_share_pages_are_complete_when_a_row_is_deleted(
    serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch, before_request: int
) -> None:
    # Nothing ahead and one at a time: otherwise it is chance which pages the deletion comes
    # between, and some need more requests than are counted here.
    monkeypatch.setattr(prefetch, "_UNFINISHED", 0)
    sandbox = serve()
    sandbox.hook(delete_the_first_row("fields", before_request=before_request))
    streams = ("contact_custom_fields", "contact_custom_field_options")
    output = sync(sandbox, streams, page_size=PAGE_SIZE, max_concurrent_requests=1)
    emitted = [str(record["id"]) for record in output.records["contact_custom_fields"]]
    assert len(emitted) == len(set(emitted))
    assert {row["id"] for row in sandbox.account.rows("fields")} <= set(emitted)
    assert len(sandbox.requests) <= 3 * len(emitted) / (PAGE_SIZE - 1)


@pytest.mark.parametrize(
    ("stream", "collection", "owner", "place"),
    [
        ("custom_object_records", "records", "schemaId", -1),
        ("contact_tracking_logs", "trackingLogs", "contact", -2),
    ],
)
def test_children_are_complete_when_one_is_deleted_behind_the_first_page(
    serve: Callable[..., Sandbox], stream: str, collection: str, owner: str, place: int
) -> None:
    sandbox = serve(contacts=30)
    deleted: list[str] = []

    def delete_the_first_sibling(request: Any, account: Account) -> None:
        parent = request.path.split("/")[place]
        siblings = [row["id"] for row in account.rows(collection) if row[owner] == parent]
        if request.query.number("offset", 0) and siblings and not deleted:
            deleted.append(siblings[0])
            account.delete(collection, siblings[0])

    sandbox.hook(delete_the_first_sibling)
    output = sync(sandbox, (stream,), page_size=2)
    emitted = [str(record["id"]) for record in output.records[stream]]
    assert deleted
    assert len(emitted) == len(set(emitted))
    assert {str(row["id"]) for row in sandbox.account.rows(collection)} <= set(emitted)
