"""Runs between two audits rely on contacts' change dates; audits find what these did not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tap.runs import sync
from tests.tap.sideload.family import RIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.sideload.family import Family

    Open = Callable[..., Family]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", sorted(RIDERS))
def test_a_row_that_its_contact_does_not_show_comes_with_the_next_audit(
    family_with: Open, name: str
) -> None:
    others = {RIDERS[other][0] for other in RIDERS if other != name}
    family = family_with(contacts=300, stamps_follow=others).without_gone_tags()
    family.read()
    family.later(days=1)
    changed = {other: family.change(other, 5) for other in RIDERS}
    run = family.read()
    assert run.ids(name) == []
    assert {other: run.ids(other) for other in RIDERS if other != name} == {
        other: [changed[other]] for other in RIDERS if other != name
    }
    family.later(days=7)
    audit = family.read()
    assert changed[name] in audit.ids(name)
    assert family.lacking(name) == set()
    (warning,) = audit.warnings(name)
    assert "1 rows changed while the change date of their contact did not" in warning
    assert {other: family.bookmark(other)["with_contacts"]["standing"] for other in RIDERS} == {
        other: "off" if other == name else "kept" for other in RIDERS
    }


def test_a_stream_that_was_switched_off_is_read_by_its_own_path_from_then_on(
    family_with: Open,
) -> None:
    family = family_with(contacts=300, stamps_follow=("contactTags", "fieldValues"))
    family.read()
    family.later(days=1)
    family.change("contact_lists", 5)
    for days in (7, 1, 8):
        family.later(days=days)
        run = family.read()
    assert family.bookmark("contact_lists")["with_contacts"]["standing"] == "off"
    assert all("contactLists" not in one.query.get("include", "") for one in run.asked("contacts"))
    changed = family.change("contact_lists", 9)
    family.later(hours=1)
    assert changed in family.read().ids("contact_lists")
    assert family.lacking("contact_lists") == set()


def test_no_stream_is_switched_off_where_contacts_follow_their_rows(family_with: Open) -> None:
    family = family_with(contacts=300)
    family.read()
    for day in range(16):
        family.later(days=1)
        for name in RIDERS:
            family.change(name, 13 * day)
        run = family.read()
        assert [one for name in RIDERS for one in run.warnings(name)] == []
        assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}
    assert {family.bookmark(name)["with_contacts"]["standing"] for name in RIDERS} == {"kept"}


def test_an_audit_costs_a_request_for_100_contacts_and_for_100_that_changed(
    family_with: Open,
) -> None:
    family = family_with(contacts=1_000).without_gone_tags()
    family.read()
    family.later(days=8)
    for position in range(150):
        family.change("contact_lists", 5 * position)
    audit = family.read()
    assert len(audit.asked("contacts")) <= 10 + 2 + 4 + 1
    assert {collection: len(audit.asked(collection)) for collection, _ in RIDERS.values()} == {
        collection: 1 for collection, _ in RIDERS.values()
    }


def test_everything_is_read_each_time_where_full_reads_are_always_due(family_with: Open) -> None:
    family = family_with(contacts=250, stamps_follow=()).without_gone_tags()
    family.read(full_read_every_days=0)
    family.later(hours=1)
    changed = family.change("contact_lists", 5)
    run = family.read(full_read_every_days=0)
    assert changed in run.ids("contact_lists")


def test_changes_that_runs_with_contacts_missed_come_once_sideloading_is_off(
    family_with: Open,
) -> None:
    family = family_with(contacts=250, stamps_follow=()).without_gone_tags()
    family.read()
    family.later(days=1)
    missed = family.change("contact_lists", 5)
    assert family.read().ids("contact_lists") == []
    family.later(days=1)
    newer = family.change("contact_custom_field_values", 5)
    family.read()
    family.later(days=1)
    run = family.read(sideload="off")
    assert missed in run.ids("contact_lists")
    assert newer in run.ids("contact_custom_field_values")
    assert "with_contacts" not in family.bookmark("contact_lists")


def test_a_stream_that_is_chosen_to_be_read_in_full_comes_whole_in_each_run(
    family_with: Open,
) -> None:
    family = family_with(contacts=150).without_gone_tags()
    metadata = {"contact_tags": {"replication-method": "FULL_TABLE"}}
    for _ in range(2):
        run = family.read(metadata=metadata)
        own = family.by_own_paths("contact_tags")["contact_tags"]
        assert sorted(run.ids("contact_tags")) == sorted(own)
        assert len(run.asked("contactTags")) == 1
        family.later(days=1)


def test_rows_from_before_start_date_are_left_out_though_runs_may_have_missed_them(
    family_with: Open,
) -> None:
    family = family_with(contacts=150, stamps_follow=()).without_gone_tags()
    family.read()
    family.later(days=1)
    older = family.change("contact_lists", 5)
    family.later(days=1)
    start = family.account.now.isoformat()
    family.later(hours=1)
    newer = family.change("contact_lists", 50)
    run = family.run(*RIDERS, sideload="off", start_date=start)
    assert newer in run.ids("contact_lists")
    assert older not in run.ids("contact_lists")


def test_rows_from_before_start_date_are_left_out(family_with: Open) -> None:
    family = family_with(contacts=150)
    start = "2025-01-01T00:00:00Z"
    run = family.read(start_date=start)
    off = sync(family.sandbox, RIDERS, start_date=start)
    for name in RIDERS:
        expected = sorted(record["id"] for record in off.records[name])
        assert sorted(run.ids(name)) == expected
        assert 0 < len(expected) < family.account.count(RIDERS[name][0])
