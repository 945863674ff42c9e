"""Custom fields of all kinds, loaded by real loaders through Meltano."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.demo.meltano import is_installed
from tests.demo.warehouses import DuckDB
from tests.end_to_end import postgres
from tests.end_to_end.conftest import answers, unavailable_unless
from tests.sandbox.data.deals import hidden as is_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.demo.meltano import Meltano
    from tests.demo.warehouses import Warehouse
    from tests.sandbox import Sandbox

pytestmark = [pytest.mark.meltano, pytest.mark.slow]

FIELDS = 250
KINDS = ("text", "number", "date", "datetime", "checkbox")
VALUES: dict[str, tuple[str, ...]] = {
    "text": ('Olá, "mundo"', "", "000.000.001-91"),
    "number": ("12.5", "doze", "7"),
    "date": ("2024-02-29", "29/02/2024", "0000-00-00"),
    "datetime": ("2024-03-01T09:00:00-03:00", "tomorrow", ""),
    "checkbox": ("||Inglês||Vendas||", "Inglês", ""),
}


class Amounts(NamedTuple):
    """Where rows hold amounts of money.

    Attributes:
        collection: The rows.
        values: Their values.
        owner_key: Property of a value that names its row.
        column: Column of the amount, without prefix.
    """

    collection: str
    values: str
    owner_key: str
    column: str


AMOUNTS = (
    Amounts("deals", "dealCustomFieldData", "dealId", "deal_2"),
    Amounts("accounts", "accountCustomFieldData", "accountId", "account_2"),
)
AMOUNT_FIELD = 3
# Of the first three rows of each: cents and their currency, nothing of a value that does not fit.
WRITTEN = ((9_999, "USD"), (0, "JPY"), ("12,50", "BRL"))
HELD = ((9_999, "USD"), (0, "JPY"), (None, None))


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    if request.param == "duckdb":
        if not is_installed("loaders", "target-duckdb"):
            pytest.skip("target-duckdb has no release that keeps every row on this Python")
        yield DuckDB(tmp_path / "warehouse.duckdb")
        return
    unavailable_unless(
        answers(postgres.HOST, postgres.PORT), "REQUIRE_POSTGRES", "no PostgreSQL server answers"
    )
    schema = postgres.Postgres(f"custom_fields_{uuid.uuid4().hex}")
    yield schema
    schema.drop()


@pytest.fixture
def contact(sandbox: Sandbox) -> int:
    """Give the account 250 more fields, and one contact a value of each."""
    account = sandbox.account
    row_id = account.id_at("contacts", 5)
    for number in range(FIELDS):
        kind = KINDS[number % len(KINDS)]
        tag = f"F{number}_{kind.upper()}"
        field = account.insert("fields", title=f"Campo {number}", type=kind, perstag=tag)
        written = VALUES[kind][number // len(KINDS) % len(VALUES[kind])]
        account.insert("fieldValues", contact=row_id, owner=row_id, field=field, value=written)
    return int(row_id)


@pytest.fixture
def amounts(sandbox: Sandbox) -> dict[Amounts, list[int]]:
    """Give deals and accounts amounts of several currencies; return the rows that have them."""
    account, rows = sandbox.account, {}
    for one in AMOUNTS:
        positions = [
            place for place in range(9) if one.collection != "deals" or not is_hidden(place)
        ]
        rows[one] = [int(account.id_at(one.collection, place)) for place in positions[:3]]
        for row_id, (value, currency) in zip(rows[one], WRITTEN, strict=True):
            written = {"fieldValue": value, "fieldCurrency": currency}
            owner = {one.owner_key: row_id, "customFieldId": AMOUNT_FIELD}
            account.insert(one.values, **owner, **written)
    return rows


def run(meltano: Meltano, warehouse: Warehouse, setting: str, *options: str) -> Any:
    selection = json.dumps(["contacts.*", "deals.*", "accounts.*", "contact_custom_field_values.*"])
    meltano.settings.update(
        warehouse.settings(),
        TAP_ACTIVECAMPAIGN__SELECT=selection,
        TAP_ACTIVECAMPAIGN_CUSTOM_FIELDS=setting,
    )
    done = meltano.run("run", *options, "tap-activecampaign", warehouse.loader)
    assert done.exit_code == 0, done.log
    return done


def test_columns_hold_each_kind_of_value(
    sandbox: Sandbox,
    meltano: Meltano,
    warehouse: Warehouse,
    contact: int,
    amounts: dict[Amounts, list[int]],
) -> None:
    first = run(meltano, warehouse, "columns")
    assert "does not fit its type" in first.log

    def held(column: str) -> str:
        return str(warehouse.value("contacts", contact, column))

    assert held("cf_f0_text") == 'Olá, "mundo"'
    assert float(held("cf_f1_number")) == 12.5
    assert held("cf_f2_date").startswith("2024-02-29")
    assert "2024-03-01" in held("cf_f3_datetime")
    made = warehouse.value("contacts", contact, "cf_f4_checkbox")
    assert (json.loads(made) if isinstance(made, str) else made) == ["Inglês", "Vendas"]
    assert [held(f"cf_f{5 + number}_{KINDS[number]}") for number in (1, 2, 3)] == ["None"] * 3
    assert len(sandbox.account.rows("fields")) > FIELDS

    def held_amounts(one: Amounts) -> tuple[tuple[Any, Any], ...]:
        names = (f"cf_{one.column}", f"cf_{one.column}_currency")
        return tuple(
            (
                warehouse.value(one.collection, row_id, names[0]),
                warehouse.value(one.collection, row_id, names[1]),
            )
            for row_id in amounts[one]
        )

    assert {one: held_amounts(one) for one in AMOUNTS} == dict.fromkeys(AMOUNTS, HELD)

    # A field is renamed, and a value changes: the column stays, and has the new value.
    fields = {str(row["perstag"]): row["id"] for row in sandbox.account.rows("fields")}
    sandbox.account.touch("fields", fields["F0_TEXT"], title="Outro nome")
    changed = next(
        row["id"]
        for row in sandbox.account.rows("fieldValues")
        if str(row["field"]) == str(fields["F0_TEXT"])
    )
    sandbox.account.touch("fieldValues", changed, value="novo")
    # Another one changes its type: what no longer fits is null.
    sandbox.account.touch("fields", fields["F1_NUMBER"], type="text")
    # Amounts change, and nothing else of their rows; one of them becomes one that fits.
    for one in AMOUNTS:
        for value in sandbox.account.rows(one.values)[-len(WRITTEN) :]:
            changed = {"fieldValue": "1250", "fieldCurrency": "EUR"}
            sandbox.account.touch(one.values, value["id"], **changed)
    run(meltano, warehouse, "columns")
    assert {one: held_amounts(one) for one in AMOUNTS} == dict.fromkeys(
        AMOUNTS, ((1_250, "EUR"),) * 3
    )
    assert held("cf_f0_text") == "novo"
    assert float(held("cf_f1_number")) == 12.5


def test_one_object_holds_each_kind_of_value(
    meltano: Meltano, warehouse: Warehouse, contact: int, amounts: dict[Amounts, list[int]]
) -> None:
    run(meltano, warehouse, "object")

    def held(table: str, row_id: int) -> dict[str, Any]:
        written = warehouse.value(table, row_id, "custom_fields")
        values: dict[str, Any] = json.loads(written) if isinstance(written, str) else written
        return values

    for one, rows in amounts.items():
        objects = [held(one.collection, row_id) for row_id in rows]
        names = (one.column, f"{one.column}_currency")
        assert tuple((each.get(names[0]), each.get(names[1])) for each in objects) == HELD
    values = held("contacts", contact)
    assert values["f0_text"] == 'Olá, "mundo"'
    assert values["f1_number"] == 12.5
    assert values["f3_datetime"] == "2024-03-01T12:00:00+00:00"
    assert values["f4_checkbox"] == ["Inglês", "Vendas"]
    assert "f6_number" not in values
