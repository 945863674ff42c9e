"""Shapes of answers that differ from account to account, and what they cost."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import Future
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import pytest

from tap_activecampaign.pagination import Page
from tap_activecampaign.records.columns import array, objects, text, uuid
from tap_activecampaign.stream_types.graphql import (
    FieldsRefusedError,
    GraphQLScan,
    camel_case,
    fields_named,
    selection_of,
)
from tests.sandbox.choose import choose
from tests.sandbox.query import parse_query
from tests.sandbox.settings import Behaviour
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_activecampaign.pagination.prefetch import PageLane
    from tap_activecampaign.stream_types import GraphQLStream
    from tests.sandbox import Sandbox
    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request

    Serve = Callable[..., Sandbox]

pytestmark = pytest.mark.slow

# One stream of each shape, with its collection.
SHAPES = {
    "audiences": "audiences",
    "contact_custom_field_options": "fieldOptions",
    "contact_custom_fields": "fields",
    "contact_tags": "contactTags",
    "contact_tracking_logs": "trackingLogs",
    "contacts": "contacts",
    "custom_object_records": "records",
    "ecommerce_products": "searchProduct",
    "link_data": "linkData",
    "tags": "tags",
    "whatsapp_templates": "whatsappTemplates",
}


def _sorted_ids(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(row["id"]) for row in rows)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"page_cap": 7},
        {"total": "absent"},
        {"total": "zero"},
        {"total": "wrong"},
        {"total": "number"},
        {"total": "string"},
        # Without a total, a cap is told from the end by being round.
        {"page_cap": 5, "total": "absent"},
        {"id_gaps": "uneven"},
        {"over_limit": "refuse"},
        {"honoured_orders": "all"},
    ],
    ids=str,
)
def test_every_row_arrives_once_however_the_account_pages(
    serve: Serve, options: dict[str, Any]
) -> None:
    sandbox = serve(contacts=60, **options)
    output = sync(sandbox, SHAPES, page_size=10)
    for name, collection in SHAPES.items():
        assert _sorted_ids(output.records[name]) == _sorted_ids(sandbox.account.rows(collection)), (
            name
        )


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_every_row_arrives_once_whatever_the_page_size(serve: Serve, page_size: int) -> None:
    sandbox = serve(contacts=15)
    output = sync(sandbox, SHAPES, page_size=page_size)
    for name, collection in SHAPES.items():
        assert _sorted_ids(output.records[name]) == _sorted_ids(sandbox.account.rows(collection)), (
            name
        )


@pytest.mark.parametrize(
    ("stream", "rows", "most"),
    [("contacts", 1000, 12), ("contact_tags", 1500, 18), ("tags", 20, 2), ("users", 4, 2)],
)
def test_stream_costs_one_request_per_100_rows_and_at_most_two_more(
    serve: Serve, stream: str, rows: int, most: int
) -> None:
    sandbox = serve(contacts=1000)
    assert len(sync(sandbox, [stream]).records[stream]) >= rows
    assert len(sandbox.requests) <= most


def test_web_sites_beyond_the_first_page_arrive(serve: Serve) -> None:
    sandbox = serve()
    for _ in range(117):
        sandbox.account.insert("urlWhitelistings")
    output = sync(sandbox, ["site_tracking_domains"])
    rows = sandbox.account.rows("urlWhitelistings")
    assert len(rows) == 120
    assert _sorted_ids(output.records["site_tracking_domains"]) == _sorted_ids(rows)
    assert len(sandbox.requests) <= 3


# Streams whose pages are numbered, the account's contacts that give three pages, and the setting.
NUMBERED = [
    ("audiences", "audiences", 2_100, 1),
    ("whatsapp_conversations", "whatsappConversations", 700, 10),
    ("whatsapp_flow_execution_contacts", "whatsappFlowExecutionContacts", 700, 10),
    ("whatsapp_flow_executions", "whatsappFlowExecutions", 4_200, 10),
    ("whatsapp_templates", "whatsappTemplates", 2_100, 10),
]


@pytest.mark.parametrize(("stream", "collection", "contacts", "page_size"), NUMBERED)
def test_no_row_is_lost_when_rows_of_numbered_pages_are_deleted_and_the_last_page_with_them(
    serve: Serve, stream: str, collection: str, contacts: int, page_size: int
) -> None:
    sandbox = serve(contacts=contacts)
    before = _sorted_ids(sandbox.account.rows(collection))
    assert len(before) == 21
    deleted: list[str] = []

    def delete_behind_the_first_page(request: Request, account: Account) -> None:
        if request.query.number("page", 1) > 1 and not deleted:
            newest = {"sort": "-updated_date"} if stream == "audiences" else {}
            first = choose(account, collection, parse_query(urlencode(newest)), Behaviour())[0]
            deleted.append(str((account.collection(collection).row(first) or {})["id"]))
            account.delete(collection, deleted[0])

    sandbox.hook(delete_behind_the_first_page)
    output = sync(sandbox, [stream], page_size=page_size)
    assert _sorted_ids(output.records[stream]) == before
    assert _sorted_ids(sandbox.account.rows(collection)) == sorted(set(before) - set(deleted))
    assert output.logged("came or went") == []
    assert len(sandbox.requests) <= 9


@pytest.mark.parametrize(
    ("stream", "contacts", "rows", "requests"),
    [
        ("audiences", 30_100, 301, 1),
        # All of a short page may have come, or as many as the server ever sends.
        ("audiences", 30_000, 300, 3),
        ("whatsapp_templates", 30_000, 300, 3),
        ("whatsapp_conversations", 7_000, 210, 3),
    ],
)
def test_numbered_pages_cost_a_request_each_when_nothing_moves(
    serve: Serve, stream: str, contacts: int, rows: int, requests: int
) -> None:
    sandbox = serve(contacts=contacts)
    assert len(sync(sandbox, [stream]).records[stream]) == rows
    assert len(sandbox.requests) == requests


def test_numbered_pages_are_begun_while_the_stream_before_them_is_read(serve: Serve) -> None:
    sandbox = serve(contacts=700)
    begun = threading.Event()

    def wait_for_the_last_page(request: Request, _: Account) -> None:
        # The stream before holds its last page back until the third page is asked for.
        if request.path.endswith("/contactTags") and request.query.number("offset", 0) > 990:
            assert begun.wait(20)
        if request.path.endswith("/inbox/conversation") and request.query.number("page", 1) == 3:
            begun.set()

    sandbox.hook(wait_for_the_last_page)
    output = sync(sandbox, ["contact_tags", "whatsapp_conversations"], page_size=10)
    assert begun.is_set()
    assert len(output.records["whatsapp_conversations"]) == 21
    asked = Counter((one.path, str(one.query)) for one in sandbox.requests)
    assert set(asked.values()) == {1}


def test_activities_of_all_contacts_are_read_in_one_pass_where_the_account_lists_them(
    serve: Serve,
) -> None:
    sandbox = serve(activities_need_contact=False)
    output = sync(sandbox, ["activities"])
    assert _sorted_ids(output.records["activities"]) == _sorted_ids(
        sandbox.account.rows("activities")
    )
    assert set(Counter(one.path for one in sandbox.requests)) == {"activities"}


def test_activities_are_asked_for_after_their_contact_was_read(serve: Serve) -> None:
    sandbox = serve()
    sync(sandbox, ["activities"])
    read: set[str] = set()
    for one in sandbox.requests:
        if one.path.startswith("contacts/"):
            read.add(one.path.partition("/")[2])
        elif contact := one.query.get("contact"):
            assert contact in read
    assert len(read) == sandbox.account.count("contacts")


def test_groups_of_fields_are_read_under_either_name(serve: Serve) -> None:
    sandbox = serve(field_groups="groupMembers")
    output = sync(sandbox, ["contact_custom_field_groups"])
    rows = {str(row["id"]): row for row in sandbox.account.rows("groupMembers")}
    assert len(output.records["contact_custom_field_groups"]) == len(rows) > 0
    for record in output.records["contact_custom_field_groups"]:
        row = rows[str(record["id"])]
        assert (record["group_id"], record["rel_id"]) == (row["group_id"], row["rel_id"])
    assert output.unknown() == []


def test_children_carry_their_parent(serve: Serve) -> None:
    sandbox = serve(contacts=200)
    output = sync(sandbox, ["sms_broadcast_recipients", "sms_broadcast_failures"])
    sent = {int(row["id"]) for row in sandbox.account.rows("smsBroadcasts")}
    for records in output.records.values():
        assert {record["broadcast_id"] for record in records} <= sent
        assert len(records) > 5


def test_failures_that_differ_in_their_source_only_have_different_keys(serve: Serve) -> None:
    sandbox = serve(contacts=200)
    failures = sandbox.account.collection("smsFailures")
    broadcasts = [str(row["id"]) for row in sandbox.account.rows("smsBroadcasts")]
    broadcast = next(one for one in broadcasts if len(failures.children_of(one)) == 2)
    for key, source in zip(failures.children_of(broadcast), ("ac", None), strict=True):
        row = {**(failures.row(key) or {}), "errorCode": "30003", "errorSource": source}
        failures.keep(key, row)
    output = sync(sandbox, ["sms_broadcast_failures"])
    assert output.keys["sms_broadcast_failures"] == ["broadcast_id", "error_code", "error_source"]
    keys = {
        (record["error_code"], record["error_source"])
        for record in output.records["sms_broadcast_failures"]
        if record["broadcast_id"] == int(broadcast)
    }
    assert keys == {("30003", "ac"), ("30003", "")}


# GraphQL


class Search:
    """A search of 30 rows in an account that lacks one of the fields asked for."""

    page_size = 10

    def __init__(self) -> None:
        self.asks_for = {"id", "brand"}
        self.offsets: list[int] = []
        self.left_out: list[frozenset[str]] = []

    def begin_page(self, lane: object, since: object, offset: int, limit: int) -> Future[Page]:
        del lane, since
        self.offsets.append(offset)
        future: Future[Page] = Future()
        if "brand" in self.asks_for:
            future.set_exception(FieldsRefusedError("searchProduct", frozenset({"brand"})))
        else:
            rows = [{"id": number} for number in range(30)[offset : offset + limit]]
            future.set_result(Page(rows, None, limit))
        return future

    def row_key(self, row: dict[str, Any]) -> int:
        return int(row["id"])

    def leave_out(self, fields: frozenset[str]) -> None:
        self.left_out.append(fields)
        self.asks_for -= fields


@pytest.mark.parametrize("begun_ahead", [0, 1, 2, 3, 99])
def test_a_field_that_the_account_lacks_is_found_out_by_the_first_page_once(
    begun_ahead: int,
) -> None:
    search = Search()
    scan = GraphQLScan(
        cast("GraphQLStream", search), cast("PageLane", SimpleNamespace(parallel=4)), None
    )
    begun = [scan.begin_next_page() for _ in range(begun_ahead)]
    assert [row["id"] for rows in scan for row in rows] == list(range(30))
    assert search.left_out == [frozenset({"brand"})]
    assert search.offsets[:2] == [0, 0]
    assert len(search.offsets) <= 7
    if begun_ahead == 99:
        assert begun[-1] is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("is_on_sale", "isOnSale"), ("id", "id"), ("base_product_url_slug", "baseProductUrlSlug")],
)
def test_camel_case_is_what_graphql_writes(name: str, expected: str) -> None:
    assert camel_case(name) == expected


def test_selection_asks_for_the_columns_without_what_the_account_refuses() -> None:
    columns = (
        uuid("Identifier."),
        array("tags", "text", "Tags."),
        objects("base_images", (text("url", "Address."), text("alt_text", "Text.")), "Pictures."),
    )
    assert selection_of(columns, frozenset()) == "{ id tags baseImages { url altText } }"
    assert selection_of(columns, frozenset({"altText", "tags"})) == "{ id baseImages { url } }"


@pytest.mark.parametrize(
    ("errors", "names"),
    [
        ([{"message": 'Cannot query field "brand" on type "Product".'}], {"brand"}),
        ([{"message": "Cannot query field 'upc' on type 'Product'. Did you mean 'url'?"}], {"upc"}),
        ([{"message": "Field 'images' must have a selection of subfields."}], {"images"}),
        ([{"message": "Internal error"}, "text", {}], set()),
        ([], set()),
        ("Cannot query field 'upc'", set()),
        (None, set()),
    ],
)
def test_fields_that_errors_complain_about_are_named(errors: Any, names: set[str]) -> None:
    assert fields_named({"errors": errors}) == names
