"""What rows that come with contacts cost, on a server that ignores every order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.tap.sideload.family import MEMBERS, RIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.sideload.family import Family

    Open = Callable[..., Family]

pytestmark = pytest.mark.slow


def test_a_daily_run_costs_what_changed_and_a_first_run_a_request_for_100_contacts(
    family_with: Open,
) -> None:
    family = family_with(contacts=10_000).without_gone_tags()
    first = family.read()
    assert len(first.requests) <= 115
    assert {name: len(rows) for name, rows in first.records.items()} == {
        "contacts": 10_000,
        **{name: family.account.count(RIDERS[name][0]) for name in RIDERS},
    }

    family.later(days=1)
    nothing_new = family.read()
    assert len(nothing_new.requests) <= 12
    assert {name: nothing_new.records[name] for name in RIDERS} == {name: [] for name in RIDERS}

    family.later(days=1)
    changed = {name: {family.change(name, 40 * step) for step in range(200)} for name in RIDERS}
    third = family.read()
    assert len(third.requests) <= 15
    assert {name: set(third.ids(name)) for name in RIDERS} == changed


def test_each_row_comes_once_and_is_what_its_own_path_gives(family_with: Open) -> None:
    family = family_with(contacts=350).without_gone_tags()
    run = family.read()
    own = family.by_own_paths()
    for name in RIDERS:
        assert len(run.ids(name)) == len(set(run.ids(name)))
        assert {record["id"]: record for record in run.records[name]} == own[name]
    assert len(run.requests) <= 4 + 4 + len(RIDERS)
    assert set(Counter(one.path for one in run.requests)) == {
        "contacts",
        *(collection for collection, _ in RIDERS.values()),
    }


@pytest.mark.parametrize("name", sorted(RIDERS))
def test_a_stream_rides_whether_or_not_contacts_are_selected(family_with: Open, name: str) -> None:
    family = family_with(contacts=250).without_gone_tags()
    run = family.read(name)
    assert set(run.ids(name)) == set(family.by_own_paths(name)[name])
    assert [one.path for one in run.requests].count(RIDERS[name][0]) == 1
    family.later(days=1)
    changed = family.change(name, 7)
    again = family.read(name)
    assert again.ids(name) == [changed]
    assert [one.path for one in again.requests] == ["contacts"]


def test_contacts_name_the_ids_of_what_hangs_on_them(family_with: Open) -> None:
    family = family_with().without_gone_tags()
    run = family.read()
    columns = {
        "contact_tags": "contact_tags",
        "contact_lists": "contact_lists",
        "contact_custom_field_values": "field_values",
    }
    for name, column in columns.items():
        listed = {(one["id"], row) for one in run.records["contacts"] for row in one[column]}
        assert listed == {(one["contact"], one["id"]) for one in run.records[name]}
        assert listed


def test_a_contact_that_lost_its_tags_says_so_in_the_next_run(family_with: Open) -> None:
    family = family_with().without_gone_tags()
    family.read()
    family.later(hours=1)
    contact = family.account.rows("contactTags")[0]["contact"]
    for row in family.account.rows("contactTags"):
        if row["contact"] == contact:
            family.account.delete("contactTags", row["id"])
    run = family.read()
    assert {one["id"]: one["contact_tags"] for one in run.records["contacts"]}[int(contact)] == []
    assert run.records["contact_tags"] == []


def test_few_rows_below_many_contacts_are_read_by_their_own_path(family_with: Open) -> None:
    family = family_with(contacts=900)
    for row in family.account.rows("contactDeals")[3:]:
        family.account.delete("contactDeals", row["id"])
    run = family.read("contact_deals", full_read_every_days=1)
    assert len(run.ids("contact_deals")) == 3
    assert len(run.requests) <= 3
    (reason,) = (one for one in family.log_of(run, "contact_deals", "INFO") if "own path" in one)
    assert "costs less" in reason


@pytest.mark.parametrize("streams", [MEMBERS, tuple(RIDERS)], ids=["with contacts", "without"])
def test_a_run_with_nothing_new_costs_one_request(
    family_with: Open, streams: tuple[str, ...]
) -> None:
    family = family_with(contacts=300).without_gone_tags()
    family.read(*streams)
    family.later(days=1)
    assert len(family.read(*streams).requests) <= 2
    family.later(days=1)
    again = family.read(*streams)
    assert len(again.requests) == 1
    assert [again.records[name] for name in RIDERS] == [[], [], []]


def test_state_stays_small(family_with: Open) -> None:
    family = family_with().without_gone_tags()
    for _ in range(4):
        family.read()
        family.later(days=3)
    for name in RIDERS:
        assert len(str(family.bookmark(name))) < 500
