"""Values of custom fields that contacts carry come in the pass over the contacts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap.runs import catalog_of, config_of, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.sideload.family import Family
    from tests.tap.state.lab import Run

    Open = Callable[..., Family]

pytestmark = pytest.mark.slow

VALUES = "contact_custom_field_values"
SELECTIONS = pytest.mark.parametrize(
    "streams", [("contacts",), ("contacts", VALUES)], ids=["alone", "with values"]
)


def outdated(family: Family, setting: str) -> set[int]:
    """Return the ids of contacts whose values the destination does not have as they are now."""
    now = sync(family.sandbox, ["contacts"], custom_fields=setting).records["contacts"]
    held = family.received["contacts"]
    return {
        record["id"] for record in now if carried(held.get(record["id"], {})) != carried(record)
    }


def carried(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in record.items()
        if name == "custom_fields" or name.startswith("cf_")
    }


def asked(run: Run) -> dict[str, int]:
    return dict(Counter(request.path for request in run.requests))


def change_value(family: Family, position: int) -> int:
    """Change a value now; return the id of its contact."""
    rows = family.account.rows("fieldValues")
    row = rows[position % len(rows)]
    family.account.touch("fieldValues", row["id"], value=f"Nova {position}")
    return int(row["contact"])


@pytest.mark.parametrize(
    ("setting", "streams"),
    [("object", ("contacts",)), ("object", ("contacts", VALUES)), ("columns", ("contacts",))],
)
def test_a_first_run_costs_the_contacts_and_a_daily_one_what_changed(
    family_with: Open, setting: str, streams: tuple[str, ...]
) -> None:
    family = family_with(contacts=250)
    catalog = catalog_of(config_of(family.sandbox, custom_fields=setting), streams)
    chosen = {"custom_fields": setting, "catalog": catalog}
    first = family.read(*streams, **chosen)
    assert asked(first) == {"contacts": 3, "fieldValues": 1, "fields": 1}
    assert outdated(family, setting) == set()
    assert any(any(value for value in carried(one).values()) for one in first.records["contacts"])
    assert len(first.ids("contacts")) == len(set(first.ids("contacts"))) == 250

    family.later(days=1)
    assert asked(family.read(*streams, **chosen))["contacts"] <= 2
    family.later(days=1)
    nothing_new = family.read(*streams, **chosen)
    assert asked(nothing_new) == {"contacts": 1, "fields": 1}

    family.later(days=1)
    changed = {change_value(family, 40 * step) for step in range(5)}
    third = family.read(*streams, **chosen)
    assert asked(third) == {"contacts": 1, "fields": 1}
    assert changed <= set(third.ids("contacts"))
    assert outdated(family, setting) == set()


@pytest.mark.parametrize(
    "bent",
    [
        {"includes": ()},
        {"include_cap": 5},
        {"include_cap_per_contact": 1},
        {"include_shape": "raw"},
        {"include_shape": "nested"},
        {"include_shape": "unnamed"},
        {"total": {"fieldValues": "absent"}},
    ],
    ids=str,
)
def test_values_that_do_not_prove_to_be_whole_are_read_by_their_own_path(
    family_with: Open, bent: dict[str, Any]
) -> None:
    family = family_with(**bent)
    for _ in range(2):
        run = family.read("contacts", custom_fields="object", page_size=20)
        assert outdated(family, "object") == set()
        assert len(run.ids("contacts")) == len(set(run.ids("contacts")))
        assert asked(run)["fieldValues"] > 2
        family.later(hours=1)
        change_value(family, 7)
        family.later(days=1)


def test_values_of_contacts_that_are_gone_do_not_stand_in_the_way(family_with: Open) -> None:
    family = family_with()
    field = family.account.rows("fields")[0]["id"]
    family.account.insert("fieldValues", contact="99999", owner="99999", field=field, value="x")
    family.later(days=1)
    first = family.read("contacts", custom_fields="object", page_size=20)
    assert asked(first)["fieldValues"] > 2
    for days in (1, 1, 8):
        family.later(days=days)
        run = family.read("contacts", custom_fields="object", page_size=20)
        assert asked(run).get("fieldValues", 0) <= 1
    assert outdated(family, "object") == set()


@SELECTIONS
def test_a_value_that_its_contact_does_not_show_comes_with_the_next_audit(
    family_with: Open, streams: tuple[str, ...]
) -> None:
    family = family_with(stamps_follow=())
    family.read(*streams, custom_fields="object")
    family.later(days=2)
    contact = change_value(family, 5)
    family.later(days=2)
    assert contact not in family.read(*streams, custom_fields="object").ids("contacts")
    family.later(days=5)
    audit = family.read(*streams, custom_fields="object")
    assert audit.ids("contacts").count(contact) == 1
    assert outdated(family, "object") == set()
    (warning,) = audit.warnings(VALUES)
    assert "1 rows changed while the change date of their contact did not" in warning
    assert not any(request.path.startswith("contacts/") for request in audit.requests)

    # From then on all values are read in each run.
    family.later(days=1)
    contact = change_value(family, 9)
    family.later(hours=1)
    assert contact in family.read(*streams, custom_fields="object").ids("contacts")
    assert outdated(family, "object") == set()


def test_an_audit_sends_no_contact_again_that_a_run_in_between_has_sent(family_with: Open) -> None:
    family = family_with()
    family.read("contacts", custom_fields="object")
    family.later(days=2)
    changed = set()
    for step in range(8):
        changed.add(change_value(family, 11 * step))
        family.later(minutes=1)
    assert changed <= set(family.read("contacts", custom_fields="object").ids("contacts"))
    family.later(days=8)
    audit = family.read("contacts", custom_fields="object")
    assert len(set(audit.ids("contacts")) & changed) <= 1
    assert asked(audit)["fieldValues"] == 1


def test_changes_that_runs_with_contacts_missed_come_once_sideloading_is_off(
    family_with: Open,
) -> None:
    family = family_with(stamps_follow=())
    family.read("contacts", custom_fields="object")
    family.later(days=2)
    missed = change_value(family, 5)
    family.later(days=2)
    assert missed not in family.read("contacts", custom_fields="object").ids("contacts")
    family.later(hours=1)
    run = family.read("contacts", custom_fields="object", sideload="off")
    assert missed in run.ids("contacts")
    assert outdated(family, "object") == set()


@SELECTIONS
def test_contacts_that_begin_to_carry_values_are_sent_if_they_have_some(
    family_with: Open, streams: tuple[str, ...]
) -> None:
    family = family_with()
    family.read("contacts", VALUES)
    family.later(days=1)
    family.read(*streams, custom_fields="object")
    held = family.received["contacts"]
    own = sync(family.sandbox, ["contacts"], custom_fields="object").records["contacts"]
    assert {one["id"]: one["custom_fields"] for one in own if one["custom_fields"]} == {
        row_id: record["custom_fields"]
        for row_id, record in held.items()
        if record.get("custom_fields")
    }


@pytest.mark.parametrize("sideload", ["auto", "off"])
def test_a_field_that_is_new_has_nothing_sent_again_in_an_object(
    family_with: Open, sideload: str
) -> None:
    family = family_with()
    chosen = {"custom_fields": "object", "sideload": sideload}
    family.read("contacts", **chosen)
    family.later(days=2)
    field = family.account.insert("fields", title="Novo", type="text", perstag="NOVO")
    contact = family.account.id_at("contacts", 7)
    new = {"contact": contact, "owner": contact, "field": field, "value": "x"}
    family.account.insert("fieldValues", **new)
    family.later(minutes=5)
    run = family.read("contacts", **chosen)
    assert len(run.ids("contacts")) <= 3
    held = {one["id"]: one["custom_fields"] for one in run.records["contacts"]}
    assert held[int(contact)]["novo"] == "x"
    assert outdated(family, "object") == set()

    # A tag that is changed gives a value another name in every contact.
    family.later(days=1)
    family.account.touch("fields", field, perstag="OUTRO")
    assert int(contact) in family.read("contacts", **chosen).ids("contacts")
    assert outdated(family, "object") == set()


def test_a_stream_of_values_that_is_selected_later_is_sent_whole(family_with: Open) -> None:
    family = family_with()
    family.read("contacts", custom_fields="object")
    family.later(days=1)
    family.read("contacts", VALUES, custom_fields="object")
    assert family.lacking(VALUES) == set()


def test_a_contact_of_before_the_start_date_is_not_sent_because_a_value_changed(
    family_with: Open,
) -> None:
    family = family_with(stamps_follow=())
    rows = family.account.rows("contacts")
    stamps = sorted(row["udate"] for row in rows if row["udate"] is not None)
    start_date = stamps[len(stamps) // 2]
    first = family.read("contacts", custom_fields="object", start_date=start_date)
    for days in (2, 8):
        for position in range(40):
            change_value(family, 9 * position)
        family.later(days=days)
        run = family.read("contacts", custom_fields="object", start_date=start_date)
        assert set(run.ids("contacts")) <= set(first.ids("contacts"))


@SELECTIONS
def test_day_after_day_contacts_carry_what_the_account_has(
    family_with: Open, streams: tuple[str, ...]
) -> None:
    family = family_with()
    for day in range(9):
        run = family.read(*streams, custom_fields="object")
        assert outdated(family, "object") == set()
        assert asked(run).get("fieldValues", 0) <= 1
        assert run.warnings(VALUES) == []
        family.later(days=1)
        change_value(family, 17 * day)
        family.remove(VALUES, 5 * day)
        field = family.account.rows("fields")[0]["id"]
        contact = family.account.id_at("contacts", 3 * day)
        family.add(VALUES, contact, field=field, value=f"{day}", owner=contact)
        family.later(minutes=1)


def test_contacts_read_in_full_carry_their_values(family_with: Open) -> None:
    family = family_with()
    metadata = {"contacts": {"replication-method": "FULL_TABLE"}}
    for _ in range(2):
        run = family.read("contacts", custom_fields="object", metadata=metadata)
        assert len(run.ids("contacts")) == 120
        assert outdated(family, "object") == set()
        assert asked(run)["fieldValues"] == 1
        family.later(days=1)
        change_value(family, 3)


@pytest.mark.parametrize("denied", ["fields", "fieldValues"])
def test_contacts_come_without_values_that_may_not_be_read(family_with: Open, denied: str) -> None:
    family = family_with()
    family.sandbox.behaviour.forbidden = [denied]
    for _ in range(2):
        run = family.read("contacts", custom_fields="object", max_retries=0)
        assert any("without its custom fields" in text for text in run.warnings("contacts"))
        family.later(days=1)
    assert len(family.received["contacts"]) == 120
    assert asked(run)["contacts"] <= 2
