"""Which streams ride with the contacts: what a check says of it is what runs then do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.check.account import AccountCheck
from tap_activecampaign.check.report import Report
from tap_activecampaign.tap import StreamsOfRun
from tests.sandbox import Sandbox
from tests.tap.runs import open_tap
from tests.tap.sideload.family import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_activecampaign.check.findings import StreamCheck

    Open = Callable[..., Family]

pytestmark = pytest.mark.slow

RIDERS = (
    "contact_automations",
    "contact_custom_field_values",
    "contact_deals",
    "contact_lists",
    "contact_tags",
)


@pytest.fixture
def open_with() -> Iterator[Open]:
    running: list[Sandbox] = []

    def start(**options: Any) -> Family:
        running.append(Sandbox(requests_per_second=None, honoured_orders={}, **options).start())
        return Family(running[-1])

    yield start
    for sandbox in running:
        sandbox.stop()


def check(family: Family, *streams: str, **settings: Any) -> dict[str, StreamCheck]:
    """Check an account, given the state that the last run has left."""
    family.sandbox.clear_log()
    settings = {"sideload": "auto", "max_retries": 0, **settings}
    tap = open_tap(family.sandbox, streams, state=family.state, **settings)
    try:
        found = AccountCheck(tap.fetcher, StreamsOfRun(tap).named).check(
            StreamsOfRun(tap).selected()
        )
    finally:
        tap.close()
    asked = Counter(request.path for request in family.sandbox.requests)
    assert max(asked.values()) <= 2
    return {one.stream: one for one in found}


def requests_of(checks: dict[str, StreamCheck]) -> tuple[int, int]:
    report = Report("", 5, list(checks.values()))
    return report.first_run, report.nothing_new


def riding(checks: dict[str, StreamCheck]) -> set[str]:
    return {
        name
        for name, one in checks.items()
        if one.with_contacts in {"proven", "likely"} and one.with_contacts_reason is None
    }


def kept(family: Family) -> set[str]:
    return {
        name
        for name, state in family.state["bookmarks"].items()
        if state.get("with_contacts", {}).get("standing") == "kept"
    }


@pytest.mark.parametrize(
    ("bent", "streams"),
    [
        ({}, ("contacts", *RIDERS)),
        ({}, RIDERS),
        ({}, ("contact_lists",)),
        ({"includes": ()}, ("contacts", *RIDERS)),
        ({"includes": ("contactLists",)}, ("contacts", *RIDERS)),
        ({"include_cap_per_contact": 1}, ("contacts", *RIDERS)),
        ({"include_shape": "raw"}, ("contacts", *RIDERS)),
        ({"total": {"contactLists": "absent"}}, ("contacts", *RIDERS)),
    ],
    ids=str,
)
@pytest.mark.parametrize("contacts", [90, 240])
def test_what_is_told_is_what_runs_do(
    open_with: Open, bent: dict[str, Any], streams: tuple[str, ...], contacts: int
) -> None:
    family = open_with(contacts=contacts, **bent)
    checks = check(family, *streams)
    first_run, nothing_new = requests_of(checks)
    first = family.read(*streams)
    assert riding(checks) == kept(family)
    assert abs(first_run - len(first.requests)) <= max(2, 0.05 * len(first.requests))
    told = {name: one.rows for name, one in checks.items() if one.rows is not None}
    assert told == {name: len(first.records[name]) for name in told}

    # Nothing is new a day after the last change; the sandbox's own rows are much older.
    family.later(days=2)
    family.read(*streams)
    family.later(days=2)
    later = family.read(*streams)
    assert abs(nothing_new - len(later.requests)) <= max(2, 0.05 * len(later.requests))
    again = check(family, *streams)
    assert abs(requests_of(again)[1] - len(later.requests)) <= 2


def test_values_that_contacts_carry_ride_though_their_stream_is_not_selected(
    open_with: Open,
) -> None:
    family = open_with(contacts=240)
    told = requests_of(check(family, "contacts", custom_fields="object"))
    first = family.read("contacts", custom_fields="object")
    family.later(days=2)
    family.read("contacts", custom_fields="object")
    family.later(days=2)
    later = family.read("contacts", custom_fields="object")
    assert told == (len(first.requests), len(later.requests))


def test_few_rows_below_many_contacts_cost_more_with_them(open_with: Open) -> None:
    family = open_with(contacts=900)
    for row in family.account.rows("contactLists")[3:]:
        family.account.delete("contactLists", row["id"])
    checks = check(family, "contact_lists")
    assert checks["contact_lists"].with_contacts == "costs more"
    first = family.read("contact_lists")
    assert abs(requests_of(checks)[0] - len(first.requests)) <= 1


def test_what_earlier_runs_have_found_out_is_told(open_with: Open) -> None:
    family = open_with(contacts=120, stamps_follow=())
    family.read("contact_lists", "contacts")
    assert check(family, "contact_lists", "contacts")["contact_lists"].with_contacts == "proven"
    family.later(days=1)
    family.change("contact_lists", 5)
    family.later(days=8)
    family.read("contact_lists", "contacts")
    found = check(family, "contact_lists", "contacts")["contact_lists"]
    assert found.with_contacts == "off"
    assert "does not follow" in str(found.with_contacts_reason)
    assert all("include" not in one.query for one in family.sandbox.requests)


def test_nothing_is_told_of_it_where_it_is_switched_off(open_with: Open) -> None:
    checks = check(open_with(contacts=60), "contact_lists", "contacts", sideload="off")
    assert {one.with_contacts for one in checks.values()} == {None}


def test_a_page_that_is_too_heavy_is_asked_for_without_rows(open_with: Open) -> None:
    family = open_with(contacts=120, include_most_rows=20, include_overdue="status_504")
    found = check(family, "contact_lists", "contacts")
    assert found["contact_lists"].with_contacts == "not proven"
    assert found["contacts"].rows == 120
