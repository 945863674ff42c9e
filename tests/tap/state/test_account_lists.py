"""Lists of the account that some accounts have below each contact only, and late rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.tap.wire import wire_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

LISTS = {
    "contact_geo_ips": ("geoIps", "geoIps"),
    "contact_logs": ("contactLogs", "contactLogs"),
    "contact_plus_append": ("plusAppends", "plusAppend"),
    "contact_tracking_logs": ("trackingLogs", "trackingLogs"),
}
STREAM, PATH = "contact_tracking_logs", "trackingLogs"


def _ids(records: list[Any]) -> list[int]:
    return sorted(record["id"] for record in records)


@pytest.mark.parametrize("stream", LISTS)
def test_a_list_of_the_account_costs_a_request_for_each_page(
    lab_with: Callable[..., Lab], stream: str
) -> None:
    lab = lab_with(contacts=300)
    run = lab.run(stream)
    rows = wire_rows(lab.sandbox, stream)
    assert _ids(run.records[stream]) == sorted(int(row["id"]) for row in rows)
    path, _ = LISTS[stream]
    assert {request.path for request in run.requests} == {path}
    assert len(run.requests) <= len(rows) / 99 + 2


@pytest.mark.parametrize("stream", LISTS)
def test_the_lists_below_contacts_are_read_when_the_account_has_no_other(
    lab_with: Callable[..., Lab], stream: str
) -> None:
    path, below = LISTS[stream]
    lab = lab_with(contacts=30, not_found=(path,))
    run = lab.run(stream)
    people = {row["id"] for row in lab.account.rows("contacts")}
    rows = [row for row in lab.account.rows(path) if row["contact"] in people]
    assert _ids(run.records[stream]) == sorted(int(row["id"]) for row in rows)
    assert len([one for one in run.requests if one.path.endswith(f"/{below}")]) == 30
    assert [text for level, text in run.log if level == "INFO" and "is read below each" in text]
    assert run.warnings(stream) == []
    # The list may come back.
    lab.sandbox.behaviour.not_found = ()
    lab.later(hours=1)
    assert {request.path for request in lab.run(stream).requests} == {path}


def test_merges_are_read_without_being_asked_for(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with()
    records = lab.run("contact_logs").records["contact_logs"]
    assert {record["action"] for record in records} == {"merge"}
    assert records[0]["as_sent"] == lab.account.rows("contactLogs")[0]


def test_events_that_come_late_are_emitted_within_a_week(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=400)
    lab.run(STREAM)
    lab.later(hours=1)
    for position in range(3):
        lab.account.happen(PATH, lab.account.id_at("contacts", position))
    on_time = int(lab.account.insert(PATH, contact="1", subscriberid="1"))
    lab.later(hours=1)
    assert on_time in lab.run(STREAM).ids(STREAM)
    known = {int(row["id"]) for row in lab.account.rows(PATH)}
    lab.later(days=5)
    for position in range(3):
        lab.account.refresh_feed(lab.account.id_at("contacts", position))
    late = {int(row["id"]) for row in lab.account.rows(PATH)} - known
    assert len(late) == 3
    run = lab.run(STREAM)
    assert set(run.ids(STREAM)) >= late
    assert len(run.asked(PATH)) <= 3


def test_events_that_come_later_still_are_emitted_by_the_audit(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=400)
    lab.run(STREAM)
    lab.later(hours=1)
    contact = lab.account.id_at("contacts", 0)
    lab.account.happen(PATH, contact)
    for _ in range(13):
        lab.later(days=3)
        lab.account.insert(PATH, contact="1", subscriberid="1")
        lab.run(STREAM)
    lab.account.refresh_feed(contact)
    late = max(int(row["id"]) for row in lab.account.rows(PATH))
    for _ in range(3):
        lab.later(days=3)
        lab.run(STREAM)
    assert late in lab.received[STREAM]


@pytest.mark.parametrize("whole", [True, False])
def test_activities_that_come_late_are_emitted_within_a_week(
    lab_with: Callable[..., Lab], *, whole: bool
) -> None:
    lab = lab_with(contacts=30, activities_need_contact=not whole)
    lab.run("activities")
    lab.later(hours=1)
    contact = lab.account.id_at("contacts", 0)
    lab.account.happen("activities", contact)
    lab.later(hours=1)
    other = lab.account.insert("activities", subscriberid="2")
    lab.touch("contacts", "2")
    lab.later(hours=1)
    assert int(other) in lab.run("activities").ids("activities")
    lab.later(days=3)
    lab.account.refresh_feed(contact)
    lab.touch("contacts", contact)
    lab.later(hours=1)
    late = max(int(row["id"]) for row in lab.account.rows("activities"))
    assert late in lab.run("activities").ids("activities")
