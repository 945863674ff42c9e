from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox import Account
from tests.sandbox.data.settings import SECRET_PREFERENCE
from tests.sandbox.sizes import DenseIds, EvenIds, Spread, UnevenIds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.test_sandbox.client import Client

# What published and recorded answers show of each entity, keys separated by blanks.
DOCUMENTED = json.loads(
    (Path(__file__).parent / "documented_keys.json").read_text(encoding="utf-8")
)

OFFSET = re.compile(r"^\d{4}-\d\d-\d\dT\d\d?:\d\d:\d\d[+-]\d\d:\d\d$")
NAIVE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
NANOS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
UTC = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")
STYLES = {"offset": OFFSET, "naive": NAIVE, "nanos_z": NANOS, "utc_z": UTC, "millis_z": UTC}


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(contacts=400)


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_rows_when_compared_with_documented_keys_lack_none(account: Account, name: str) -> None:
    seen = set().union(*(row.keys() for row in account.rows(name)))
    assert set(DOCUMENTED[name].split()) <= seen


def test_contact_when_read_alone_has_every_recorded_key(serve: Callable[..., Client]) -> None:
    client = serve()
    seen: set[str] = set()
    for row in client.account.rows("contacts")[:20]:
        seen |= set(client.get(f"contacts/{row['id']}")["contact"])
    lists = {"contactAutomations", "contactLists", "deals", "fieldValues", "geoIps"}
    assert lists | {"accountContacts", "email_empty", "emailDomain", "email_domain"} <= seen


def test_every_collection_when_the_account_is_tiny_has_rows() -> None:
    tiny = Account(contacts=3)
    small = {name for name in tiny.collection_names if tiny.count(name) < 1}
    assert small <= {
        "accountCustomFieldData", "contactGoals", "contactEmails", "emailActivities",
        "contactLogs", "contactGoalLists", "contactGoalTags",
    }  # fmt: skip
    full = Account(contacts=1000)
    assert {name for name in full.collection_names if full.count(name) < 3} == set()


def test_rows_when_made_twice_from_one_seed_are_equal() -> None:
    one, two, other = (Account(contacts=50, seed=seed) for seed in (7, 7, 8))
    for name in one.collection_names:
        assert one.rows(name) == two.rows(name), name
    assert one.rows("contacts") != other.rows("contacts")


def test_ids_when_listed_are_unique_and_found_again(account: Account) -> None:
    for name in account.collection_names:
        target = account.collection(name)
        keys = [target.key_at(position) for position in range(len(target))]
        assert keys == sorted(set(keys)), name
        if target.spec.id_property in ("id", "name") and target.spec.id_kind != "name":
            for key in keys[:5]:
                row = target.row(key)
                assert row is not None
                assert target.key_of(row[target.spec.id_property]) == key


def test_stamps_when_written_have_their_collection_s_style(account: Account) -> None:
    for name in account.collection_names:
        spec = account.collection(name).spec
        for column, style in (*spec.created, *spec.updated):
            for row in account.rows(name):
                outer, _, inner = column.partition(".")
                value = row.get(outer)
                value = value.get(inner) if inner and value else value
                if value is None or value.startswith("0000"):
                    continue
                assert STYLES[style].match(value), (name, column, value)


def test_odd_values_when_looked_for_are_there(account: Account) -> None:
    def values(name: str, column: str) -> list[Any]:
        return [row.get(column, "absent") for row in account.rows(name)]

    def kinds(name: str, column: str) -> set[type]:
        return {type(value) for value in values(name, column)}

    assert {"0000-00-00", None} <= set(values("contacts", "bounced_date"))
    assert {"0000-00-00 00:00:00", None} <= set(values("contacts", "deleted_at"))
    assert {None, "absent"} <= set(values("contacts", "adate"))
    assert "" in values("contacts", "email")
    assert None in values("contacts", "udate")
    assert None in values("dealStages", "udate")
    assert None in values("lists", "udate")
    assert {"0000-00-00 00:00:00"} <= set(values("deals", "edate"))
    assert {int, str} <= kinds("contactAutomations", "completedElements")
    assert {int, str} <= kinds("ecomOrders", "totalPrice")
    assert {int, str} <= kinds("automations", "status")
    assert {int, str} <= kinds("dealTasks", "status")
    assert {list, str, type(None)} <= kinds("dealCustomFieldData", "fieldValue")
    assert {dict, list} <= kinds("templates", "links")
    assert {dict, str} <= kinds("brandings", "links")
    assert {dict, list} <= kinds("automationBlocks", "params")
    assert {dict, list} <= kinds("forms", "options")
    assert {"", "NULL"} <= set(values("fields", "type"))
    assert "0" in values("ecomCustomers", "connectionid")
    assert {"0", "1"} == set(values("linkData", "isread"))
    assert {"2"} == set(values("mppLinkData", "isread"))
    assert SECRET_PREFERENCE in values("configs", "val")
    hidden = [row for row in account.rows("deals") if set(row) == {"id", "title", "isDisabled"}]
    assert {row["isDisabled"] for row in hidden} <= {1}
    assert hidden
    unpadded = re.compile(r"T\d:")
    assert any(unpadded.search(value) for value in values("ecomOrders", "orderDate"))
    assert any(not str(value).isdigit() for value in values("bounceLogs", "code"))
    assert {str, type(None)} <= kinds("contactDeals", "role")


def test_offsets_when_the_account_has_another_zone() -> None:
    assert {row["cdate"][-6:] for row in Account(contacts=50).rows("contacts")} == {
        "-06:00",
        "-05:00",
    }
    brazil = Account(contacts=5, offset_zone="America/Sao_Paulo").rows("contacts")
    assert {row["cdate"][-6:] for row in brazil} == {"-03:00"}
    chicago = Account(contacts=5).rows("contacts")
    naive = [row["created_timestamp"] for row in chicago]
    assert naive == [row["created_timestamp"] for row in brazil]
    assert naive == [row["cdate"][:19].replace("T", " ") for row in chicago]


def test_stamps_when_ordered_tell_the_order_by_stamp_from_that_by_id(account: Account) -> None:
    for name, column in (("tags", "updated_timestamp"), ("deals", "mdate"), ("contacts", "udate")):
        stamps = [account.stamps.read(row[column]) for row in account.rows(name) if row.get(column)]
        assert stamps != sorted(stamps, key=lambda stamp: stamp or 0)


@pytest.mark.parametrize("ids", [DenseIds(), EvenIds(), UnevenIds(1000), UnevenIds(3)])
def test_id_spaces_when_searched_agree_with_themselves(ids: DenseIds) -> None:
    keys = [ids.key_of(index) for index in range(1000 if not isinstance(ids, UnevenIds) else 3)]
    if isinstance(ids, UnevenIds) and ids.key_of(999) > 1000:
        keys = [ids.key_of(index) for index in range(1000)]
    assert keys == sorted(set(keys))
    for key in range(min(keys[-1], 3000)):
        assert ids.index_of(key) == (keys.index(key) if key in keys else None)
        assert ids.first_after(key) == sum(1 for one in keys if one <= key)


def test_spread_when_inverted_gives_each_parent_its_rows() -> None:
    spread = Spread("contacts", (2, 0, 3, 1))
    for parent in range(20):
        first, end = spread.rows_of(parent)
        assert [spread.owner(index) for index in range(first, end)] == [parent] * (end - first)
    assert spread.count(8) == 12


def test_a_million_contacts_when_read_at_random_are_there() -> None:
    large = Account(contacts=1_000_000)
    contacts = large.collection("contacts")
    assert len(contacts) == 1_000_000
    row = contacts.row(contacts.key_at(987_654))
    assert row is not None
    assert contacts.find("email", row["email"]) == int(row["id"])
    assert large.count("contactTags") == 1_500_000


def test_seeded_moments_when_rows_are_made_are_in_them(account: Account) -> None:
    seeded = 0
    for name in account.collection_names:
        target = account.collection(name)
        for column, at in target.spec.seeded.items():
            seeded += 1
            for position, row in enumerate(target.rows()):
                assert account.stamps.read(row[column]) == target.moments(position)[at]
    assert seeded >= 5
