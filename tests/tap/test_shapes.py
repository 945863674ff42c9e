"""Values of another shape than promised, where a row, a list or an object is expected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import ApiError, BrokenAnswerError
from tests.answers import AnswerServer, body, rows
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.runs import Output

pytestmark = pytest.mark.slow

# What stands in place of a row, an object or a list.
ODD: list[Any] = [None, False, True, 0, 1.5, "", "text", [], [[]], ["text"], {}, {"": None}]
WITHOUT_KEY = "without a usable primary key"


def left_out(output: Output, stream: str) -> int:
    """Return how many rows the one warning says were left out."""
    told = [text for text in output.logged(WITHOUT_KEY, level="WARNING") if f"'{stream}'" in text]
    assert len(told) <= 1
    return int(told[0].rpartition(": ")[2].rstrip(".")) if told else 0


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    ("stream", "path", "envelope"),
    [
        ("tags", "tags", "tags"),
        ("contacts", "contacts", "contacts"),
        ("audiences", "audiences", "data"),
        ("site_tracking_domains", "prism/urlWhitelistings", "data"),
        ("contact_custom_fields", "fields", "fields"),
    ],
)
def test_row_that_is_none_is_left_out_and_counted(
    stream: str, path: str, envelope: str, odd: Any
) -> None:
    listed = [{"id": "1"}, odd, {"id": "2"}, odd, {"id": "3"}]
    with AnswerServer({path: rows(envelope, listed)}) as account:
        output = sync(account, [stream])
    assert [str(record["id"]) for record in output.records[stream]] == ["1", "2", "3"]
    assert left_out(output, stream) == 2


@pytest.mark.parametrize(
    "key", [None, "", "x", [], {}, {"id": None}, 1.5, "1e3", 2**63, "9" * 30], ids=repr
)
@pytest.mark.parametrize("stream", ["tags", "contacts"])
def test_row_with_a_key_that_is_none_is_left_out_and_counted(stream: str, key: Any) -> None:
    listed = [{"id": "1"}, {"id": key, "n": 1}, {"id": "3"}, {"id": key, "n": 2}]
    with AnswerServer({stream: rows(stream, listed)}) as account:
        output = sync(account, [stream])
    assert [record["id"] for record in output.records[stream]] == [1, 3]
    # Rows of the same impossible id are one row.
    assert left_out(output, stream) in {1, 2}


@pytest.mark.parametrize("page_size", [2, 3, 7, 100])
@pytest.mark.parametrize("stream", ["tags", "contacts", "contact_custom_fields"])
def test_rows_without_a_key_do_not_move_the_pages(stream: str, page_size: int) -> None:
    path = "fields" if stream == "contact_custom_fields" else stream
    listed: list[Any] = [{"id": str(number)} for number in range(1, 41)]
    for place in (39, 27, 20, 14, 13, 7, 0):
        listed.insert(place, {"id": None, "place": place})
    listed.insert(9, [])
    with AnswerServer({path: rows(path, listed)}) as account:
        output = sync(account, [stream], page_size=page_size)
    assert sorted(record["id"] for record in output.records[stream]) == list(range(1, 41))


def test_contacts_without_an_id_on_whole_pages_are_read_by_offset() -> None:
    listed = [*({"n": number} for number in range(5)), *({"id": str(one)} for one in range(1, 6))]
    with AnswerServer({"contacts": rows("contacts", listed)}) as account:
        output = sync(account, ["contacts"], page_size=2)
    assert sorted(record["id"] for record in output.records["contacts"]) == [1, 2, 3, 4, 5]
    assert left_out(output, "contacts") == 5


def test_contact_without_an_id_at_the_end_of_a_page_keeps_no_rows_from_coming_with_the_others() -> (
    None
):
    moved = "2026-01-01T00:00:00+00:00"
    tags = [
        {"id": str(one), "contact": str(one), "tag": "1", "updated_timestamp": moved}
        for one in range(1, 10)
    ]
    listed = [{"id": str(one), "contactTags": [str(one)]} for one in range(1, 10)]
    listed.insert(4, {"contactTags": []})
    bare = rows("contacts", listed)

    def contacts(query: dict[str, str]) -> tuple[int, bytes]:
        status, content = bare(query)
        answer = json.loads(content)
        ids = {one for contact in answer["contacts"] for one in contact["contactTags"]}
        return status, json.dumps(
            {**answer, "contactTags": [row for row in tags if row["id"] in ids]}
        ).encode()

    answers = {"contacts": contacts, "contactTags": rows("contactTags", tags)}
    with AnswerServer(answers) as account:
        output = sync(account, ["contacts", "contact_tags"], page_size=5, sideload="auto")
        assert account.asked.count("contactTags") == 1
    for stream in ("contacts", "contact_tags"):
        assert sorted(record["id"] for record in output.records[stream]) == list(range(1, 10))


SINGLE: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("event_tracking", "eventTracking", lambda odd: {"eventTracking": odd}),
    ("site_tracking", "siteTracking", lambda odd: {"siteTracking": odd}),
    ("sms_credits", "sms/credits", lambda odd: {"smsCredits": odd}),
    ("webhook_events", "webhook/events", lambda odd: {"webhookEvents": [odd]}),
    ("bulk_imports", "import/bulk_import", lambda odd: {"outstanding": [odd]}),
    ("bulk_imports", "import/bulk_import", lambda odd: {"outstanding": odd}),
    ("account_settings", "settings/account", lambda odd: {"account": odd}),
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    ("stream", "path", "of"), SINGLE, ids=[f"{one[0]} {at}" for at, one in enumerate(SINGLE)]
)
def test_answer_that_holds_something_else_is_no_row(
    stream: str, path: str, of: Callable[[Any], Any], odd: Any
) -> None:
    with AnswerServer({path: body(of(odd)), "users": rows("users", [{"id": "1"}])}) as account:
        output = sync(account, [stream, "users"], max_retries=0, failures_expected=True)
    assert len(output.records["users"]) == 1
    for error in output.failures.values():
        assert isinstance(error, ApiError)
    for record in output.records[stream]:
        assert None not in [record[key] for key in output.keys[stream]]


@pytest.mark.parametrize("odd", [None, False, 5, "text", {"a": 1}], ids=repr)
@pytest.mark.parametrize(("stream", "path"), [("tags", "tags"), ("audiences", "audiences")])
def test_envelope_that_is_no_list_is_a_failure_of_its_stream(
    stream: str, path: str, odd: Any
) -> None:
    envelope = "data" if stream == "audiences" else path
    answers = {path: body({envelope: odd}), "users": rows("users", [{"id": "1"}])}
    with AnswerServer(answers) as account:
        output = sync(account, [stream, "users"], max_retries=1, failures_expected=True)
        assert account.asked.count(path) == 2
    assert isinstance(output.failures[stream], BrokenAnswerError)
    assert len(output.records["users"]) == 1


def test_list_with_gaps_that_php_writes_as_an_object_is_a_list() -> None:
    listed = {"0": {"id": "1"}, "2": {"id": "3"}}
    with AnswerServer({"tags": body({"tags": listed})}) as account:
        output = sync(account, ["tags"])
    assert [record["id"] for record in output.records["tags"]] == [1, 3]


@pytest.mark.parametrize("odd", [False, 5, "text", {"a": 1}], ids=repr)
def test_rows_that_ride_along_are_missed_when_they_are_no_list(odd: Any) -> None:
    content = {"fields": [{"id": "1"}], "fieldOptions": odd, "meta": {"total": "1"}}
    with AnswerServer({"fields": body(content)}) as account:
        output = sync(
            account,
            ["contact_custom_field_options", "contact_custom_fields"],
            failures_expected=True,
        )
    assert [record["id"] for record in output.records["contact_custom_fields"]] == [1]
    assert "fieldOptions" in str(output.failures["contact_custom_field_options"])


@pytest.mark.parametrize("attributes", ODD, ids=repr)
def test_attributes_of_another_shape_leave_the_row_its_id(attributes: Any) -> None:
    listed = [{"type": "urlWhitelisting", "id": "1", "attributes": attributes}]
    with AnswerServer({"prism/urlWhitelistings": rows("data", listed)}) as account:
        output = sync(account, ["site_tracking_domains"])
    (record,) = output.records["site_tracking_domains"]
    assert record["id"] == 1
    is_odd = bool(attributes) and not isinstance(attributes, dict)
    told = ("site_tracking_domains", "attributes") in output.unknown()
    assert told == is_odd


@pytest.mark.parametrize(
    "total", [None, -1, True, "many", [], {}, 10**30, "9" * 500, 1.5], ids=repr
)
def test_total_that_is_none_loses_no_row(total: Any) -> None:
    listed = [{"id": str(number)} for number in range(1, 8)]

    def answer(query: dict[str, str]) -> tuple[int, bytes]:
        offset, limit = int(query["offset"]), int(query["limit"])
        content = {"tags": listed[offset : offset + limit], "meta": {"total": total}}
        return 200, json.dumps(content).encode()

    with AnswerServer({"tags": answer}) as account:
        output = sync(account, ["tags"], page_size=3)
    assert sorted(record["id"] for record in output.records["tags"]) == list(range(1, 8))
