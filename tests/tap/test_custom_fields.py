"""Contacts, deals and accounts that carry the values of their custom fields."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tap_activecampaign.tap import TapActiveCampaign
from tests.sandbox import Sandbox
from tests.tap.runs import catalog_of, config_of, sync
from tests.tap.state.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

Record = dict[str, Any]


class Owner(NamedTuple):
    """Where a stream's custom fields are in the account."""

    stream: str
    rows: str
    fields: str
    values: str
    values_stream: str
    owner_key: str
    field_key: str
    value_key: str


CONTACTS = Owner(
    "contacts",
    "contacts",
    "fields",
    "fieldValues",
    "contact_custom_field_values",
    "contact",
    "field",
    "value",
)
DEALS = Owner(
    "deals",
    "deals",
    "dealCustomFieldMeta",
    "dealCustomFieldData",
    "deal_custom_field_values",
    "dealId",
    "customFieldId",
    "fieldValue",
)
ACCOUNTS = Owner(
    "accounts",
    "accounts",
    "accountCustomFieldMeta",
    "accountCustomFieldData",
    "account_custom_field_values",
    "accountId",
    "customFieldId",
    "fieldValue",
)
OWNERS = pytest.mark.parametrize("owner", [CONTACTS, DEALS, ACCOUNTS], ids=lambda one: one.stream)


@pytest.fixture
def lab() -> Iterator[Lab]:
    # A value that changes does not move the stamp of its row.
    with Sandbox(contacts=60, requests_per_second=None, stamps_follow=()) as sandbox:
        yield Lab(sandbox)


def _choices(written: Any) -> list[str] | None:
    parts = written if isinstance(written, list) else written.strip("|").split("||")
    return [part for part in parts if part] or None


def _moment_of(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("America/Chicago"))


READERS: dict[str, Callable[[Any], Any]] = {
    "checkbox": _choices,
    "listbox": _choices,
    "multiselect": _choices,
    "number": float,
    "currency": int,
    "date": lambda written: date.fromisoformat(written).isoformat(),
    "datetime": _moment_of,
}


def expected_value(kind: str, written: Any) -> Any:
    """Return what a column of a field holds, by the simplest means."""
    try:
        return None if written is None else READERS.get(kind, str)(written)
    except ValueError:
        return None


def expected(lab: Lab, owner: Owner) -> dict[int, dict[str, Any]]:
    """Return the columns of each row of the account: those that have a value."""
    names = {}
    for field in lab.account.rows(owner.fields):
        tag = str(field.get("perstag") or field.get("personalization") or "")
        kind = field.get("type") or field.get("fieldType") or ""
        names[int(field["id"])] = (tag.lower() or f"field_{field['id']}", kind)
    found: dict[int, dict[str, Any]] = {int(row["id"]): {} for row in lab.account.rows(owner.rows)}
    for row in lab.account.rows(owner.values):
        row_id = int(row[owner.owner_key])
        name, kind = names[int(row[owner.field_key])]
        value = expected_value(kind, row[owner.value_key])
        if row_id in found and value is not None:
            found[row_id][name] = value
            if kind == "currency":
                found[row_id][f"{name}_currency"] = row["fieldCurrency"]
    return found


def told(record: Record, prefix: str = "cf_") -> dict[str, Any]:
    """Return the values of custom fields that a record has, with moments as such."""
    values = record["custom_fields"] if prefix == "" else record
    return {
        name.removeprefix(prefix): _moment(value)
        for name, value in values.items()
        if name.startswith(prefix) and value is not None
    }


def _moment(value: Any) -> Any:
    is_moment = isinstance(value, str) and value.endswith("+00:00")
    return datetime.fromisoformat(value) if is_moment else value


def received(lab: Lab, owner: Owner, prefix: str = "cf_") -> dict[int, dict[str, Any]]:
    return {row_id: told(record, prefix) for row_id, record in lab.received[owner.stream].items()}


def text_field(lab: Lab, owner: Owner) -> str:
    """Return the id of a field that holds text."""
    fields = lab.account.rows(owner.fields)
    return str(
        next(one["id"] for one in fields if "text" in (one.get("type"), one.get("fieldType")))
    )


def change_value(lab: Lab, owner: Owner, text: str, position: int = 0) -> int:
    """Change a value, and nothing else; return the id of the row that it belongs to."""
    field = text_field(lab, owner)
    values = [row for row in lab.account.rows(owner.values) if str(row[owner.field_key]) == field]
    lab.account.touch(owner.values, values[position]["id"], **{owner.value_key: text})
    return int(values[position][owner.owner_key])


@OWNERS
@pytest.mark.parametrize(("setting", "prefix"), [("columns", "cf_"), ("object", "")])
def test_records_carry_the_values_of_their_fields(
    lab: Lab, owner: Owner, setting: str, prefix: str
) -> None:
    run = lab.run(owner.stream, custom_fields=setting)
    wanted = expected(lab, owner)
    if setting == "object":
        wanted = {
            row_id: {name: value for name, value in values.items() if value != ""}
            for row_id, values in wanted.items()
        }
    assert received(lab, owner, prefix) == wanted
    assert any(wanted.values())
    assert len(run.records[owner.stream]) == lab.account.count(owner.rows)


@OWNERS
def test_values_are_read_once_for_rows_and_for_their_own_stream(lab: Lab, owner: Owner) -> None:
    run = lab.run(owner.stream, owner.values_stream, custom_fields="columns")
    assert len(run.asked(owner.values)) == -(-(lab.account.count(owner.values) - 1) // 99)
    assert len(run.records[owner.values_stream]) == lab.account.count(owner.values)
    assert received(lab, owner) == expected(lab, owner)


@OWNERS
def test_a_row_is_sent_again_when_only_a_value_of_it_changed(lab: Lab, owner: Owner) -> None:
    lab.run(owner.stream, custom_fields="columns")
    lab.later(hours=30)
    row_id = change_value(lab, owner, "Olinda")
    lab.later(minutes=5)
    run = lab.run(owner.stream, custom_fields="columns")
    assert row_id in run.ids(owner.stream)
    assert len(run.ids(owner.stream)) == len(set(run.ids(owner.stream)))
    assert "Olinda" in received(lab, owner)[row_id].values()
    assert received(lab, owner) == expected(lab, owner)
    assert len(run.ids(owner.stream)) <= 3


@OWNERS
def test_rows_are_read_whole_when_many_values_changed(lab: Lab, owner: Owner) -> None:
    lab.run(owner.stream, custom_fields="columns", page_size=100)
    lab.later(hours=30)
    values = lab.account.rows(owner.values)
    for value in values:
        lab.account.touch(owner.values, value["id"])
    lab.later(minutes=5)
    run = lab.run(owner.stream, custom_fields="columns", page_size=100)
    rows = {int(row["id"]) for row in lab.account.rows(owner.rows)}
    assert {int(value[owner.owner_key]) for value in values} & rows <= set(run.ids(owner.stream))
    assert received(lab, owner) == expected(lab, owner)
    one_by_one = [one for one in run.requests if one.path.startswith(f"{owner.rows}/")]
    assert len(one_by_one) <= 5


def test_nothing_is_sent_by_later_runs_but_what_is_as_new_as_the_bookmark(lab: Lab) -> None:
    lab.run("deals", custom_fields="columns")
    lab.later(hours=30)
    assert len(lab.run("deals", custom_fields="columns").ids("deals")) <= 2
    change_value(lab, DEALS, "Olinda")
    lab.later(hours=1)
    assert len(lab.run("deals", custom_fields="columns").ids("deals")) <= 3
    lab.later(hours=1)
    assert len(lab.run("deals", custom_fields="columns").ids("deals")) <= 3


def test_a_row_of_before_the_start_date_is_not_sent_because_a_value_of_it_changed(lab: Lab) -> None:
    start_date = max(row["mdate"] for row in lab.account.rows("deals") if row.get("mdate"))
    first = lab.run("deals", custom_fields="columns", start_date=start_date).ids("deals")
    lab.later(hours=1)
    for position in range(4):
        change_value(lab, DEALS, "Olinda", position)
    lab.later(hours=1)
    again = lab.run("deals", custom_fields="columns", start_date=start_date).ids("deals")
    assert set(again) <= set(first)


def test_all_rows_with_values_are_sent_when_a_stream_begins_to_carry_them(lab: Lab) -> None:
    lab.run("contacts")
    lab.later(hours=1)
    lab.run("contacts", custom_fields="columns")
    with_values = {row_id for row_id, values in expected(lab, CONTACTS).items() if values}
    assert {row_id: received(lab, CONTACTS)[row_id] for row_id in with_values} == {
        row_id: values for row_id, values in expected(lab, CONTACTS).items() if values
    }


def test_a_field_that_is_renamed_keeps_its_column(lab: Lab) -> None:
    catalog = catalog_of(config_of(lab.sandbox, custom_fields="columns"))
    lab.account.touch("fields", text_field(lab, CONTACTS), title="Outro nome")
    renamed = catalog_of(config_of(lab.sandbox, custom_fields="columns"))
    before, after = (_properties(one, "contacts") for one in (catalog, renamed))
    assert list(before) == list(after)
    assert "Outro nome" in after["cf_cpf"]["description"]


def test_a_field_that_the_catalog_does_not_know_is_told_once_and_its_values_are_in_rows(
    lab: Lab,
) -> None:
    config = config_of(lab.sandbox, custom_fields="columns")
    catalog = catalog_of(config, ["contacts", "contact_custom_field_values"])
    new = lab.account.insert("fields", title="Novo", type="text", perstag="NOVO")
    contact = lab.account.id_at("contacts", 3)
    lab.account.insert("fieldValues", contact=contact, field=new, value="x", owner=contact)
    output = sync(lab.sandbox, catalog=catalog, custom_fields="columns")
    assert [text for text in output.logged("NOVO", level="WARNING") if "contacts" in text] != []
    assert len(output.logged("NOVO")) == 1
    assert not any("cf_novo" in record for record in output.records["contacts"])
    values = output.records["contact_custom_field_values"]
    assert [one["value"] for one in values if one["field"] == int(new)] == ["x"]


def test_a_field_that_changed_its_type_keeps_the_type_of_the_catalog(lab: Lab) -> None:
    catalog = catalog_of(config_of(lab.sandbox, custom_fields="columns"), ["contacts"])
    points = next(one for one in lab.account.rows("fields") if one["perstag"] == "PONTOS")
    contact = lab.account.id_at("contacts", 3)
    lab.account.touch("fields", points["id"], type="text")
    new = {"contact": contact, "owner": contact, "field": points["id"], "value": "muitos"}
    lab.account.insert("fieldValues", **new)
    output = sync(lab.sandbox, catalog=catalog, custom_fields="columns")
    held = next(one for one in output.records["contacts"] if one["id"] == int(contact))
    assert held["cf_pontos"] is None
    assert ("contacts", "cf_pontos") in output.misfits()


def test_a_column_that_is_not_selected_is_left_out(lab: Lab) -> None:
    catalog = catalog_of(config_of(lab.sandbox, custom_fields="columns"), ["contacts"])
    for one in next(e for e in catalog["streams"] if e["tap_stream_id"] == "contacts")["metadata"]:
        if one["breadcrumb"] == ["properties", "cf_cpf"]:
            one["metadata"]["selected"] = False
    output = sync(lab.sandbox, catalog=catalog, custom_fields="columns")
    assert "cf_cpf" not in output.schemas["contacts"]["properties"]
    assert not any("cf_cpf" in record for record in output.records["contacts"])
    assert any(record["cf_link_boleto"] for record in output.records["contacts"])


@pytest.mark.parametrize("denied", ["dealCustomFieldMeta", "dealCustomFieldData"])
def test_rows_come_without_custom_fields_that_may_not_be_read(lab: Lab, denied: str) -> None:
    lab.sandbox.behaviour.forbidden = [denied]
    run = lab.run("deals", custom_fields="object")
    assert len(run.ids("deals")) == lab.account.count("deals")
    assert any("without its custom fields" in text for text in run.warnings("deals"))


def test_discovery_asks_the_account_only_for_columns(lab: Lab) -> None:
    for setting in ("rows", "object"):
        unused = {"api_url": "https://example.com", "api_token": "unused"}
        first, second = (
            json.dumps(TapActiveCampaign(config={**unused, "custom_fields": setting}).catalog_dict)
            for _ in range(2)
        )
        assert first == second
    lab.sandbox.clear_log()
    catalog_of(config_of(lab.sandbox, custom_fields="columns"))
    assert sorted(request.path for request in lab.sandbox.requests) == [
        "accountCustomFieldMeta",
        "dealCustomFieldMeta",
        "fields",
    ]


def _properties(catalog: dict[str, Any], stream: str) -> dict[str, Any]:
    entry = next(one for one in catalog["streams"] if one["tap_stream_id"] == stream)
    properties: dict[str, Any] = entry["schema"]["properties"]
    return properties
